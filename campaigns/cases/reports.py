"""What a web page says of itself: the title, outlet, author, language and date of an article."""

import logging
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from babel import Locale, UnknownLocaleError

from campaigns.cases.dates import DateError, parse_edtf
from campaigns.db import utcnow
from campaigns.web.fetching import Page
from campaigns.web.fields import has_controls

LONGEST = 300
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE
)
_TAG = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z]{4})?(?:[-_](?:[a-zA-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of an article; each part is empty where the page does not tell."""

    title: str = ""
    outlet: str = ""
    author: str = ""
    language: str = ""
    published: str = ""
    # EDTF subset, see `dates`.


def read_report(page: Page) -> Report:
    """Return what a page says of itself. May raise anything for pages that are none."""
    # A third of a second and 30 MB, for whoever adds an article and nobody else.
    from trafilatura.metadata import extract_metadata  # noqa: PLC0415
    from trafilatura.utils import load_html  # noqa: PLC0415

    # What they log may hold what the page says.
    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    tree = load_html(_text(page))
    if tree is None:
        return Report()
    language = _language(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    found = extract_metadata(tree, default_url=page.address, extensive=False)
    return Report(
        title=_line(found.title),
        outlet=_line(found.sitename or found.hostname),
        author=_line(found.author),
        language=language,
        published=_day(found.date),
    )


def _text(page: Page) -> str:
    named = _CHARSET.search(page.content[:4096])
    for charset in (page.charset, named and named[1].decode("ascii"), "utf-8"):
        try:
            if charset:
                return page.content.decode(charset)
        except (LookupError, UnicodeError):
            continue
    return page.content.decode("utf-8", "replace")


def _line(text: str | None) -> str:
    """One line without invisible signs, of a length that people can read."""
    composed = unicodedata.normalize("NFC", (text or "")[: LONGEST * 4])
    plain = " ".join(composed.split())
    return "".join(sign for sign in plain if not has_controls(sign))[:LONGEST].strip()


def _language(tag: str | None) -> str:
    """The tag as articles keep it, empty for one that is no language."""
    if not tag or not _TAG.fullmatch(tag.strip()):
        return ""
    try:
        locale = Locale.parse(tag.strip(), sep="-" if "-" in tag else "_")
    except (ValueError, UnknownLocaleError):
        return ""
    return str(locale.language)


def _day(text: str | None) -> str:
    """The day as it is given, empty when it is none or has not come yet."""
    try:
        when = parse_edtf(text or "")
    except DateError:
        return ""
    # A day ahead of us may be one in another zone, but not two.
    tomorrow = utcnow().date() + timedelta(days=1)
    return "" if when.earliest is not None and when.earliest > tomorrow else when.edtf
