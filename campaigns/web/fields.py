"""Checks of what people type that several rooms' forms share. They check shape only."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import LazyString
from flask_babel import gettext as _
from wtforms import Field, Form, SelectChoice, ValidationError

ADDRESS_LENGTH = 254
# Overrides and isolates can make a name read as another; joiners are part of many scripts.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CONTROLS = frozenset(("Cc", "Zl", "Zp", "Cs"))
FORMULA_STARTS = tuple("=+-@\u2212\uff1d\uff0b\uff0d\uff20")
WEBSITE = re.compile(
    r"://|www\.|\b[\w-]+\.(?:com|org|net|info|biz|io|co|me|ru|cn|xyz|top|online|site|shop|club)\b",
    re.IGNORECASE,
)


def plain_line(form: Form, field: Field) -> None:
    """One line: no control characters, no text that changes its own direction."""
    _refuse_controls(field.data or "", allowed="")


def plain_text(form: Form, field: Field) -> None:
    """Several lines: like a plain line, but with line ends and tabs."""
    _refuse_controls(field.data or "", allowed="\r\n\t")


def person_name(form: Form, field: Field) -> None:
    """A person's name: with letters; no markup, formula or website, which are others' tricks."""
    name = field.data or ""
    plain_line(form, field)
    if "<" in name or ">" in name:
        raise ValidationError(_("Write your name without the signs < and >."))
    if name.startswith(FORMULA_STARTS):
        raise ValidationError(_("Begin your name with a letter, not with =, +, - or @."))
    if WEBSITE.search(name):
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


def choices_of(
    labels: Mapping[Any, str | LazyString], optgroup: str | LazyString | None = None
) -> list[SelectChoice]:
    """Return what a field offers, from the words for each value."""
    return [SelectChoice(value, words, optgroup=optgroup) for value, words in labels.items()]


def strip(text: str | None) -> str | None:
    """Trim what was typed and bring it into Unicode's composed form."""
    return unicodedata.normalize("NFC", text.strip()) if text else text


def _refuse_controls(text: str, *, allowed: str) -> None:
    for character in text:
        if character in allowed:
            continue
        if unicodedata.category(character) in CONTROLS or character in BIDI_CONTROLS:
            raise ValidationError(
                _("Remove the invisible control characters: type the text anew instead of pasting.")
            )
