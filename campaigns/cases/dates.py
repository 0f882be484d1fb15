"""Dates as far as they are known: bounds, a precision, and the text they are exchanged as.

The text is a subset of EDTF (Extended Date/Time Format, ISO 8601-2:2019): `2018-04-22`,
`2018-04-22T15:00`, `2018-04`, `2018`, each of the three without a time also followed by `~`
(approximate), the interval `2019-11-28/2019-12-01`, whose ends may also be months or years or `..`
(open), and the empty text for an unknown date. Times are wall-clock times of the campaign's zone.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time
from enum import StrEnum
from functools import lru_cache

MINUTES_A_DAY = 24 * 60
OPEN_START = 0
# Before every minute there is: ordinals begin at 1.
OPEN_END = (date.max.toordinal() + 1) * MINUTES_A_DAY
# After every minute there is.

_ONE = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-(?P<month>[0-9]{2})"
    r"(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}))?)?)?"
    r"(?P<approximate>~)?"
)
_OPEN = ".."


class Precision(StrEnum):
    """How finely a date is given, from the finest to not at all."""

    TIME = "time"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


_FINEST_FIRST = tuple(Precision)


class DateFault(StrEnum):
    """What can be wrong with a date, as the sentence that says so."""

    SHAPE = (
        "Write the date as 2018-04-22, 2018-04, 2018, 2018-04~ or 2019-11-28/2019-12-01,"
        " or leave it empty."
    )
    IMPOSSIBLE_DAY = "There is no such day in the calendar."
    IMPOSSIBLE_TIME = "There is no such time of day: write it from 00:00 to 23:59."
    UPSIDE_DOWN = "The range ends before it begins."
    OPEN_AT_BOTH_ENDS = "A range needs at least one end: leave the date empty if it is unknown."
    APPROXIMATE_TIME = "A date with a time cannot be approximate."
    QUALIFIED_END = "The ends of a range are days, months or years, without a time and without ~."


class DateError(ValueError):
    """A text is no date; `fault` says why, in a sentence that never repeats the text."""

    def __init__(self, fault: DateFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it is known. Made by `parse_edtf` or `on_day`, so that its parts agree.

    `earliest` and `latest` are the first and the last day it can be, both included; None is an
    open end, and both are None when nothing is known. An approximate date keeps the bounds that
    are written, for nobody can say how wide "about" is: it is marked, and marks what is counted
    from it. The precision of a range is that of its coarser end.
    """

    edtf: str
    earliest: date | None
    latest: date | None
    precision: Precision
    approximate: bool = False
    time: clock_time | None = None
    first_minute: int = field(init=False, repr=False, compare=False)
    # The first minute it can be, in minutes of proleptic Gregorian ordinals; OPEN_START when open.
    last_minute: int = field(init=False, repr=False, compare=False)
    # The last minute it can be; OPEN_END when open.

    @property
    def known(self) -> bool:
        """Whether anything at all is known of it."""
        return self.precision is not Precision.UNKNOWN

    @property
    def ends(self) -> tuple["PartialDate | None", "PartialDate | None"] | None:
        """The two ends of a range as they are written, None for an open one; None for no range."""
        first, slash, last = self.edtf.partition("/")
        if not slash:
            return None
        return _end(first), _end(last)

    def __post_init__(self) -> None:
        # Worked out once, for dates are shared and compared by the thousand; hence past the freeze.
        object.__setattr__(self, "first_minute", _minute(self.earliest, self.time, OPEN_START, 0))
        object.__setattr__(
            self, "last_minute", _minute(self.latest, self.time, OPEN_END, MINUTES_A_DAY - 1)
        )

    def precedes(self, other: "PartialDate") -> bool:
        """Whether it is surely over before the other begins; two times of one day are compared."""
        return self.last_minute < other.first_minute

    def overlaps(self, first: date | None, last: date | None) -> bool:
        """Whether it may lie between two days, both included, None being no limit.

        An unknown date lies in no range but the unlimited one.
        """
        if not self.known:
            return first is None and last is None
        begins_in_time = last is None or self.earliest is None or self.earliest <= last
        ends_in_time = first is None or self.latest is None or self.latest >= first
        return begins_in_time and ends_in_time


def _minute(day: date | None, at: clock_time | None, unbounded: int, otherwise: int) -> int:
    if day is None:
        return unbounded
    return day.toordinal() * MINUTES_A_DAY + (otherwise if at is None else at.hour * 60 + at.minute)


UNKNOWN_DATE = PartialDate("", None, None, Precision.UNKNOWN)


def on_day(day: date) -> PartialDate:
    """The date of which the day is known."""
    return PartialDate(day.isoformat(), day, day, Precision.DAY)


@lru_cache(maxsize=4096)
def parse_edtf(text: str) -> PartialDate:
    """Read a date from the subset of EDTF described above.

    Every accepted text comes back unchanged as `.edtf`. Raises DateError for any other, and for
    days that are in no calendar, ranges that end before they begin, and surrounding spaces.
    """
    if not text:
        return UNKNOWN_DATE
    first, slash, last = text.partition("/")
    return _range(text, first, last) if slash else _single(text)


def _single(text: str) -> PartialDate:
    match = _ONE.fullmatch(text)
    if match is None:
        raise DateError(DateFault.SHAPE)
    month, day = match["month"], match["day"]
    earliest, latest = _bounds(match["year"], month, day)
    at = _time(match["hour"], match["minute"])
    approximate = match["approximate"] is not None
    if approximate and at is not None:
        raise DateError(DateFault.APPROXIMATE_TIME)
    if at is not None:
        precision = Precision.TIME
    elif day is not None:
        precision = Precision.DAY
    else:
        precision = Precision.YEAR if month is None else Precision.MONTH
    return PartialDate(text, earliest, latest, precision, approximate, at)


def _bounds(year: str, month: str | None, day: str | None) -> tuple[date, date]:
    try:
        earliest = date(int(year), int(month or "1"), int(day or "1"))
        if day is not None:
            return earliest, earliest
        last_month = 12 if month is None else earliest.month
        return earliest, date(earliest.year, last_month, monthrange(earliest.year, last_month)[1])
    except ValueError:
        raise DateError(DateFault.IMPOSSIBLE_DAY) from None


def _time(hour: str | None, minute: str | None) -> clock_time | None:
    if hour is None or minute is None:
        return None
    try:
        return clock_time(int(hour), int(minute))
    except ValueError:
        raise DateError(DateFault.IMPOSSIBLE_TIME) from None


def _range(text: str, first: str, last: str) -> PartialDate:
    if first == last == _OPEN:
        raise DateError(DateFault.OPEN_AT_BOTH_ENDS)
    begin, end = _end(first), _end(last)
    earliest = None if begin is None else begin.earliest
    latest = None if end is None else end.latest
    if earliest is not None and latest is not None and latest < earliest:
        raise DateError(DateFault.UPSIDE_DOWN)
    given = [written.precision for written in (begin, end) if written is not None]
    return PartialDate(text, earliest, latest, max(given, key=_FINEST_FIRST.index))


def _end(text: str) -> PartialDate | None:
    if text == _OPEN:
        return None
    written = _single(text)
    if written.approximate or written.time is not None:
        raise DateError(DateFault.QUALIFIED_END)
    return written
