"""Language tags as a case keeps them."""

import re

from babel import Locale, UnknownLocaleError

_TAG = re.compile(r"[a-z]{2,3}(?:[-_][A-Z][a-z]{3})?(?:[-_](?:[A-Z]{2}|[0-9]{3}))?")


def is_language(tag: str) -> bool:
    """Whether it is a language tag known to the Unicode CLDR, so that its direction is known."""
    try:
        return bool(_TAG.fullmatch(tag) and Locale.parse(tag, sep="-" if "-" in tag else "_"))
    except (ValueError, UnknownLocaleError):
        return False
