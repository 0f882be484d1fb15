"""Readers of single values, and how readers of parts are made of them.

A reader takes a JSON value and its place, notes what is wrong with it, and returns either what it
means or BAD.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeGuard, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import pycountry
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

from campaigns.casefiles.errors import Faults
from campaigns.casefiles.syntax import quoted
from campaigns.cases.dates import DateError, parse_edtf

NAME, LINE, SENTENCES, TEXT, ADDRESS, MOST = 200, 300, 2_000, 100_000, 2_000, 1_000_000_000

T = TypeVar("T")
Reader = Callable[[Any, str, Faults], Any]
BAD: Any = object()

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_REF = re.compile(r"\w[\w.:-]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
)
_LOCALE = re.compile(r"[a-z]{2,3}(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Z]{2}|[0-9]{3}))?")
# Overrides and isolates can make a text read as another; joiners are part of many scripts.
_TURNS_TEXT_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Refused(Exception):
    """What is wrong with a value and what to do, in one sentence."""


def value(check: Callable[[Any], T]) -> Reader:
    """A reader of single values, from a check that raises Refused."""

    def read(given: Any, place: str, faults: Faults) -> Any:
        try:
            return check(given)
        except Refused as refused:
            faults.add(place, str(refused))
            return BAD

    return read


def listed(reader: Reader, noun: str | None = None) -> Reader:
    """A reader of a list. With a noun, its items are called by it and their refs."""

    def read(given: Any, place: str, faults: Faults) -> Any:
        if not isinstance(given, list):
            faults.add(place, "must be a list: write […].")
            return BAD
        before = len(faults)
        items = [
            reader(item, _named(noun, item, number) if noun else f"{place} {number}", faults)
            for number, item in enumerate(given, start=1)
        ]
        if noun:
            return tuple(item for item in items if item is not BAD)
        return tuple(items) if len(faults) == before else BAD

    return read


def part(cls: Callable[..., T], readers: Mapping[str, Reader]) -> Reader:
    """A reader of an object: `cls` with each field read; null and "" leave an optional one out."""
    required = required_fields(cls)

    def read(given: Any, place: str, faults: Faults) -> Any:
        if not isinstance(given, dict):
            faults.add(place, "must be an object: write {…}.")
            return BAD
        before = len(faults)
        refuse_unknown(given, readers, place, faults)
        found = {}
        for name, reader in readers.items():
            content = given.get(name)
            if name in required and content is None:
                wrong = "must not be null." if name in given else "is missing: add it."
                faults.add(f"{place}, {name}", wrong)
            elif content is not None and (content != "" or name in required):
                found[name] = reader(content, f"{place}, {name}", faults)
        return cls(**found) if len(faults) == before else BAD

    return read


def by_locale(reader: Reader) -> Reader:
    """A reader of translations: an object with a part for each language."""

    def read(given: Any, place: str, faults: Faults) -> Any:
        if not isinstance(given, dict):
            faults.add(place, 'must be an object: write {"ur": {…}}.')
            return BAD
        before = len(faults)
        found = {}
        for locale, texts in given.items():
            value(language)(locale, f"{place} {quoted(locale)}", faults)
            found[locale] = reader(texts, f"{place} {quoted(locale)}", faults)
        return found if len(faults) == before else BAD

    return read


def refuse_unknown(
    given: Mapping[str, Any], known: Mapping[str, Any], place: str, faults: Faults
) -> None:
    """Note every field that the format does not have."""
    for name in given:
        if name not in known:
            faults.add(place, f"{quoted(name)} is no field of it: correct its name or take it out.")


def required_fields(cls: Any) -> frozenset[str]:
    """The fields of a part that have no default."""
    return frozenset(
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    )


def choice(kinds: type[StrEnum]) -> Reader:
    """A reader of one of a closed list."""

    def check(given: Any) -> StrEnum:
        try:
            return kinds(_text(given))
        except ValueError:
            known = ", ".join(kinds)
            raise Refused(f"{quoted(given)} is none of: {known}.") from None

    return value(check)


def line(longest: int = LINE, *, blank: bool = False) -> Reader:
    """A reader of one line of at most so many characters."""
    return value(lambda given: _written(given, longest, breaks="", blank=blank))


def text(longest: int = TEXT, *, blank: bool = False) -> Reader:
    """A reader of text that may have several lines."""
    return value(lambda given: _written(given, longest, breaks="\r\n\t", blank=blank))


def slug(given: Any) -> str:
    """A campaign's part of an address."""
    found = _written(given, 80)
    if not _SLUG.fullmatch(found):
        raise Refused("must be small letters a to z, digits and single hyphens: free-amal.")
    return found


def ref(given: Any) -> str:
    """What other parts of the file call this one by."""
    found = _written(given, 100)
    if not is_ref(found):
        raise Refused("must be letters, digits and the signs - _ . : without spaces.")
    return found


def is_ref(given: Any) -> TypeGuard[str]:
    """Whether a value could be a ref, and so can stand in a message."""
    return isinstance(given, str) and len(given) <= 100 and bool(_REF.fullmatch(given))


def country(given: Any) -> str:
    """ISO 3166-1 alpha-2, or empty."""
    found = _text(given)
    known = pycountry.countries.get(alpha_2=found) if found else None
    if found and (known is None or known.alpha_2 != found):
        raise Refused(f"{quoted(found)} is no country: write two capital letters such as PK.")
    return found


def timezone(given: Any) -> str:
    """An IANA zone."""
    found = _text(given)
    if found not in _zones():
        raise Refused(f"{quoted(found)} is no time zone: write one such as Asia/Karachi.")
    return found


def language(given: Any) -> str:
    """A language tag known to the Unicode CLDR, so that its script's direction is known."""
    found = _text(given)
    try:
        if _LOCALE.fullmatch(found):
            Locale.parse(found, sep="-" if "-" in found else "_")
            return found
    except (ValueError, UnknownLocaleError):
        pass
    raise Refused(f"{quoted(found)} is no language: write a tag such as ur, en or pt-BR.")


def mail_address(given: Any) -> str:
    """A mail address, by its shape alone."""
    found = _written(given, 254)
    try:
        validate_email(
            found, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        raise Refused("must be a mail address in the form name@example.org.") from None
    return found


def web_address(given: Any) -> str:
    """An absolute http or https address without credentials."""
    found = _written(given, ADDRESS)
    try:
        parts = urlsplit(found)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\\<>\"]", found):
        raise Refused("must be a web address that begins with https:// or http://.")
    if "@" in parts.netloc:
        raise Refused("must be a web address without a user name or password.")
    return found


def edtf(given: Any) -> str:
    """A date as far as it is known; empty when unknown."""
    found = _text(given)
    try:
        return parse_edtf(found).edtf
    except DateError as error:
        raise Refused(str(error)) from None


def day(given: Any) -> date:
    """A day of the calendar."""
    found = _text(given)
    if _DAY.fullmatch(found):
        try:
            return date.fromisoformat(found)
        except ValueError:
            raise Refused("There is no such day in the calendar.") from None
    raise Refused("must be a day written as 2018-04-22.")


def moment(given: Any) -> datetime:
    """A moment with its zone, in the years 1900 to 2199."""
    found = _text(given)
    if _MOMENT.fullmatch(found):
        try:
            read = datetime.fromisoformat(found)
        except ValueError:
            raise Refused("There is no such time.") from None
        if 1900 <= read.year < 2200:
            return read
    raise Refused("must be a time with its zone, written as 2018-04-22T15:00:00+05:00.")


def whole_number(given: Any) -> int:
    """A whole number from 0 on."""
    if type(given) is not int or not 0 <= given <= MOST:
        raise Refused(f"must be a whole number from 0 to {MOST}, without quotation marks.")
    return given


def flag(given: Any) -> bool:
    """A yes or no."""
    if type(given) is not bool:
        raise Refused("must be true or false, without quotation marks.")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise Refused("must be a text in quotation marks.")
    return given


def _written(given: Any, longest: int, *, breaks: str = "", blank: bool = False) -> str:
    found = _text(given)
    if len(found) > longest:
        raise Refused(f"has {len(found)} characters: shorten it to {longest} at most.")
    if not (blank or found.strip()):
        raise Refused("is empty: fill it in.")
    for character in found:
        if character not in breaks and _is_control(character):
            what = "a line end" if character in "\r\n" else f"the sign U+{ord(character):04X}"
            raise Refused(f"holds {what}, which has no place here: take it out.")
    return found


def _is_control(character: str) -> bool:
    if character.isalnum() or character == " ":
        return False
    if character in _TURNS_TEXT_ROUND:
        return True
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _named(noun: str, item: Any, number: int) -> str:
    own = item.get("ref") if isinstance(item, dict) else None
    return f"{noun} {own}" if is_ref(own) else f"{noun} no. {number}"


@lru_cache(maxsize=1)
def _zones() -> set[str]:
    return available_timezones()
