"""What was erased, by row ids alone, in a file outside the database.

A backup is older than the erasures since: `campaigns restore` does them again by this file.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from campaigns.config import current_settings
from campaigns.vault.files import append_for_good

LEDGER = "erasures.log"
# A line that was cut by a full disk is glued to the next: what is whole is found all the same.
ENTRY = re.compile(
    r"(signature|subscription|public-part|hand-over|event|article|update|high-risk) ([0-9a-f]{32})"
    r"|(high-risk) ([a-z0-9-]+)$",
    re.MULTILINE,
)


class Erased(StrEnum):
    """What a line of the ledger tells of, and by what it is named."""

    SIGNATURE = "signature"
    SUBSCRIPTION = "subscription"
    PUBLIC_PART = "public-part"
    # What a signer no longer shows.
    HAND_OVER = "hand-over"
    # That a signer's name is for the addressee. These four by the row's id, 32 hex digits.
    EVENT = "event"
    ARTICLE = "article"
    UPDATE = "update"
    # What was purged.
    HIGH_RISK = "high-risk"
    # A campaign that keeps no addresses any more. These four by a keyed digest, 32 hex digits, of
    # what never changes; earlier ledgers name campaigns by their slugs.


def ledger_path() -> Path:
    """Return the file that this installation's erasures stand in."""
    return current_settings().instance_path / LEDGER


def record_erasures(kind: Erased, names: Iterable[UUID | str]) -> None:
    """Write down, for good, what is about to be erased; call this before the rows are deleted.

    Safe beside other processes that do the same. Raises OSError: then nothing may be erased, or a
    restore would bring it back.
    """
    lines = "".join(f"{kind} {it.hex if isinstance(it, UUID) else it}\n" for it in names).encode()
    if not lines:
        return
    append_for_good(ledger_path(), lines)


def read_ledger(path: Path) -> Mapping[Erased, list[str]]:
    """Return what the ledger names, by kind, in the order it was erased. Raises OSError."""
    found: dict[Erased, list[str]] = {kind: [] for kind in Erased}
    for entry in ENTRY.finditer(path.read_text(encoding="utf-8", errors="replace")):
        found[Erased(entry[1] or entry[3])].append(entry[2] or entry[4])
    return found
