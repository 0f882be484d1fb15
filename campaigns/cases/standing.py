"""How each detainee of a campaign stands by what its page says, and how fresh that is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.cases.facts import status_event
from campaigns.cases.hearings import is_expected
from campaigns.cases.models import Campaign, Confirmation, Detainee, Event
from campaigns.cases.queries import is_visible
from campaigns.cases.status import Status, derive_statuses
from campaigns.cases.vocabulary import CampaignState, Custody, EventKind

STALE_AFTER = timedelta(days=30)
# What no news can be expected of.
SETTLED = (Custody.RELEASED, Custody.DIED, Custody.DIED_IN_CUSTODY)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a detainee is, and when that was last known to be so."""

    detainee: Detainee
    status: Status
    last_confirmation: Confirmation | None
    freshness_days: int | None
    # Days since the last event or confirmation; None when there is neither.
    stale: bool
    # No news for 30 days of somebody whose status may change, in a campaign that is open.


def take_standings(campaign: Campaign, now: datetime) -> Sequence[Standing]:
    """Return how each detainee of a campaign (with its case loaded) stands at a moment."""
    zone = ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    day = min(today, campaign.closed_on or today)
    telling = [it for it in campaign.events if it.retracted_on is None and is_visible(it, now)]
    statuses = derive_statuses(
        [status_event(event, zone) for event in telling],
        {detainee.id: detainee.proceedings for detainee in campaign.detainees},
        as_of=day,
        today=today,
        closed_on=campaign.closed_on,
    )
    return [_standing(it, campaign, statuses, telling, day) for it in campaign.detainees]


def next_hearing(events: Iterable[Event], now: datetime) -> Event | None:
    """Return the entry of the first day in court that lies ahead, None when none is known.

    A hearing that was adjourned and has no new date is certain not to take place on the old one.
    """
    ahead = [
        (event.hearing_starts_at, event.position, event)
        for event in events
        if event.hearing_starts_at is not None
        and event.hearing_starts_at >= now
        and event.retracted_on is None
        and is_expected(event.hearing_status, event.hearing_previous_starts_at)
    ]
    return min(ahead)[-1] if ahead else None


def last_confirmation(detainee: Detainee, status: Status, day: date) -> Confirmation | None:
    """Return the last time somebody said, by this day, that the status was still true.

    What was said before the present custody began was true of another: that somebody was still in
    prison confirms no release.
    """
    since = status.custody.since
    begun = since.earliest if since else None
    said = [it for it in detainee.confirmations if it.on <= day and (not begun or it.on >= begun)]
    return max(said, key=lambda it: it.on, default=None)


def days_since_news(
    detainee: Detainee, events: Iterable[Event], day: date, zone: ZoneInfo
) -> int | None:
    """Return how old the last event or confirmation is on a day; None when there is neither."""
    told = [
        min(_happened(event, zone), day)
        for event in events
        if event.retracted_on is None and (event.everyone or detainee in event.detainees)
    ]
    confirmed = [it.on for it in detainee.confirmations if it.on <= day]
    freshest = max([*told, *confirmed], default=None)
    return (day - freshest).days if freshest else None


def _happened(event: Event, zone: ZoneInfo) -> date:
    """Return the day an entry is news of: of a hearing ahead, that on which it was announced."""
    announced = event.published_at.astimezone(zone).date()
    latest = event.date.latest or event.date.earliest or announced
    return min(latest, announced) if event.kind == EventKind.HEARING else latest


def is_stale(campaign: Campaign, status: Status, freshness_days: int | None) -> bool:
    """Return whether news is overdue of somebody whose status may have changed meanwhile.

    Where there has been none yet, none is overdue; nor before anybody can read it.
    """
    looked_after = campaign.closed_on is None and campaign.state != CampaignState.DRAFT
    expected = looked_after and status.custody.value not in SETTLED
    return expected and freshness_days is not None and freshness_days > STALE_AFTER.days


def _standing(
    detainee: Detainee,
    campaign: Campaign,
    statuses: Mapping[int, Status],
    telling: Sequence[Event],
    day: date,
) -> Standing:
    status = statuses[detainee.id]
    freshness_days = days_since_news(detainee, telling, day, ZoneInfo(campaign.timezone))
    return Standing(
        detainee=detainee,
        status=status,
        last_confirmation=last_confirmation(detainee, status, day),
        freshness_days=freshness_days,
        stale=is_stale(campaign, status, freshness_days),
    )
