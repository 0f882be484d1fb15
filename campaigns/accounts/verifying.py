"""Whether the audit trail is as it was written: each entry, their order, and its end.

Read in pieces, so that a trail of any length takes the same memory.
"""

import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select

from campaigns.accounts.audit import HEADS, mac_of
from campaigns.accounts.models import AuditEntry, AuditHead
from campaigns.db import db, only_reading

CHUNK = 1000
# A line that a full disk cut short is no line; the next one vouches for what came before.
LINE = re.compile(rb"([0-9]{1,18}) ([0-9a-f]{64})\n")
LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail that is whole."""

    entries: int
    torn_lines: int
    # Lines of the file of heads that are not whole: a full disk leaves such.


class TrailBroken(Exception):
    """The trail is not as it was written; the message says where first, for the host."""


def count_entries() -> int:
    """Return how many entries there are, to show how far a check is."""
    with only_reading():
        return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def verify_trail(key: bytes, heads: Path, tell: Callable[[int], object]) -> Trail:
    """Check the whole trail against its key and the heads kept beside the database.

    `tell` is called with how many entries were read since. Raises TrailBroken.
    """
    # Before all else: entries that are added meanwhile are no fault.
    with only_reading():
        head = db.session.execute(select(AuditHead.number, AuditHead.mac)).one_or_none()
    ends_at, ends_with = (head.number, bytes(head.mac)) if head else (0, b"")
    last = _verify_entries(key, ends_at, ends_with, tell)
    if last < ends_at:
        raise TrailBroken(f"Entry {last + 1} is missing: the trail was cut after entry {last}.")
    return Trail(last, _verify_heads(heads, last))


def _verify_entries(
    key: bytes, ends_at: int, ends_with: bytes, tell: Callable[[int], object]
) -> int:
    number, mac = 0, b""
    while True:
        with only_reading():
            found = _read_after(number)
            for entry in found:
                number += 1
                mac = _verify_entry(entry, number, mac, key)
                if number == ends_at and mac != ends_with:
                    raise TrailBroken(f"Entry {number} is not the one the trail ended with.")
        if not found:
            return number
        tell(len(found))


def _read_after(number: int) -> Sequence[AuditEntry | None]:
    """Return the next entries; None stands for one whose columns hold what they never could."""
    following = select(AuditEntry).where(AuditEntry.number > number).order_by(AuditEntry.number)
    try:
        return db.session.scalars(following.limit(CHUNK)).all()
    except (ValueError, TypeError, LookupError, AttributeError):
        return list(_read_singly(number))


def _read_singly(number: int) -> Iterator[AuditEntry | None]:
    for following in range(number + 1, number + 1 + CHUNK):
        try:
            entry = db.session.scalar(select(AuditEntry).where(AuditEntry.number == following))
        except (ValueError, TypeError, LookupError, AttributeError):
            yield None
            return
        if entry is None:
            return
        yield entry


def _verify_entry(entry: AuditEntry | None, number: int, before: bytes, key: bytes) -> bytes:
    if entry is not None and entry.number != number:
        raise TrailBroken(f"Entry {number} is missing: it was taken out.")
    if entry is not None:
        with suppress(ValueError, TypeError, AttributeError):
            right = mac_of(entry, before, key)
            if hmac.compare_digest(right, bytes(entry.mac)):
                return right
    raise TrailBroken(
        f"Entry {number} is not the one that was written: it was changed, moved or put in."
    )


def _verify_heads(path: Path, last: int) -> int:
    """Compare each line of the file with the entry of its number; return how many are not whole."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        if last:
            raise TrailBroken(
                f"{HEADS} is missing: whether the trail was cut at its end cannot be told."
            ) from None
        return 0
    torn = 0
    with file:
        lines = iter(lambda: file.readline(LONGEST_LINE), b"")
        while some := list(islice(lines, CHUNK)):
            whole = [found for line in some if (found := LINE.fullmatch(line))]
            torn += len(some) - len(whole)
            _verify_lines([(int(found[1]), found[2].decode()) for found in whole], last)
    return torn


def _verify_lines(lines: Sequence[tuple[int, str]], last: int) -> None:
    numbers = {number for number, _mac in lines}
    with only_reading():
        rows = db.session.execute(
            select(AuditEntry.number, AuditEntry.mac).where(AuditEntry.number.in_(numbers))
        )
        stored = {number: bytes(mac).hex() for number, mac in rows}
    for number, mac in lines:
        if number > last and number not in stored:
            raise TrailBroken(f"Entry {last + 1} is missing: the trail was cut after entry {last}.")
        if stored.get(number) != mac:
            raise TrailBroken(f"Entry {number} is not the one {HEADS} knows by that number.")
