"""What organisers enter of an event or article, as plain values, and how what is stored reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.cases.models import Article, Detainee, Event, EventSource
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceContent:
    """What an article says of an event."""

    article: Article
    stance: Stance = Stance.SUPPORTS
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """An event as it is entered; the fields have the names of the columns they go to."""

    kind: EventKind
    date_edtf: str
    summary: str
    people: tuple[Detainee, ...] = ()
    # Those it concerns; nobody named means everybody.
    proceeding: str | None = None
    place: str | None = None
    disclosure: Disclosure | None = None
    actor_name: str | None = None
    actor_kind: ActorKind | None = None
    actor_state_link: StateLink | None = None
    text: str | None = None
    by: AppealBy | None = None
    confidence: Confidence = Confidence.CONFIRMED
    learned_at: datetime | None = None
    embargo_until: datetime | None = None
    hearing_starts_at: datetime | None = None
    hearing_court: str | None = None
    hearing_status: HearingStatus | None = None
    hearing_without_date: bool = False
    # Adjourned, and no new date is known: `hearing_starts_at` is the one it had.
    hearing_was_wrong: bool = False
    # A note says so: it was never set for a date that an adjournment was wrong about.
    handover_count: int | None = None
    handover_at_least: bool = False
    handover_to: str | None = None
    handover_reply: str | None = None
    cited: tuple[SourceContent, ...] = field(default=())
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By language: summary and, where there is one, text.

    def put_into(self, event: Event) -> None:
        """Let an event say this, in as few changes of rows as can be."""
        for name in COLUMNS_OF_EVENTS:
            if getattr(event, name) != (value := getattr(self, name)):
                setattr(event, name, value)
        event.everyone = not self.people
        if list(event.detainees) != list(self.people):
            event.detainees = list(self.people)
        for index, source in enumerate(self.cited):
            if index == len(event.sources):
                event.sources.append(EventSource(position=index + 1))
            row = event.sources[index]
            row.article, row.stance, row.note = source.article, source.stance, source.note
        del event.sources[len(self.cited) :]

    @classmethod
    def of(cls, event: Event) -> "EventContent":
        """Return what an event says."""
        return cls(
            **{name: getattr(event, name) for name in COLUMNS_OF_EVENTS},
            people=() if event.everyone else tuple(event.detainees),
            cited=tuple(
                SourceContent(article=it.article, stance=it.stance, note=it.note)
                for it in event.sources
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleContent:
    """An article as it is entered; the fields have the names of the columns they go to."""

    title: str
    outlet: str
    language: str
    url: str | None = None
    author: str | None = None
    published: str | None = None
    excerpt: str | None = None
    archived_url: str | None = None
    archived_at: datetime | None = None
    kind: SourceKind = SourceKind.PRESS
    translation_of: Article | None = None

    def put_into(self, article: Article) -> None:
        """Let an article say this."""
        for name in COLUMNS_OF_ARTICLES:
            if getattr(article, name) != (value := getattr(self, name)):
                setattr(article, name, value)


COLUMNS_OF_EVENTS = tuple(
    it.name
    for it in fields(EventContent)
    if it.name not in ("people", "cited", "hearing_without_date", "hearing_was_wrong")
)
COLUMNS_OF_ARTICLES = tuple(it.name for it in fields(ArticleContent))


def event_as_written(event: Event, zone: ZoneInfo) -> dict[str, Any]:
    """Return an event's fields by their names in a case file, as JSON, times in a zone."""
    return {
        "kind": event.kind.value,
        "date": event.date_edtf,
        "detainees": "all" if event.everyone else [it.ref for it in _in_order(event.detainees)],
        "proceeding": event.proceeding,
        "place": event.place,
        "disclosure": _value(event.disclosure),
        "actor": _actor(event),
        "summary": event.summary,
        "text": event.text,
        "by": _value(event.by),
        "confidence": event.confidence.value,
        "sources": [
            {"article": it.article.ref, "stance": it.stance.value}
            | ({"note": it.note} if it.note is not None else {})
            for it in event.sources
        ],
        "hearing": _hearing(event, zone),
        "handover": _handover(event),
        "translations": {
            name: dict(event.translations[name]) for name in sorted(event.translations)
        },
        "learned_at": _time(event.learned_at, zone),
        "embargo_until": _time(event.embargo_until, zone),
        "retracted": _retraction(event),
    }


# What says when we may tell, or knew, is no part of what happened: nothing to correct in public.
NOT_CORRECTED = frozenset({"learned_at", "embargo_until", "retracted"})


def article_as_written(article: Article, zone: ZoneInfo) -> dict[str, Any]:
    """Return an article's fields by their names in a case file, as JSON, times in a zone."""
    original = article.translation_of
    return {
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "language": article.language,
        "published": article.published,
        "excerpt": article.excerpt,
        "archived_url": article.archived_url,
        "archived_at": _time(article.archived_at, zone),
        "kind": article.kind.value,
        "translation_of": original.ref if original else None,
    }


def changed_fields(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that read differently now, as they read before."""
    return {name: old for name, old in was.items() if now[name] != old}


def taken_from_readers(
    before: Mapping[str, Any], translations: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the changed fields of which visitors have read something that is not there any more.

    A translation that was added takes nothing from what they read; `translations` are those since.
    """
    read = {name: old for name, old in before.items() if name not in NOT_CORRECTED}
    if read.get("translations", {}).items() <= translations.items():
        read.pop("translations", None)
    return read


def _in_order(people: Sequence[Detainee]) -> list[Detainee]:
    return sorted(people, key=lambda it: it.position)


def _value(choice: Any) -> Any:
    return None if choice is None else choice.value


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


def _actor(event: Event) -> dict[str, Any] | None:
    if event.actor_name is None or event.actor_kind is None or event.actor_state_link is None:
        return None
    return {
        "name": event.actor_name,
        "kind": event.actor_kind.value,
        "state_link": event.actor_state_link.value,
    }


def _hearing(event: Event, zone: ZoneInfo) -> dict[str, Any] | None:
    if event.hearing_starts_at is None or event.hearing_status is None:
        return None
    found: dict[str, Any] = {
        "starts_at": _time(event.hearing_starts_at, zone),
        "court": event.hearing_court or "",
        "status": event.hearing_status.value,
    }
    if event.hearing_previous_starts_at is not None:
        found["previous_starts_at"] = _time(event.hearing_previous_starts_at, zone)
    return found


def _retraction(event: Event) -> dict[str, Any] | None:
    if event.retracted_on is None:
        return None
    return {"on": event.retracted_on.isoformat(), "reason": event.retracted_reason or ""}


def _handover(event: Event) -> dict[str, Any] | None:
    if event.handover_count is None:
        return None
    found: dict[str, Any] = {"count": event.handover_count}
    found |= {"at_least": True} if event.handover_at_least else {}
    found["to"] = event.handover_to or ""
    return found | ({"reply": event.handover_reply} if event.handover_reply is not None else {})
