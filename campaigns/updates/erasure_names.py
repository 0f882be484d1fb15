"""By what the ledger of erasures names rows: what never changes, and tells nobody anything."""

import hmac
from datetime import UTC, datetime

from campaigns.cases.models import Article, Campaign, Event
from campaigns.config import current_settings
from campaigns.updates.models import Update
from campaigns.vault.keyring import derived_key

Part = Event | Article | Update


def erasure_name(row: Part | Campaign) -> str:
    """Return by what the ledger names a row: a keyed digest, 32 hex digits.

    When it was made is part of it: a database brought back from a backup may give again the
    numbers of rows that were made since. Raises KeyMissing.
    """
    made = _utc(row.created_at) if row.created_at else ""
    if isinstance(row, Campaign):
        return _digest(f"campaign {row.id} {made}")
    return _digest(f"{row.campaign_id} {row.id} {made}")


def former_erasure_name(row: Part) -> str:
    """Return by what lines named a row that were written before `erasure_name` was what it is.

    They miss what was called otherwise, published or moved between backup and purge.
    """
    if isinstance(row, Update):
        return _digest(f"{row.campaign_id} {_utc(row.appears_at)}")
    return _digest(f"{row.campaign_id} {row.ref}")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _digest(words: str) -> str:
    key = derived_key(current_settings().keys_path, "purged parts of cases")
    return hmac.digest(key, words.encode(), "sha256").hex()[:32]
