"""Making keys: an installation's at `init`, a campaign's when it comes in."""

import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyrage
from sqlalchemy import select

from campaigns.db import db, insert_into
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import (
    KEY_ENCRYPTION_KEY,
    SITE,
    IndexPurpose,
    encode_key,
    read_mailer_keys,
    unwrap,
    wrap,
    write_private_file,
)
from campaigns.vault.models import IndexKey, KeyHolder, SealingKey, SealsFor
from campaigns.vault.sealing import generate_private_key, public_half

RECOVERY_IDENTITY = "recovery-identity.txt"
CAMPAIGN_INDEXES = (IndexPurpose.SIGNATURES, IndexPurpose.SUBSCRIPTIONS)
SITE_INDEXES = (IndexPurpose.SUPPRESSION,)
DAILY_INDEXES = (IndexPurpose.MAILBOX_CAP, IndexPurpose.NETWORK)


def check_keys(folder: Path) -> None:
    """Raise KeyMissing when the database has keys whose other half is not in the files."""
    wrapped = db.session.scalars(select(IndexKey).limit(1)).first()
    if wrapped is not None:
        unwrap(folder, wrapped.wrapped, f"{wrapped.purpose}|{wrapped.scope}")


def make_key_encryption_key(folder: Path) -> None:
    """Create the file of the key-encryption key, unless it is there."""
    path = folder / KEY_ENCRYPTION_KEY
    if not path.exists():
        write_private_file(path, encode_key(secrets.token_bytes(32)) + "\n")


def make_mailer_key(path: Path) -> None:
    """Make the pair addresses are sealed to: the private half a file, the public half a row.

    Nothing is done when a public half exists. Raises KeyMissing when the file is there but damaged.
    """
    known = db.session.scalars(
        select(SealingKey.key_id).where(SealingKey.seals_for == SealsFor.MAILER)
    ).all()
    if known:
        return
    if not path.exists():
        line = f"{secrets.token_hex(4)} {encode_key(generate_private_key())}\n"
        write_private_file(
            path, "# Opens every supporter's address. Only the worker needs it.\n" + line
        )
    for key_id, private in read_mailer_keys(path).items():
        db.session.add(
            SealingKey(seals_for=SealsFor.MAILER, key_id=key_id, public_key=public_half(private))
        )
    db.session.flush()


def make_recovery_identity(folder: Path) -> str | None:
    """Make the installation's recovery identity and write it to a file to take off the server.

    Returns the identity, to be shown once, or None when the installation has one already.
    """
    if db.session.scalar(select(KeyHolder.id).where(KeyHolder.campaign_id.is_(None))):
        return None
    identity = pyrage.x25519.Identity.generate()
    text = (
        "# Recovery identity (age): opens the names of every campaign of this installation.\n"
        "# Print it, keep it off this server, and delete this file here.\n"
        f"{identity}\n"
    )
    write_private_file(folder / RECOVERY_IDENTITY, text)
    db.session.add(KeyHolder(recipient=str(identity.to_public())))
    db.session.flush()
    return str(identity)


def make_campaign_keys(folder: Path, campaign_id: int) -> None:
    """Make a campaign's pair, its private half encrypted to the key-holders, and its index keys.

    Raises KeyMissing when there is no key-holder yet.
    """
    recipients = _recipients(campaign_id)
    private = generate_private_key()
    db.session.add(
        SealingKey(
            seals_for=SealsFor.CAMPAIGN,
            campaign_id=campaign_id,
            key_id=secrets.token_bytes(4),
            public_key=public_half(private),
            private_key_age=pyrage.encrypt(private, recipients),
        )
    )
    make_campaign_indexes(folder, campaign_id)
    db.session.flush()


def make_campaign_indexes(folder: Path, campaign_id: int) -> None:
    """Make the keys of a campaign's blind indexes, unless they are there.

    They are destroyed a while after archiving; a campaign that is reopened then gets new ones.
    """
    for purpose in CAMPAIGN_INDEXES:
        make_index_key(folder, purpose, f"campaign:{campaign_id}")


def has_campaign_indexes(campaign_id: int) -> bool:
    """Return whether a campaign can recognise anybody: not once its supporters were purged."""
    return bool(
        db.session.scalar(select(IndexKey.id).where(IndexKey.scope == f"campaign:{campaign_id}"))
    )


def make_site_keys(folder: Path) -> None:
    """Make the index keys of the whole installation, unless they are there."""
    for purpose in SITE_INDEXES:
        make_index_key(folder, purpose, SITE)


def make_daily_keys(folder: Path, day: date) -> None:
    """Make the index keys that live one day, unless they are there."""
    for purpose in DAILY_INDEXES:
        make_index_key(folder, purpose, day.isoformat())


def make_index_key(folder: Path, purpose: IndexPurpose, scope: str) -> None:
    """Make the key of a blind index, unless it is there, also when two processes try at once."""
    wrapped = wrap(folder, secrets.token_bytes(32), f"{purpose}|{scope}")
    db.session.execute(
        insert_into(IndexKey)
        .values(purpose=purpose, scope=scope, wrapped=wrapped)
        .on_conflict_do_nothing()
    )


def forget_daily_keys(before: date) -> int:
    """Delete the one-day keys of the days before; what they indexed becomes noise.

    Returns how many were deleted.
    """
    rows = db.session.scalars(
        select(IndexKey).where(
            IndexKey.purpose.in_(DAILY_INDEXES), IndexKey.scope < before.isoformat()
        )
    ).all()
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _recipients(campaign_id: int) -> Sequence[pyrage.x25519.Recipient]:
    holders = db.session.scalars(
        select(KeyHolder).where(
            KeyHolder.campaign_id.is_(None) | (KeyHolder.campaign_id == campaign_id)
        )
    ).all()
    if not holders:
        raise KeyMissing("No key-holder exists: run “campaigns init” first.")
    return [pyrage.x25519.Recipient.from_str(holder.recipient) for holder in holders]
