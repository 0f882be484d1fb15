"""The form of an entry: read as it was sent, and shown with what is to be said about it."""

from flask import render_template
from flask_babel import gettext as _

from campaigns.accounts.access import current_organiser
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.contents import EventContent
from campaigns.cases.editing import check_not_ahead, is_kept
from campaigns.cases.errors import EventInFuture
from campaigns.cases.forms import EventForm
from campaigns.cases.histories import Change
from campaigns.cases.models import Campaign, Event
from campaigns.cases.previews import Outlook, outlook, tells_of_a_death
from campaigns.cases.queries import hidden_names, is_published
from campaigns.cases.vocabulary import EventKind
from campaigns.db import utcnow


def sent_form(campaign: Campaign) -> EventForm:
    """Return the form of an entry as it was sent."""
    form = EventForm()
    form.hidden_names = hidden_names(campaign)
    form.offer(campaign)
    return form


def read_event(
    campaign: Campaign, form: EventForm, stored: Event | None = None, *, preview: bool = False
) -> tuple[EventContent | None, Outlook | None]:
    """Return what to save, None when something is wrong or doubted; and what is seen ahead."""
    if not form.validate():
        return None, None
    content = form.content(campaign, stored)
    try:
        check_not_ahead(campaign, content)
    except EventInFuture:
        form.date.errors = [_("This day is still to come: only a hearing can lie ahead.")]
        return None, None
    ahead = outlook(campaign, content, stored)
    if preview:
        return content, ahead
    if tells_of_a_death(content, stored) and not form.family_told.data:
        form.family_told.errors = [_("Has the family been told? Tick it once they have.")]
        return None, ahead
    accepted = set((form.accepted.data or "").split())
    return (None if set(ahead.doubts) - accepted else content), ahead


def event_page(
    campaign: Campaign,
    form: EventForm,
    stored: Event | None = None,
    *,
    ahead: Outlook | None = None,
    theirs: list[Change] | None = None,
    preview: bool = False,
    conflict: bool = False,
) -> str:
    """Return the form of an entry as a page, with what is to be said about it."""
    form.offer(campaign)
    death = form.kind.data in (EventKind.DIED, EventKind.DIED_IN_CUSTODY)
    return render_template(
        "cases/event_form.html",
        campaign=campaign,
        owns=organiser_may(current_organiser(), campaign.id, Role.OWNER),
        form=form,
        stored=stored,
        ahead=ahead,
        preview=preview,
        doubts=ahead.doubts if ahead and not preview else (),
        theirs=theirs or (),
        in_conflict=conflict,
        asks_family=death and not (stored and stored.kind.value == form.kind.data),
        asks_note=stored is not None and is_kept(campaign, stored, {"kind": None}, utcnow()),
        may_embargo=stored is None or not is_published(stored, utcnow()),
        proceedings=sorted({label for it in campaign.detainees for label in it.proceedings}),
    )
