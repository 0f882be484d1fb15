"""Which events count towards a status on the day asked about, and in which order they are taken."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from heapq import heappop, heappush
from operator import itemgetter
from typing import NamedTuple

from campaigns.cases.dates import MINUTES_A_DAY, OPEN_END, PartialDate
from campaigns.cases.vocabulary import AppealBy, Confidence, Disclosure, EventKind

DECISIVE = frozenset({Confidence.CONFIRMED, Confidence.LIKELY})


class StatusEvent(NamedTuple):
    """What the status needs to know of an event that is public and not retracted.

    A named tuple, because a campaign makes thousands of them for each page.
    """

    id: int
    entered: int
    # The order entered, unique within a campaign; it decides where dates do not.
    kind: EventKind
    date: PartialDate
    detainees: frozenset[int] | None = None
    # The ids of those it concerns; None for the whole campaign.
    proceeding: str | None = None
    place: str | None = None
    disclosure: Disclosure | None = None
    by: AppealBy | None = None
    # Who appealed.
    confidence: Confidence = Confidence.CONFIRMED
    learned_on: dt.date | None = None
    # The day we learned it, in the campaign's zone.
    disputed: bool = False
    # Whether a source contradicts it.


class Moment(NamedTuple):
    """The day a status is asked for, and the days that bound what had no later bound by then."""

    day: dt.date
    today: dt.date
    asked: int
    # The last minute of `day`.
    clock: int
    # The last minute of today, or of the closing day: a closed campaign's clock stands still.


class Weight(StrEnum):
    """What an event means for the status on the day asked about."""

    COUNTS = "counts"
    UNCONFIRMED = "unconfirmed"
    # Too little confidence: shown apart, changes nothing.
    UNDECIDED = "undecided"
    # It may or may not have happened by then: shown as such, changes nothing.
    NOT_YET = "not_yet"


_COUNTS, _UNCONFIRMED, _UNDECIDED, _NOT_YET = Weight
# Named once, for reading a member of an enumeration costs more than all the rest of `weigh`.


class Weighed(NamedTuple):
    """An event with its bounds in minutes, the latest clipped at the day it was learned."""

    entered: int
    id: int
    first: int
    # OPEN_START without an earliest bound.
    last: int
    over: int
    # From when on it precedes others: `last`, or OPEN_END for what is undated.
    weight: Weight
    event: StatusEvent


def moment(as_of: dt.date, today: dt.date, closed_on: dt.date | None = None) -> Moment:
    """The day a status stands for when `as_of` is asked for: never after today or the closing."""
    stopped = today if closed_on is None else min(today, closed_on)
    day = min(as_of, stopped)
    return Moment(day, today, _last_minute(day), _last_minute(stopped))


def weigh(event: StatusEvent, at: Moment) -> Weighed:
    """Bound an event in time and say whether it counts on the day asked about.

    Except for hearings, what has no latest bound, or one still to come, happened by the day it was
    learned or, where that is not recorded, by today. A day of learning before the earliest bound
    clips to that bound.
    """
    when = event.date
    first, last = when.first_minute, when.last_minute
    over = last
    known_by = at.clock
    if event.learned_on is not None:
        known_by = _last_minute(min(event.learned_on, at.today))
    if last > known_by and event.kind is not EventKind.HEARING:
        last = max(first, known_by)
        over = last if when.known else OPEN_END
    if first > at.asked:
        weight = _NOT_YET
    elif event.confidence not in DECISIVE:
        weight = _UNCONFIRMED
    else:
        weight = _COUNTS if last <= at.asked else _UNDECIDED
    return Weighed(event.entered, event.id, first, last, over, weight, event)


def _last_minute(day: dt.date) -> int:
    return (day.toordinal() + 1) * MINUTES_A_DAY - 1


def fold_order(events: Sequence[Weighed]) -> list[Weighed]:
    """Repeatedly take, among the events no remaining event precedes, the earliest entered.

    An event is free to be taken once nothing that remains is over before it begins: once the
    smallest `over` of what remains has reached its `first`. That smallest value only grows, so each
    event becomes free once and waits in a heap from then on: n log n instead of n².
    """
    queue = sorted(events, key=itemgetter(0, 1))
    if _already_in_order(queue):
        return queue
    firsts = [event.first for event in queue]
    overs = [event.over for event in queue]
    beginnings = sorted(range(len(queue)), key=firsts.__getitem__, reverse=True)
    endings = sorted(range(len(queue)), key=overs.__getitem__, reverse=True)
    remaining = bytearray(b"\x01") * len(queue)
    free: list[int] = []
    order = []
    for _ in queue:
        while not remaining[endings[-1]]:
            endings.pop()
        horizon = overs[endings[-1]]
        while beginnings and firsts[beginnings[-1]] <= horizon:
            heappush(free, beginnings.pop())
        rank = heappop(free)
        remaining[rank] = 0
        order.append(queue[rank])
    return order


def _already_in_order(queue: Sequence[Weighed]) -> bool:
    horizon = OPEN_END
    for event in reversed(queue):
        horizon = min(horizon, event.over)
        if event.first > horizon:
            return False
    return True
