"""Hiding an entry or an update from visitors for as long as a report of it is looked into."""

from contextlib import suppress

from sqlalchemy import update as change

from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.db import db, utcnow
from campaigns.updates.corrections import settle_notices
from campaigns.updates.errors import UpdateOver
from campaigns.updates.models import Update
from campaigns.updates.queries import updates_about
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
        for update in updates:
            with suppress(UpdateOver):
                pause_update(update)
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
