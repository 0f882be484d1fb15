"""Hiding something from visitors for as long as a report of it is looked into."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import update as change

from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_public, lock_campaign_row
from campaigns.cases.states import bring_back
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.mail.runs import pause_campaign, resume_campaign, resume_run
from campaigns.updates.corrections import settle_notices
from campaigns.updates.errors import UpdateOver
from campaigns.updates.models import CORRECTION, DIGEST, SEND, Update
from campaigns.updates.progress import UpdateState, progress_of_all
from campaigns.updates.queries import updates_about
from campaigns.updates.run_queries import lock_mailings, updates_of
from campaigns.updates.runs import pause_update


def set_hidden(campaign: Campaign, part: Event | Update, *, hidden: bool) -> None:
    """Hide something from every public surface, or show it again as it was; twice is once.

    What is being mailed of it is paused, until an organiser lets it go on; mail that corrects it
    goes on by itself.
    """
    if (part.hidden_at is not None) == hidden:
        return
    updates = updates_about(part.id) if isinstance(part, Event) else [part]
    if hidden:
        _pause(updates)
    since = utcnow() if hidden else None
    if isinstance(part, Event):
        # What it says has not changed, neither for editors who have it open nor for feeds.
        statement = change(Event).values(hidden_at=since, updated_at=Event.updated_at)
        db.session.execute(statement.where(Event.id == part.id))
        db.session.expire(part)
    else:
        part.hidden_at = since
    for update in updates:
        settle_notices(update)
    touch(campaign)


def hide_campaign(campaign: Campaign) -> None:
    """Take a whole campaign down until `show_campaign`; nothing for one that is down already.

    Unlike what `removal.take_down` cancels, its mail waits.
    """
    # Before the campaign, as a worker does that holds one overtaken: neither waits for the other.
    lock_mailings(campaign.id)
    lock_campaign_row(campaign)
    if not is_public(campaign):
        return
    updates = updates_of(campaign.id)
    progress = progress_of_all(updates, utcnow())
    _pause([it for it in updates if progress[it.id].state == UpdateState.RUNNING])
    pause_campaign(campaign.id)
    campaign.state, campaign.hidden_at = CampaignState.REMOVED, utcnow()
    touch(campaign)


def show_campaign(campaign: Campaign) -> None:
    """Show a campaign that was hidden or taken down again as it was; its mail goes on.

    An update that was paused waits for an organiser. Raises NotInThisState.
    """
    bring_back(campaign)
    db.session.flush()
    # A worker lets digests go on once nothing they tell rests.
    resume_campaign(campaign.id, but=(SEND, DIGEST, CORRECTION))
    for update in updates_of(campaign.id):
        if update.paused_at is None:
            resume_run(SEND, update.id)
        settle_notices(update)


def _pause(updates: Sequence[Update]) -> None:
    for update in updates:
        with suppress(UpdateOver):
            pause_update(update)
