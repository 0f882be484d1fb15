"""What an editor is asked before an entry is saved, besides what its place in the story makes
unlikely (`transitions`). None of it refuses anything.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum

from campaigns.cases.evidence import StatusEvent
from campaigns.cases.hearings import Hearing
from campaigns.cases.vocabulary import EventKind, HearingStatus

LONG_AGO_YEARS = 20


class EntryDoubt(StrEnum):
    """Why an entry may be a slip."""

    NO_SOURCE = "no_source"
    LONG_AGO = "long_ago"
    LIKE_ANOTHER = "like_another"
    LEARNED_BEFORE = "learned_before"
    HELD_AHEAD = "held_ahead"
    OUTCOME_MISSING = "outcome_missing"
    TRANSLATION_BEHIND = "translation_behind"


def entry_doubts(
    others: Iterable[StatusEvent], new: StatusEvent, *, sources: int, today: dt.date
) -> list[EntryDoubt]:
    """Say what may be a slip about an entry, given the others of its campaign."""
    found = []
    earliest, latest = new.date.earliest, new.date.latest
    if not sources:
        found.append(EntryDoubt.NO_SOURCE)
    if latest is not None and latest.year < today.year - LONG_AGO_YEARS:
        found.append(EntryDoubt.LONG_AGO)
    if earliest is not None and any(
        it.kind is new.kind and it.date == new.date and it.detainees == new.detainees
        for it in others
    ):
        found.append(EntryDoubt.LIKE_ANOTHER)
    if (
        new.kind is not EventKind.HEARING
        and earliest is not None
        and new.learned_on is not None
        and new.learned_on < earliest
    ):
        found.append(EntryDoubt.LEARNED_BEFORE)
    return found


def hearing_doubts(hearing: Hearing | None, now: dt.datetime) -> list[EntryDoubt]:
    """Say what may be a slip about how a hearing stands."""
    if hearing is None:
        return []
    if hearing.status == HearingStatus.HELD and hearing.starts_at > now:
        return [EntryDoubt.HELD_AHEAD]
    return [EntryDoubt.OUTCOME_MISSING] if hearing.outcome_missing else []


def translation_doubts(
    before: Mapping[str, object], after: Mapping[str, object], *, retold: bool
) -> list[EntryDoubt]:
    """Say whether translations stay as they were although what they translate is `retold`."""
    behind = retold and any(after.get(code) == words for code, words in before.items())
    return [EntryDoubt.TRANSLATION_BEHIND] if behind else []
