"""The audit trail: who did what, chained so that no entry can be changed or taken out unseen.

Each entry's MAC is over the entry and the MAC before it, under a key that lies outside the
database. The number and MAC of the last are also written to a file beside the database, so that a
tail that was cut off is missed. No entry holds anything of a supporter.
"""

import hmac
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session as DatabaseSession

from campaigns.accounts.models import AuditEntry, AuditHead
from campaigns.config import current_settings
from campaigns.db import db, insert_into, utcnow
from campaigns.vault.files import append_for_good
from campaigns.vault.keyring import derived_key

HEADS = "audit-heads.log"
# What a transaction has added so far: how many savepoints deep, and the number and MAC.
ANCHORED = "audit_heads"
_log = logging.getLogger(__name__)


def record_entry(
    action: str,
    *,
    organiser_id: int | None = None,
    campaign_id: int | None = None,
    about: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry to the audit trail, in the transaction that does what it tells of.

    `action` is what was done, as in `actions`; `organiser_id` who did it, None for the command line
    and the worker; `about` what it was done to, as "event:12". `detail` is small, fit for JSON and
    without personal data. Call it last: until the commit nobody else can add an entry.
    Raises KeyMissing.
    """
    db.session.flush()
    head = _lock_head()
    entry = AuditEntry(
        number=head.number + 1,
        at=utcnow(),
        organiser_id=organiser_id,
        campaign_id=campaign_id,
        action=action,
        about=about,
        detail=dict(detail or {}),
    )
    entry.mac = mac_of(entry, head.mac, audit_key(current_settings().keys_path))
    db.session.add(entry)
    head.number, head.mac = entry.number, entry.mac
    db.session.flush()
    session = db.session()
    session.info.setdefault(ANCHORED, []).append((_depth(session), entry.number, entry.mac))
    return entry


def begin_anew() -> Path | None:
    """Set aside the file of heads, which knows entries that a restored database does not have.

    Returns where it lies now, None when there was none. The next entry begins a new file.
    """
    path = heads_path()
    if not path.exists():
        return None
    aside = path.with_name(f"{path.name}.{utcnow():%Y%m%dT%H%M%S%f}")
    path.rename(aside)
    return aside


def withhold_head() -> bytes:
    """Keep the next commit from writing its head; return the line, for `write_head`."""
    _depth_then, number, mac = db.session().info.pop(ANCHORED)[-1]
    return _line(number, mac)


def write_head(line: bytes) -> None:
    """Write a head that was withheld; a full disk is logged and loses nothing."""
    try:
        append_for_good(heads_path(), line)
    except OSError as error:
        # What was done is done; the next entry's line vouches for this one too.
        _log.error(
            "The head of the audit trail could not be written beside the database: %s.",
            error.strerror or "not in full",
        )


def mac_of(entry: AuditEntry, before: bytes, key: bytes) -> bytes:
    """Return the MAC of an entry that follows one with the MAC `before`, empty for the first."""
    content = [
        entry.number,
        entry.at.isoformat(),
        entry.organiser_id,
        entry.campaign_id,
        entry.action,
        entry.about,
        entry.detail,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, before + text.encode(), "sha256")


def audit_key(folder: Path) -> bytes:
    """Return the key of the chain. Raises KeyMissing."""
    return derived_key(folder, "audit trail")


def heads_path() -> Path:
    """Return the file that the number and MAC of each commit's last entry stand in."""
    return current_settings().instance_path / HEADS


def _lock_head() -> AuditHead:
    db.session.execute(
        insert_into(AuditHead).values(id=1, number=0, mac=b"").on_conflict_do_nothing()
    )
    return db.session.execute(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


@event.listens_for(DatabaseSession, "after_commit")
def _write_head(session: DatabaseSession) -> None:
    heads = session.info.pop(ANCHORED, [])
    if not heads:
        return
    if depth := _depth(session):
        # A savepoint: what it added may still be rolled back with what is around it.
        session.info[ANCHORED] = [(min(then, depth - 1), *head) for then, *head in heads]
        return
    _then, number, mac = heads[-1]
    write_head(_line(number, mac))


@event.listens_for(DatabaseSession, "after_rollback")
def _forget_heads(session: DatabaseSession) -> None:
    heads, depth = session.info.pop(ANCHORED, []), _depth(session)
    if kept := [head for head in heads if head[0] < depth]:
        session.info[ANCHORED] = kept


def _depth(session: DatabaseSession) -> int:
    """Return how many savepoints are open."""
    depth, transaction = 0, session.get_nested_transaction()
    while transaction is not None:
        depth += transaction.nested
        transaction = transaction.parent
    return depth


def _line(number: int, mac: bytes) -> bytes:
    return f"{number} {mac.hex()}\n".encode()
