"""Living numbers in what organisers write: {days}, {next_hearing}, {signatures}.

They are put in wherever an update is shown or mailed, so that a text does not grow old.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.numbers import format_decimal
from flask_babel import gettext as _

from campaigns.cases.days import DayRange
from campaigns.cases.hearings import told_with_zone
from campaigns.cases.status import Status

NAMES: Final = ("days", "next_hearing", "signatures")
PLACE = re.compile(r"\{\s*(\w+)\s*\}")


@dataclass(frozen=True, slots=True)
class LivingNumbers:
    """What stands for the names at one moment."""

    days: DayRange
    # See `days_of`.
    next_hearing: datetime | None
    # In the campaign's zone.
    signatures: int
    # Confirmed, and on paper.


def days_of(statuses: Iterable[Status]) -> DayRange:
    """Return the days that {days} stands for where there are several detainees.

    Of those who are held, the days so far of whoever has been held longest; when nobody is, the
    days of whoever was held longest in all.
    """
    known = list(statuses)
    held = [it.days.current for it in known if it.days.current]
    return max(held or [it.days.total for it in known], key=_longest, default=DayRange(0, 0))


def unknown_names(text: str) -> Sequence[str]:
    """Return what stands in braces in a text and is the name of no number, each once."""
    found = (match[1] for match in PLACE.finditer(text))
    return list(dict.fromkeys(name for name in found if name.lower() not in NAMES))


def asks_for_numbers(text: str) -> bool:
    """Say whether a text holds the name of any number."""
    return any(match[1].lower() in NAMES for match in PLACE.finditer(text))


def put_in(text: str, numbers: LivingNumbers, locale: str) -> str:
    """Return a text with the numbers in it, told in the language of display; other braces stay."""

    def told(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name == "days":
            return _days(numbers.days)
        if name == "next_hearing":
            return _hearing(numbers.next_hearing, locale)
        if name == "signatures":
            return format_decimal(numbers.signatures, locale=locale)
        return match[0]

    return PLACE.sub(told, text)


def _days(days: DayRange) -> str:
    """A number without the word: the sentence around it says what it counts."""
    if days.at_least and days.min == 0:
        return str(_("an unknown number of"))
    if days.at_least:
        return str(_("at least %(number)s", number=days.min))
    count = str(days.max) if days.min == days.max else f"{days.min}–{days.max}"
    return str(_("about %(number)s", number=count)) if days.approximate else count


def _hearing(starts_at: datetime | None, locale: str) -> str:
    return told_with_zone(starts_at, locale) if starts_at else str(_("not known yet"))


def _longest(days: DayRange) -> tuple[int, int]:
    return days.max, days.min
