"""Checks of what people type that several rooms' forms share. They check shape only."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from linkify_it.tlds import TLDS  # type: ignore[import-untyped]
from wtforms import EmailField, Field, Form, SelectChoice, ValidationError
from wtforms.validators import InputRequired, Length, StopValidation

ADDRESS_LENGTH = 254
# Overrides and isolates can make a name read as another; joiners are part of many scripts.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_ENDS_AND_TABS = "\r\n\t"
CONTROLS = frozenset(("Cc", "Zl", "Zp", "Cs"))
FORMULA_STARTS = tuple("=+-@\u2212\uff1d\uff0b\uff0d\uff20")
WEBSITE_START = re.compile(r"://|www[.\u3002]", re.IGNORECASE)
# From the dot on, and without a way back, so that the time grows with the text and no faster.
WEBSITE_END = re.compile(r"[.\u3002]([^\W\d_]{2,24}+)(?![\w])(/?)")
DOMAINS = frozenset(domain.lower() for domain in TLDS)
# With a single letter before the dot only these: others are initials, as in "M.Li".
SHORT_DOMAINS = frozenset(("com", "org", "net", "co", "me", "io", "ly", "ru", "cn"))
TITLES = frozenset(("dr", "st", "mr", "mrs", "ms", "md", "mst", "mohd", "muhd", "prof", "sr", "jr"))
MOST_MARKS = 30
# On one letter: what Unicode calls stream-safe (UAX #15, section 13).


class AtMost(Length):
    """So many characters; a longer text is looked at no further, for that could take long."""

    def __init__(self, length: int, message: str | LazyString) -> None:
        super().__init__(max=length, message=message)

    def __call__(self, form: Form, field: Field) -> None:
        """Raise StopValidation for a longer text."""
        try:
            super().__call__(form, field)
        except ValidationError as error:
            raise StopValidation(*error.args) from None


def plain_line(form: Form, field: Field) -> None:
    """One line: no control characters, no text that changes its own direction."""
    _refuse_controls(has_controls(field.data or ""))


def plain_text(form: Form, field: Field) -> None:
    """Several lines: like a plain line, but with line ends and tabs."""
    _refuse_controls(has_controls(field.data or "", allowed=LINE_ENDS_AND_TABS))


def person_name(form: Form, field: Field) -> None:
    """A person's name: with letters; no markup, formula or website, which are others' tricks."""
    name = field.data or ""
    plain_line(form, field)
    if "<" in name or ">" in name:
        raise ValidationError(_("Write your name without the signs < and >."))
    if name.startswith(FORMULA_STARTS):
        raise ValidationError(_("Begin your name with a letter, not with =, +, - or @."))
    if has_website(name):
        raise ValidationError(_("Write your name without the address of a website."))
    if not any(character.isalpha() for character in name):
        raise ValidationError(_("Write your name in letters."))


def mail_address(form: Form, field: Field) -> None:
    """A mail address by its shape alone: asking the network would tell it who signs."""
    address = field.data or ""
    try:
        validate_email(
            address,
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,
            strict=True,
        )
    except EmailNotValidError:
        raise ValidationError(_("Enter a mail address in the form name@example.org.")) from None


def mail_field(missing: LazyString) -> EmailField:
    """Return a field for the address of whoever fills it in; `missing` is said when it is empty."""
    return EmailField(
        _l("Email address"),
        [
            InputRequired(missing),
            AtMost(ADDRESS_LENGTH, _l("This email address is too long to be one.")),
            mail_address,
        ],
        filters=[strip],
    )


def choices_of(
    labels: Mapping[Any, str | LazyString], optgroup: str | LazyString | None = None
) -> list[SelectChoice]:
    """Return what a field offers, from the words for each value."""
    return [SelectChoice(value, words, optgroup=optgroup) for value, words in labels.items()]


def strip(text: str | None) -> str | None:
    """Trim what was typed and bring it into Unicode's composed form.

    A text with more than MOST_MARKS marks on one letter is only trimmed: no language has them, and
    putting them in order takes the square of their number.
    """
    if not text:
        return text
    text = text.strip()
    return text if _is_overloaded(text) else unicodedata.normalize("NFC", text)


def has_controls(text: str, *, allowed: str = "") -> bool:
    """Whether a text has control characters, but for those allowed, or changes its direction."""
    return any(
        unicodedata.category(character) in CONTROLS or character in BIDI_CONTROLS
        for character in text
        if character not in allowed
    )


def has_website(name: str) -> bool:
    """Whether part of a name reads as a website: `bit.ly/x`, but not `J. Smith` nor `Dr.Khan`.

    Full-width letters and dots count as the plain ones they are taken for.
    """
    if _is_overloaded(name):
        return True
    plain = unicodedata.normalize("NFKC", name)
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    if WEBSITE_START.search(plain):
        return True
    return any(_ends_website(plain, found) for found in WEBSITE_END.finditer(plain))


def _ends_website(name: str, found: re.Match[str]) -> bool:
    ending, slash = found.groups()
    # No title is longer than five letters: the whole word is of no interest.
    before = re.split(r"[^\w-]", name[max(0, found.start() - 6) : found.start()])[-1]
    if not before or before.lower() in TITLES or ending.lower() in ("jr", "sr"):
        return False
    if len(before) == 1:
        return bool(slash) or ending in SHORT_DOMAINS
    return bool(slash) or ending.lower() in DOMAINS


def _is_overloaded(text: str) -> bool:
    if text.isascii():
        return False
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            return True
    return False


def _refuse_controls(found: bool) -> None:
    if found:
        raise ValidationError(
            _("Remove the invisible control characters: type the text anew instead of pasting.")
        )
