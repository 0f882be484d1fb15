"""What changed in an entry or article, in words, for organisers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from campaigns.cases.dates import DateError, parse_edtf
from campaigns.cases.models import Campaign, Revision
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.cases.wording import date_in_words, label

FIELDS = {
    "kind": _l("Kind"),
    "date": _l("Date"),
    "detainees": _l("Whom it concerns"),
    "proceeding": _l("Proceeding"),
    "place": _l("Place"),
    "disclosure": _l("Is the place known?"),
    "actor": _l("Which institution acted"),
    "summary": _l("Summary"),
    "text": _l("Text"),
    "by": _l("Who appealed"),
    "confidence": _l("How sure it is"),
    "sources": _l("Sources"),
    "hearing": _l("Hearing"),
    "handover": _l("Handover"),
    "translations": _l("Translation"),
    "learned_at": _l("When you learned it"),
    "embargo_until": _l("Keep it back until"),
    "retracted": _l("Retracted"),
    "url": _l("Address on the web"),
    "title": _l("Title"),
    "outlet": _l("Outlet"),
    "author": _l("Author"),
    "language": _l("Language"),
    "published": _l("When it appeared"),
    "excerpt": _l("What it says"),
    "archived_url": _l("Address of an archived copy"),
    "archived_at": _l("Archived at"),
    "translation_of": _l("Translation of"),
}
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "kind": (EventKind, SourceKind, ActorKind),
    "disclosure": (Disclosure,),
    "by": (AppealBy,),
    "confidence": (Confidence,),
    "status": (HearingStatus,),
    "stance": (Stance,),
    "state_link": (StateLink,),
}
MOMENTS = frozenset(
    {"learned_at", "embargo_until", "archived_at", "starts_at", "previous_starts_at"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """A field, and how it read before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something made or changed: when, by whom, and what."""

    at: datetime
    # In the campaign's zone.
    username: str | None
    changes: Sequence[Change]
    # None when it was made.


def steps_of(
    campaign: Campaign,
    revisions: Sequence[tuple[Revision, str | None]],
    now: Mapping[str, Any],
) -> list[Step]:
    """Tell the history of something that reads as it does `now`; revisions come the last first."""
    zone, state, steps = ZoneInfo(campaign.timezone), dict(now), []
    for revision, username in revisions:
        earlier = state | revision.was
        steps.append(
            Step(
                at=revision.at.astimezone(zone),
                username=username,
                changes=differences(campaign, earlier, state, names=revision.was),
            )
        )
        state = earlier
    return steps


def differences(
    campaign: Campaign,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    names: Mapping[str, Any] | None = None,
) -> list[Change]:
    """Tell in words where two ways something reads differ, or how these fields read in both."""
    chosen = names if names is not None else [it for it in before if before[it] != after[it]]
    words = _Words(campaign)
    return [
        Change(
            str(FIELDS.get(name, name)),
            words.of(name, before.get(name)),
            words.of(name, after.get(name)),
        )
        for name in chosen
    ]


class _Words:
    """The values of a case file in words; people and articles by their names."""

    def __init__(self, campaign: Campaign) -> None:
        self._people = {it.ref: it.name_romanised or it.name for it in campaign.detainees}
        self._articles = {it.ref: f"{it.outlet}: {it.title}" for it in campaign.articles}

    def of(self, name: str, value: Any) -> str:
        if value in (None, "", [], {}):
            return str(_("date unknown") if name == "date" else _("nothing"))
        if name == "at_least":
            return str(_("or more"))
        if isinstance(value, list):
            return "; ".join(self.of(name, item) for item in value)
        if isinstance(value, dict):
            return ", ".join(self.of(key, item) for key, item in value.items())
        return self._single(name, value)

    def _single(self, name: str, value: Any) -> str:
        if name in ("date", "published", "on"):
            return _date(value)
        if name == "detainees":
            return str(_("everybody") if value == "all" else self._people.get(value, value))
        if name in ("article", "translation_of"):
            return str(self._articles.get(value, value))
        if name in MOMENTS:
            return _moment(value)
        for kinds in CHOICES.get(name, ()):
            if value in list(kinds):
                return str(label(kinds(value)))
        return str(value)


def _date(edtf: str) -> str:
    try:
        return date_in_words(parse_edtf(edtf))
    except DateError:
        return edtf


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return str(format_datetime(moment, "d MMMM y, HH:mm", locale=get_locale() or "en"))
