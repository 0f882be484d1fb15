"""Days held, counted from the points in time at which somebody was held or was not.

Days are calendar days of the campaign's zone, end minus start. Where a point lies between two
days, the count lies between two numbers.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from campaigns.cases.dates import MINUTES_A_DAY, OPEN_START
from campaigns.cases.evidence import Weighed

Point = tuple[bool, Weighed]
# Whether somebody was held once an event had happened.


class DayRange(NamedTuple):
    """A number of days, `min` and `max` included."""

    min: int
    max: int
    approximate: bool = False
    # Counted from or to a date that is only about right.
    at_least: bool = False
    # Nothing says how early the first custody began: it is counted from when it surely had begun.


class DaysHeld(NamedTuple):
    """The days of the spell that goes on, None without one, and of all spells together."""

    current: DayRange | None
    total: DayRange


class _Spell(NamedTuple):
    """One spell in custody: the ordinals of the days it can have started and ended on."""

    start_first: int
    start_last: int
    end_first: int
    end_last: int
    approximate: bool


NO_DAYS = DaysHeld(None, DayRange(0, 0))


def days_held(points: Sequence[Point], day: date) -> DaysHeld:
    """Count the days held up to `day`.

    The points are in the order in which they happened, all of them by then, and at the first
    somebody was held. Held at one point and at the next means held in between.
    """
    if not points:
        return NO_DAYS
    spells = _spells(points, day.toordinal())
    total = DayRange(
        sum(_shortest(spell) for spell in spells),
        _union(spells),
        any(spell.approximate for spell in spells),
        at_least=points[0][1].first == OPEN_START,
    )
    if not points[-1][0]:
        return DaysHeld(None, total)
    if len(spells) == 1:
        return DaysHeld(total, total)
    last = spells[-1]
    longest = last.end_last - last.start_first
    return DaysHeld(DayRange(_shortest(last), longest, last.approximate), total)


def _spells(points: Sequence[Point], day: int) -> list[_Spell]:
    firsts, lasts = _windows(points, day)
    spells = []
    start = 0
    for index, (held, _) in enumerate(points):
        if not held:
            if index > start:
                spells.append(_spell(points, firsts, lasts, start, index))
            start = index + 1
    if start < len(points):
        spells.append(_spell(points, firsts, lasts, start, len(points)))
    return spells


def _spell(
    points: Sequence[Point], firsts: Sequence[int], lasts: Sequence[int], start: int, end: int
) -> _Spell:
    """The spell from the point `start` to the point `end`, the one after the last being today."""
    approximate = _approximate(points[start]) or (end < len(points) and _approximate(points[end]))
    return _Spell(
        firsts[start] // MINUTES_A_DAY,
        lasts[start] // MINUTES_A_DAY,
        firsts[end] // MINUTES_A_DAY,
        lasts[end] // MINUTES_A_DAY,
        approximate,
    )


def _approximate(point: Point) -> bool:
    return point[1].event.date.approximate


def _windows(points: Sequence[Point], day: int) -> tuple[list[int], list[int]]:
    """The first and the last minute each point can lie in, and after them those of the day itself.

    Neighbours narrow each other: no point lies before an earlier one's first minute, none after a
    later one's last. Within such windows the points can always be put in order. When nothing
    bounds the first point, its window is its last minute.
    """
    end = (day + 1) * MINUTES_A_DAY - 1
    bounds = [event.last for _, event in points]
    lasts = list(accumulate(reversed(bounds), min, initial=end))
    lasts.reverse()
    bounds = [event.first for _, event in points]
    if bounds[0] == OPEN_START:
        bounds[0] = lasts[0]
    firsts = [*accumulate(bounds, max), day * MINUTES_A_DAY]
    # An undated event may have been learned before what it was entered after.
    return firsts, list(map(max, firsts, lasts))


def _shortest(spell: _Spell) -> int:
    return max(0, spell.end_first - spell.start_last)


def _union(spells: Sequence[_Spell]) -> int:
    """The days of all spells at their longest, those that two of them share counted once.

    Spells that long overlap only where the end of one and the start of the next may lie on the same
    days; then both can lie on one of them, and nothing longer is possible.
    """
    days = 0
    counted_to = spells[0].start_first
    for spell in spells:
        days += spell.end_last - max(spell.start_first, counted_to)
        counted_to = spell.end_last
    return days
