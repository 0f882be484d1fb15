"""Entries as the status is derived from them."""

from zoneinfo import ZoneInfo

from campaigns.cases.evidence import StatusEvent
from campaigns.cases.models import Event
from campaigns.cases.vocabulary import Stance


def status_event(event: Event, zone: ZoneInfo) -> StatusEvent:
    """Return what the status needs to know of an entry, in the campaign's zone."""
    return StatusEvent(
        id=event.id,
        entered=event.position,
        kind=event.kind,
        date=event.date,
        detainees=None
        if event.everyone
        else frozenset(detainee.id for detainee in event.detainees),
        proceeding=event.proceeding,
        place=event.place,
        disclosure=event.disclosure,
        by=event.by,
        confidence=event.confidence,
        learned_on=event.learned_at.astimezone(zone).date() if event.learned_at else None,
        disputed=sources_differ(event),
    )


def sources_differ(event: Event) -> bool:
    """Return whether a source contradicts an entry."""
    return any(source.stance == Stance.CONTRADICTS for source in event.sources)


def newest_first(event: Event) -> tuple[bool, int, int]:
    """Order by the day it can at the latest have begun; undated last."""
    day = event.date.earliest or event.date.latest
    return (day is None, -day.toordinal() if day else 0, -event.position)
