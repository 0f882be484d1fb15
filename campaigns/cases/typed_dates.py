"""Dates as people type them: "22 April 2018", "yesterday", "between 28 Nov and 1 Dec".

What comes out is a `PartialDate`. A year left out is the last one in which the day was not still to
come, and that it was guessed is told. What could be two days is refused, never guessed.
"before" and "after" include the day they name: nobody who says so means to exclude it for sure.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from campaigns.cases.dates import (
    UNKNOWN_DATE,
    DateError,
    DateFault,
    PartialDate,
    Precision,
    parse_edtf,
)

LONGEST = 80
HALF_A_YEAR = 6


class TypedDateFault(StrEnum):
    """Why a text could not be read as a date, as the sentence that says what to do."""

    UNREADABLE = (
        "Write the date like 22 April 2018, April 2018, yesterday, or between 28 Nov and 1 Dec."
    )
    AMBIGUOUS = "This can be two different days: write the month as a word, as in 3 April 2018."
    SHORT_YEAR = "Write the year with four digits."


class TypedDateError(ValueError):
    """A text cannot be read as a date; `fault` says why, without repeating the text."""

    def __init__(self, fault: TypedDateFault | DateFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class TypedDate(NamedTuple):
    """A date as it was understood."""

    when: PartialDate
    guessed: bool = False
    # Whether a year was added that nobody typed.


class _Part(NamedTuple):
    """A day, month or year as far as it was given."""

    year: int | None
    month: int | None = None
    day: int | None = None


_UNKNOWN = frozenset(("", "?", "-", "unknown", "not known", "date unknown", "date not known"))
_DAYS_FROM_TODAY = {"today": 0, "tonight": 0, "yesterday": -1, "last night": -1, "tomorrow": 1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ABOUT = re.compile(
    r"(?:about|around|approximately|approx|circa|ca|c)\.? (?P<rest>.+)|(?P<marked>.+)~"
)
_OPEN = (
    # Each with whether the day named is the last.
    (re.compile(r"(?:before|by|until|not later than|no later than) (?P<rest>.+)"), True),
    (re.compile(r"(?P<rest>.+?) or (?:earlier|before)"), True),
    (re.compile(r"(?:after|since|from|not before|not earlier than) (?P<rest>.+)"), False),
    (re.compile(r"(?P<rest>.+?) or (?:later|after)"), False),
)
_BETWEEN = (
    re.compile(r"between (?P<first>.+?) and (?P<last>.+)"),
    re.compile(r"from (?P<first>.+?) (?:to|until|till) (?P<last>.+)"),
    re.compile(r"(?P<first>.+?) (?:to|until|till|-) (?P<last>.+)"),
    re.compile(r"(?P<first>[0-9]{4}) ?- ?(?P<last>[0-9]{4})"),
    re.compile(r"(?P<first>[0-9]{1,2}) ?- ?(?P<last>[0-9]{1,2}\.? [^0-9 -]+(?: [0-9]{4})?)"),
    re.compile(r"(?P<first>[0-9]{1,2} ?[^0-9 -]{3,}) ?- ?(?P<last>[0-9]{1,2} ?[^0-9 -]{3,}.*)"),
    re.compile(r"(?P<first>[^0-9 -]{3,}) ?- ?(?P<last>[^0-9 -]{3,} [0-9]{4})"),
)
_ORDINAL = re.compile(r"(?<=[0-9])(?:st|nd|rd|th)\b")
_JOINED = re.compile(r"(?<=[0-9])(?=[^\W\d_]{3})|(?<=[^\W\d_]{3})(?=[0-9])")
_NAMED_DAY = re.compile(
    rf"\b(?:{'|'.join(it[:3] + f'(?:{it[3:]})?' for it in _WEEKDAYS)})\.? (?=[0-9])"
)
_AT = re.compile(r"(?P<day>.+?)(?: at)? (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
_AGO = re.compile(r"(?P<number>[0-9]{1,3}) days? ago")
_WEEKDAY = re.compile(rf"(?:last |on )?(?P<name>{'|'.join(_WEEKDAYS)})")
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})(?:[-/.](?P<day>[0-9]{1,2}))?"
)
_DOTTED = re.compile(r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})\.? ?(?P<year>[0-9]{4})?")
_SLASHED = re.compile(r"(?P<one>[0-9]{1,2})[/-](?P<two>[0-9]{1,2})(?:[/-](?P<year>[0-9]{4}))?")
_MONTH_OF_YEAR = re.compile(r"(?P<month>[0-9]{1,2})[/.-](?P<year>[0-9]{4})")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}")
_WORDED = (
    re.compile(r"(?P<day>[0-9]{1,2})\.?(?: of)? ?(?P<name>[^0-9]+?)(?: (?P<year>[0-9]{4}))?"),
    re.compile(r"(?P<name>[^0-9]+?) (?P<day>[0-9]{1,2})(?: (?P<year>[0-9]{4}))?"),
    re.compile(r"(?P<name>[^0-9]+?)(?: (?P<year>[0-9]{4}))?"),
)  # fmt: skip


def read_typed_date(text: str, *, today: date, locale: str = "en") -> TypedDate:
    """Read a date as somebody typed it, or in the subset of EDTF that case files use.

    `today` is the day in the campaign's zone; names of months are known in English and in `locale`.
    Raises TypedDateError.
    """
    if len(text) > LONGEST:
        raise TypedDateError(TypedDateFault.UNREADABLE)
    plain = _plain(text)
    try:
        try:
            return TypedDate(parse_edtf(plain.upper()))
        except DateError as error:
            if error.fault is not DateFault.SHAPE:
                raise
        return _Reader(today, _months(locale)).read(_in_words(plain))
    except DateError as error:
        raise TypedDateError(error.fault) from None


def _plain(text: str) -> str:
    """One spelling of what reads alike: digits of all scripts, dashes, spaces, capitals."""
    signs = []
    for sign in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(sign)
        if kind == "Nd":
            signs.append(str(unicodedata.digit(sign)))
        elif kind == "Pd" or sign == "\u2212":
            signs.append(" - " if sign in "\u2013\u2014" else "-")
        elif kind != "Cf":
            signs.append(" " if sign in ",،" else sign)
    return " ".join("".join(signs).casefold().split())


def _in_words(text: str) -> str:
    """Take out what says nothing more: the day of the week before a date, "th" after a number."""
    return _NAMED_DAY.sub("", _JOINED.sub(" ", _ORDINAL.sub("", text)))


class _Reader:
    """Reads texts that are no EDTF, for one day and one set of names of months."""

    def __init__(self, today: date, months: Mapping[str, int]) -> None:
        self._today = today
        self._months = months

    def read(self, text: str) -> TypedDate:
        if text in _UNKNOWN:
            return TypedDate(UNKNOWN_DATE)
        for form in (self._about, self._range, self._open, self._at):
            if (found := form(text)) is not None:
                return found
        return self._one(text)

    def _one(self, text: str) -> TypedDate:
        part = self._part(text)
        if part is None:
            raise TypedDateError(TypedDateFault.UNREADABLE)
        whole = self._with_year(part)
        return TypedDate(_date(whole), guessed=whole != part)

    def _about(self, text: str) -> TypedDate | None:
        found = _ABOUT.fullmatch(text)
        if found is None:
            return None
        when, guessed = self._one(found["rest"] or found["marked"].strip())
        return TypedDate(parse_edtf(f"{when.edtf}~"), guessed)

    def _range(self, text: str) -> TypedDate | None:
        for pattern in _BETWEEN:
            found = pattern.fullmatch(text)
            if found and (between := self._between(found["first"], found["last"])):
                return between
        return None

    def _open(self, text: str) -> TypedDate | None:
        for pattern, before in _OPEN:
            if found := pattern.fullmatch(text):
                when, guessed = self._one(found["rest"])
                edtf = f"../{when.edtf}" if before else f"{when.edtf}/.."
                return TypedDate(parse_edtf(edtf), guessed)
        return None

    def _at(self, text: str) -> TypedDate | None:
        found = _AT.fullmatch(text)
        if found is None:
            return None
        when, guessed = self._one(found["day"])
        if when.precision is not Precision.DAY:
            raise TypedDateError(TypedDateFault.UNREADABLE)
        return TypedDate(
            parse_edtf(f"{when.edtf}T{int(found['hour']):02}:{found['minute']}"), guessed
        )

    def _between(self, first: str, last: str) -> TypedDate | None:
        """Read two ends, each lending the other what it lacks; None when they are no dates."""
        begin, end = self._part(first, alone=False), self._part(last)
        if begin is None or end is None:
            return None
        if begin.month is None and begin.year is None:
            # "28 - 30 Nov": only the day is given.
            begin = begin._replace(month=end.month, year=end.year)
        guessed = begin.year is None and end.year is None
        if guessed:
            begin = self._with_year(begin)
        if begin.year is None and end.year is not None:
            begin = begin._replace(year=end.year - _turns_of_year(begin, end))
        if end.year is None and begin.year is not None:
            end = end._replace(year=begin.year + _turns_of_year(begin, end))
        return TypedDate(parse_edtf(f"{_date(begin).edtf}/{_date(end).edtf}"), guessed)

    def _part(self, text: str, *, alone: bool = True) -> _Part | None:
        """Return what is given of a day, month or year; None when it is none of these."""
        if (day := self._day_from_today(text)) is not None:
            return _Part(day.year, day.month, day.day)
        if re.fullmatch(r"[0-9]{4}", text):
            return _Part(int(text))
        if not alone and re.fullmatch(r"[0-9]{1,2}\.?", text):
            return _Part(None, None, int(text.rstrip(".")))
        for pattern in (_YEAR_FIRST, _DOTTED, _MONTH_OF_YEAR):
            if found := pattern.fullmatch(text):
                return _Part(*(_number(found.groupdict().get(it)) for it in _Part._fields))
        if found := _SLASHED.fullmatch(text):
            return _slashed(int(found["one"]), int(found["two"]), _number(found["year"]))
        return self._in_words(text)

    def _in_words(self, text: str) -> _Part | None:
        if _SHORT_YEAR.fullmatch(text):
            raise TypedDateError(TypedDateFault.SHORT_YEAR)
        for pattern in _WORDED:
            found = pattern.fullmatch(text)
            month = self._months.get(found["name"].strip(" .")) if found else None
            if found and month:
                given = found.groupdict()
                return _Part(_number(given.get("year")), month, _number(given.get("day")))
        return None

    def _day_from_today(self, text: str) -> date | None:
        if text in _DAYS_FROM_TODAY:
            return self._today + timedelta(days=_DAYS_FROM_TODAY[text])
        if found := _AGO.fullmatch(text):
            return self._today - timedelta(days=int(found["number"]))
        if found := _WEEKDAY.fullmatch(text):
            past = (self._today.weekday() - _WEEKDAYS.index(found["name"])) % 7
            return self._today - timedelta(days=past or 7)
        return None

    def _with_year(self, part: _Part) -> _Part:
        """Return it in the last year in which it had begun by today."""
        if part.year is not None:
            return part
        # A leap day comes round every eight years at the longest.
        for year in range(self._today.year, self._today.year - 9, -1):
            whole = part._replace(year=year)
            try:
                begins = _date(whole).earliest
            except DateError:
                continue
            if begins is not None and begins <= self._today:
                return whole
        raise DateError(DateFault.IMPOSSIBLE_DAY)


def _slashed(one: int, two: int, year: int | None) -> _Part:
    """Day and month in the order of half of the world or the other, where only one is possible."""
    if one == two or one > 12:
        return _Part(year, two, one)
    if two > 12:
        return _Part(year, one, two)
    raise TypedDateError(TypedDateFault.AMBIGUOUS)


def _turns_of_year(begin: _Part, end: _Part) -> int:
    """Return how often the year turns between two ends of which one has no year: 0 or 1.

    Where that would make a range of more than half a year they are the wrong way round instead.
    """
    months = (end.month - begin.month) % 12 if end.month and begin.month else 1
    return int(_order(begin) > _order(end) and 0 < months <= HALF_A_YEAR)


def _order(part: _Part) -> tuple[int, int]:
    return part.month or 0, part.day or 0


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _date(part: _Part) -> PartialDate:
    year = f"{part.year:04}"
    month = "" if part.month is None else f"-{part.month:02}"
    return parse_edtf(year + month + ("" if part.day is None else f"-{part.day:02}"))


@lru_cache(maxsize=32)
def _months(locale: str) -> Mapping[str, int]:
    """The names of months, whole and short, by which somebody may call them."""
    names = {"sept": 9}
    for language in ("en", locale):
        months = Locale.parse(language, sep="-" if "-" in language else "_").months
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[use][width].items():
                    if not name.isdigit():
                        names[_plain(name).strip(" .")] = number
    return names
