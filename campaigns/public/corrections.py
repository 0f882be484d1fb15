"""How an entry read before it was corrected, in words, with the names visitors may read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _

from campaigns.cases.dates import parse_edtf
from campaigns.cases.histories import FIELDS
from campaigns.cases.models import Correction
from campaigns.cases.vocabulary import (
    AppealBy,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    Stance,
)
from campaigns.cases.wording import date_in_words, label
from campaigns.public.snapshot import ArticleSnapshot, PersonSnapshot

CHOICES = {"kind": EventKind, "confidence": Confidence, "disclosure": Disclosure, "by": AppealBy}
# In the order of an entry.
TOLD = (
    "kind", "date", "summary", "text", "translations", "detainees", "proceeding", "place",
    "disclosure", "actor", "by", "confidence", "hearing", "handover", "sources",
)  # fmt: skip


def was_in_words(
    was: Mapping[str, Any],
    people: Mapping[str, PersonSnapshot],
    articles: Mapping[str, ArticleSnapshot],
    locale: str,
) -> tuple[tuple[str, str], ...]:
    """Return the fields that were corrected, each with how it read.

    `was` is by the names of a case file, with public refs; people and articles come by those. Of
    translations only the one in the language of display is told.
    """
    told = dict(was)
    translation = told.pop("translations", {}).get(locale)
    if translation:
        told["translations"] = " – ".join(filter(None, translation.values()))
    return tuple(
        (str(FIELDS[name]), _in_words(name, told[name], people, articles) or _("nothing"))
        for name in TOLD
        if name in told
    )


def hearing_before(correction: Correction) -> str | None:
    """Return how a hearing stood before it went on; None where something was wrong instead."""
    hearing = correction.was.get("hearing")
    return _in_words("hearing", hearing, {}, {}) if hearing and not correction.note else None


def _in_words(
    name: str,
    value: Any,
    people: Mapping[str, PersonSnapshot],
    articles: Mapping[str, ArticleSnapshot],
) -> str:
    if value is None and name != "date":
        return ""
    match name:
        case "date":
            words = date_in_words(parse_edtf(value or ""))
        case "kind" | "confidence" | "disclosure" | "by":
            words = str(label(CHOICES[name](value)))
        case "detainees" if value == "all":
            words = _("everybody")
        case "detainees":
            words = ", ".join(people[ref].name for ref in value if ref in people)
        case "actor":
            words = value["name"]
        case "hearing":
            words = f"{_moment(value['starts_at'])}, {value['court']} ({_status(value)})"
        case "handover":
            count = value["count"]
            count = _("at least %(count)s", count=count) if value.get("at_least") else count
            words = f"{count}: {value['to']}"
        case "sources":
            words = "; ".join(_source(source, articles) for source in value)
        case _:
            words = value
    return str(words)


def _status(hearing: Mapping[str, Any]) -> str:
    status, previous = HearingStatus(hearing["status"]), hearing.get("previous_starts_at")
    without_date = status == HearingStatus.ADJOURNED and not previous
    return str(_("Adjourned without a new date") if without_date else label(status))


def _source(source: Mapping[str, Any], articles: Mapping[str, ArticleSnapshot]) -> str:
    article = articles.get(source["article"])
    words = f"{article.outlet}, {article.title}" if article else ""
    note = f" ({source['note']})" if source.get("note") else ""
    return f"{label(Stance(source['stance']))}: {words}{note}"


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return str(format_datetime(moment, "d MMMM y, HH:mm", locale=get_locale() or "en"))
