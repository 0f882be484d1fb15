"""Making keys, an installation's at `init`, a campaign's when it comes in; and changing them."""

import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import delete, select

from campaigns.db import db, insert_into
from campaigns.vault.age import Identity, check_recipient, decrypt_with, encrypt_to
from campaigns.vault.errors import AlreadyHolder, KeyMissing, WrongIdentity
from campaigns.vault.files import replace_private_file
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
from campaigns.vault.models import IndexKey, KeyAccess, KeyHolder, SealingKey, SealsFor
from campaigns.vault.queries import holders_of, lock_keys
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
    identity = Identity.generate()
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
    _make_campaign_pair(campaign_id, holders_of(campaign_id))
    make_campaign_indexes(folder, campaign_id)
    db.session.flush()


def make_campaign_indexes(folder: Path, campaign_id: int) -> None:
    """Make the keys of a campaign's blind indexes, unless they are there.

    They are destroyed a while after archiving; a campaign that is reopened then gets new ones.
    """
    for purpose in CAMPAIGN_INDEXES:
        make_index_key(folder, purpose, f"campaign:{campaign_id}")


def forget_campaign_keys(campaign_id: int) -> None:
    """Delete a campaign's keys and key-holders: what was sealed or indexed for it stays noise."""
    for model in (SealingKey, KeyHolder):
        db.session.execute(delete(model).where(model.campaign_id == campaign_id))
    db.session.execute(delete(IndexKey).where(IndexKey.scope == f"campaign:{campaign_id}"))


def has_campaign_indexes(campaign_id: int) -> bool:
    """Return whether a campaign can recognise anybody: not once its supporters were purged."""
    return bool(
        db.session.scalar(select(IndexKey.id).where(IndexKey.scope == f"campaign:{campaign_id}"))
    )


def make_site_keys(folder: Path) -> None:
    """Make the index keys of the whole installation, unless they are there."""
    for purpose in SITE_INDEXES:
        make_index_key(folder, purpose, SITE)


def rotate_campaign_key(campaign_id: int) -> SealingKey:
    """Make a campaign's next pair: what is sealed from now on is sealed to it.

    What was sealed before opens with the older pairs, which stay. Raises KeyMissing.
    """
    lock_keys(campaign_id)
    return _make_campaign_pair(campaign_id, holders_of(campaign_id))


def rotate_mailer_key(path: Path) -> SealingKey:
    """Make the mailer's next pair: a line more in its file, then the public half as a row.

    Raises KeyMissing when the file is not there or lacks a key that rows are sealed to.
    """
    # Two at once would each write a file without the other's line.
    known = lock_keys(None)
    if missing := [it for it in known if it.key_id not in read_mailer_keys(path)]:
        raise KeyMissing(
            f"{path} lacks the mailer's key {missing[0].key_id.hex()}: put the right file back."
        )
    key_id, private = secrets.token_bytes(4), generate_private_key()
    before = path.read_text(encoding="ascii").removesuffix("\n")
    replace_private_file(path, f"{before}\n{key_id.hex()} {encode_key(private)}\n")
    key = SealingKey(seals_for=SealsFor.MAILER, key_id=key_id, public_key=public_half(private))
    db.session.add(key)
    db.session.flush()
    return key


def admit_holder(
    campaign_id: int, recipient: str, identities: Sequence[Identity]
) -> Sequence[SealingKey]:
    """Let somebody open a campaign's names, earlier ones too, with an older holder's identity.

    Returns the keys they now hold. Raises NotARecipient, AlreadyHolder, WrongIdentity. There are
    few keys, and each takes a few milliseconds.
    """
    recipient = check_recipient(recipient)
    # Else a key that somebody makes meanwhile would not be theirs.
    keys = lock_keys(campaign_id)
    holders = holders_of(campaign_id)
    if recipient in [holder.recipient for holder in holders]:
        raise AlreadyHolder("This recipient holds the campaign's keys already.")
    admitted = KeyHolder(campaign_id=campaign_id, recipient=recipient)
    db.session.add(admitted)
    db.session.flush()
    for key in keys:
        try:
            private = decrypt_with(identities, key.private_key_age or b"")
        except WrongIdentity:
            raise WrongIdentity("This identity does not hold the campaign's keys.") from None
        everyone = [*holders, admitted]
        key.private_key_age = encrypt_to([it.recipient for it in everyone], private)
        _note_access(key, everyone)
    return keys


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


def _make_campaign_pair(campaign_id: int, holders: Sequence[KeyHolder]) -> SealingKey:
    if not holders:
        raise KeyMissing("No key-holder exists: run “campaigns init” first.")
    private = generate_private_key()
    key = SealingKey(
        seals_for=SealsFor.CAMPAIGN,
        campaign_id=campaign_id,
        key_id=secrets.token_bytes(4),
        public_key=public_half(private),
        private_key_age=encrypt_to([holder.recipient for holder in holders], private),
    )
    db.session.add(key)
    db.session.flush()
    _note_access(key, holders)
    return key


def _note_access(key: SealingKey, holders: Sequence[KeyHolder]) -> None:
    db.session.execute(
        insert_into(KeyAccess).on_conflict_do_nothing(),
        [{"sealing_key_id": key.id, "key_holder_id": holder.id} for holder in holders],
    )
