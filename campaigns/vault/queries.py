"""Every read of keys and their holders that has a condition."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from campaigns.db import db
from campaigns.vault.models import KeyAccess, KeyHolder, SealingKey, SealsFor


def keys_of(campaign_id: int | None) -> Sequence[SealingKey]:
    """Return a campaign's keys, or the mailer's when it is None; the one in use comes first."""
    return db.session.scalars(
        select(SealingKey)
        .where(
            SealingKey.seals_for == (SealsFor.MAILER if campaign_id is None else SealsFor.CAMPAIGN),
            SealingKey.campaign_id == campaign_id,
        )
        .order_by(SealingKey.id.desc())
    ).all()


def lock_keys(campaign_id: int | None) -> Sequence[SealingKey]:
    """Return the same, and let nobody else change them or add one before this transaction ends.

    On SQLite a transaction that writes is alone anyway.
    """
    db.session.execute(
        select(SealingKey.id)
        .where(SealingKey.campaign_id == campaign_id)
        .order_by(SealingKey.id)
        .with_for_update()
    )
    return keys_of(campaign_id)


def holders_of(campaign_id: int) -> Sequence[KeyHolder]:
    """Return who holds a campaign's keys: the recovery identity, and those admitted."""
    return db.session.scalars(
        select(KeyHolder)
        .where(KeyHolder.campaign_id.is_(None) | (KeyHolder.campaign_id == campaign_id))
        .order_by(KeyHolder.id)
    ).all()


def keys_by_holder(campaign_id: int) -> Mapping[int, frozenset[bytes]]:
    """Return the ids of those keys of a campaign that each holder, by row id, can open."""
    held: dict[int, set[bytes]] = {holder.id: set() for holder in holders_of(campaign_id)}
    rows = db.session.execute(
        select(KeyAccess.key_holder_id, SealingKey.key_id)
        .join(SealingKey, SealingKey.id == KeyAccess.sealing_key_id)
        .where(SealingKey.campaign_id == campaign_id)
    )
    for holder_id, key_id in rows:
        held.setdefault(holder_id, set()).add(key_id)
    return {holder_id: frozenset(keys) for holder_id, keys in held.items()}
