"""Whether what somebody wrote is still right: has a detainee's custody changed since?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.cases.custody import CUSTODY_AFTER
from campaigns.cases.facts import status_event
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import is_visible, load_whole_case
from campaigns.cases.status import derive_statuses
from campaigns.cases.vocabulary import Custody
from campaigns.updates.models import Update
from campaigns.updates.run_queries import has_news_of_custody


def overtaking_event(update: Update, now: datetime) -> Event | None:
    """Return the entry that changed somebody's custody after an update was written, if one did.

    An entry of long ago that is only entered late changes nobody's custody today, and the entry an
    update tells of itself is no news to it.
    """
    if not has_news_of_custody(update, now):
        return None
    campaign = load_whole_case(update.campaign_id)
    known = [it for it in campaign.events if it.retracted_on is None and is_visible(it, now)]
    before = [it for it in known if it.id == update.event_id or is_visible(it, update.written_at)]
    since = [it for it in known if it not in before and it.kind in CUSTODY_AFTER]
    if not since or _custody(campaign, known, now) == _custody(campaign, before, now):
        return None
    return max(since, key=lambda event: (event.published_at, event.id))


def _custody(campaign: Campaign, events: Sequence[Event], now: datetime) -> Mapping[int, Custody]:
    zone = ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    statuses = derive_statuses(
        [status_event(event, zone) for event in events],
        {detainee.id: detainee.proceedings for detainee in campaign.detainees},
        as_of=today,
        today=today,
        closed_on=campaign.closed_on,
    )
    return {detainee: status.custody.value for detainee, status in statuses.items()}
