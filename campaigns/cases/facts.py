"""Entries as the status is derived from them, and their hearings as they are told."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.cases.dates import PartialDate
from campaigns.cases.evidence import StatusEvent
from campaigns.cases.hearings import STILL_AHEAD, Hearing, is_expected
from campaigns.cases.models import Event
from campaigns.cases.vocabulary import EventKind, HearingStatus, Stance

# Who learns something at night tells it in the morning: that is not told as an earlier event.
TOLD_AT_ONCE = timedelta(days=2)


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


def read_hearing(event: Event, zone: ZoneInfo, day: date) -> Hearing | None:
    """Return the hearing of an entry, if it has one, as it is told on a day in a zone."""
    starts_at, previous = event.hearing_starts_at, event.hearing_previous_starts_at
    if starts_at is None:
        return None
    status = event.hearing_status or HearingStatus.SCHEDULED
    there = starts_at.astimezone(zone)
    return Hearing(
        event_id=event.id,
        starts_at=there,
        court=event.hearing_court or "",
        status=status,
        previous_starts_at=previous.astimezone(zone) if previous else None,
        was_adjourned=status == HearingStatus.ADJOURNED or _was_adjourned(event),
        outcome_missing=there.date() < day and is_expected(status, previous),
    )


def earlier_date(event: Event, told_at: datetime, zone: ZoneInfo) -> PartialDate | None:
    """Return the date of an entry when it lay days back as it was told; None of what was new.

    None of a hearing announced before its day either: told later is how it went.
    """
    latest = event.date.latest
    told_on, entered_on = (it.astimezone(zone).date() for it in (told_at, event.published_at))
    if latest is None or (event.kind == EventKind.HEARING and entered_on <= latest):
        return None
    return event.date if told_on - latest > TOLD_AT_ONCE else None


def may_go_on(event: Event) -> bool:
    """Return whether an entry is of a hearing that can still be held, adjourned or cancelled."""
    status = event.hearing_status or HearingStatus.SCHEDULED
    has_date = event.hearing_starts_at is not None
    return has_date and status in STILL_AHEAD and event.retracted_on is None


def newest_first(event: Event) -> tuple[bool, int, int]:
    """Order by the day it can at the latest have begun; undated last."""
    day = event.date.earliest or event.date.latest
    return (day is None, -day.toordinal() if day else 0, -event.position)


def _was_adjourned(event: Event) -> bool:
    """Whether it was when it went on; what was corrected had been wrong."""
    earlier = (it.was.get("hearing") or {} for it in event.corrections if not it.note)
    return any(it.get("status") == HearingStatus.ADJOURNED for it in earlier)
