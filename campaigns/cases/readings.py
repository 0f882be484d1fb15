"""An entry as visitors read it on an earlier day, from the corrections that came after."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect

from campaigns.cases.models import Article, Correction, Detainee, Event, EventSource
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    Stance,
    StateLink,
)

PLAIN = ("proceeding", "place", "summary", "text", "translations")
CHOICES = {"kind": EventKind, "confidence": Confidence, "disclosure": Disclosure, "by": AppealBy}


def as_read_on(
    event: Event,
    day: date,
    *,
    people: Mapping[str, Detainee],
    articles: Mapping[str, Article],
) -> Event:
    """Return an entry as it read at the end of a day: itself where it was never changed since.

    `people` and `articles` are those of its campaign, by their refs. What comes in its place is in
    no session, and nothing is stored. A retraction that came later is not undone here.
    """
    later = [correction for correction in event.corrections if correction.on > day]
    if not later:
        return event
    was: dict[str, Any] = {}
    for correction in reversed(later):
        # The first one after the day says how it read on it.
        was |= correction.was
    earlier = _copy(event, day)
    if was.keys() & {"summary", "text"}:
        # One that came later is of what was read later.
        earlier.translations = {}
    for name in PLAIN:
        if name in was:
            setattr(earlier, name, was[name])
    for name, kind in CHOICES.items():
        if name in was:
            setattr(earlier, name, None if was[name] is None else kind(was[name]))
    earlier.confidence = earlier.confidence or Confidence.CONFIRMED
    earlier.translations = earlier.translations or {}
    earlier.date_edtf = was.get("date", earlier.date_edtf)
    if "detainees" in was:
        earlier.everyone = was["detainees"] == "all"
        refs = () if earlier.everyone else was["detainees"]
        earlier.detainees = [people[ref] for ref in refs if ref in people]
    if "sources" in was:
        earlier.sources = [
            EventSource(
                article=articles[source["article"]],
                position=position,
                stance=Stance(source["stance"]),
                note=source.get("note"),
            )
            for position, source in enumerate(was["sources"] or (), start=1)
            if source["article"] in articles
        ]
    _put_particulars(earlier, was)
    return earlier


def _copy(event: Event, day: date) -> Event:
    columns = inspect(Event).column_attrs.keys()
    copy = Event(**{name: getattr(event, name) for name in columns})
    copy.detainees = list(event.detainees)
    copy.sources = [
        EventSource(article=it.article, position=it.position, stance=it.stance, note=it.note)
        for it in event.sources
    ]
    # Rows of their own: the stored ones belong to the stored entry.
    copy.corrections = [
        Correction(position=it.position, on=it.on, note=it.note, was=it.was)
        for it in event.corrections
        if it.on <= day
    ]
    return copy


def _put_particulars(event: Event, was: Mapping[str, Any]) -> None:
    if "actor" in was:
        actor = was["actor"] or {}
        event.actor_name = actor.get("name")
        event.actor_kind = ActorKind(actor["kind"]) if actor else None
        event.actor_state_link = StateLink(actor["state_link"]) if actor else None
    if "hearing" in was:
        hearing = was["hearing"] or {}
        event.hearing_starts_at = _moment(hearing.get("starts_at"))
        event.hearing_court = hearing.get("court")
        event.hearing_status = HearingStatus(hearing["status"]) if hearing else None
        event.hearing_previous_starts_at = _moment(hearing.get("previous_starts_at"))
    if "handover" in was:
        handover = was["handover"] or {}
        event.handover_count = handover.get("count")
        event.handover_at_least = handover.get("at_least", False)
        event.handover_to = handover.get("to")
        event.handover_reply = handover.get("reply")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
