"""Organisers' pages for the entries of a case: the list, one to mend, and its history."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.contents import EventContent, event_as_written
from campaigns.cases.dates import parse_edtf
from campaigns.cases.editing import draft_event, edit_event
from campaigns.cases.errors import AlreadyPublic, ChangedMeanwhile, NoteMissing
from campaigns.cases.event_pages import event_page, read_event, sent_form
from campaigns.cases.facts import may_go_on, newest_first, read_hearing
from campaigns.cases.forms import EventForm
from campaigns.cases.histories import Change, differences, steps_of
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import (
    find_event,
    is_published,
    load_whole_case,
    revisions_of,
)
from campaigns.cases.vocabulary import RevisedPart
from campaigns.cases.wording import dated_in_words
from campaigns.db import db, only_reading, utcnow
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished

bp = Blueprint("cases", __name__, url_prefix="/console/campaigns/<slug>")

Answer = Response | str | tuple[str, int]


@bp.get("/events")
def events(slug: str) -> str:
    """Every entry of a campaign, as its organisers see it."""
    campaign = load_whole_case(entrusted_campaign(slug, Role.VIEWER).id)
    now, zone = utcnow(), ZoneInfo(campaign.timezone)
    embargoed = {
        it.id: it.embargo_until.astimezone(zone)
        for it in campaign.events
        if it.embargo_until and not is_published(it, now)
    }
    return render_template(
        "cases/events.html",
        campaign=campaign,
        edits=organiser_may(current_organiser(), campaign.id, Role.EDITOR),
        events=sorted(campaign.events, key=newest_first),
        embargoed=embargoed,
        going_on={
            it.id: read_hearing(it, zone, campaign.today) for it in campaign.events if may_go_on(it)
        },
    )


@bp.get("/events/<int:event_id>")
def event(slug: str, event_id: int) -> Answer:
    """An entry, to be mended."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    stored = _stored(campaign, event_id)
    if stored.retracted_on is not None:
        return _leave_retracted(slug, event_id)
    form = EventForm(formdata=None)
    form.zone = ZoneInfo(campaign.timezone)
    form.fill_in(stored)
    form.offer(campaign)
    return event_page(campaign, form, stored)


@bp.post("/events/<int:event_id>")
def submit_event(slug: str, event_id: int) -> Answer:
    """Save what was mended, keeping what visitors have read before."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    stored = _stored(campaign, event_id)
    if stored.retracted_on is not None:
        return _leave_retracted(slug, event_id)
    form = sent_form(campaign)
    if form.version.data != stored.version:
        return _conflict_page(campaign, form, event_id)
    content, ahead = read_event(campaign, form, stored)
    if content is None:
        return event_page(campaign, form, stored, ahead=ahead), 422
    try:
        if not _edit(campaign, form, stored, content):
            return event_page(campaign, form, _stored(campaign, event_id), ahead=ahead), 422
    except ChangedMeanwhile:
        return _conflict_page(campaign, form, event_id)
    note_arrival(form.token.data)
    # A hearing is dated by its hour, whatever was typed beside it.
    flash(f"{_('Saved.')} {dated_in_words(parse_edtf(content.date_edtf))}")
    return redirect(url_for("cases.events", slug=slug), 303)


@bp.post("/events/preview")
@bp.post("/events/<int:event_id>/preview")
def preview_event(slug: str, event_id: int | None = None) -> Answer:
    """How an entry would look and what it would do; nothing is saved."""
    with only_reading():
        campaign = entrusted_campaign(slug, Role.EDITOR)
        stored = None if event_id is None else _stored(campaign, event_id)
        form = sent_form(campaign)
        content, ahead = read_event(campaign, form, stored, preview=True)
        page = event_page(campaign, form, stored, ahead=ahead, preview=True)
        return page if content else (page, 422)


@bp.get("/events/<int:event_id>/history")
def event_history(slug: str, event_id: int) -> str:
    """Who changed an entry, when, and what it said before."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    stored = _stored(campaign, event_id)
    now = event_as_written(stored, ZoneInfo(campaign.timezone))
    return render_template(
        "cases/history.html",
        campaign=campaign,
        purge=organiser_may(current_organiser(), campaign.id, Role.OWNER)
        and url_for("purging.event", slug=slug, event_id=event_id),
        name=stored.summary,
        back=url_for("cases.events", slug=slug),
        steps=steps_of(campaign, revisions_of(RevisedPart.EVENT, event_id), now),
    )


def _stored(campaign: Campaign, event_id: int) -> Event:
    return find_event(campaign.id, event_id) or abort(404)


def _leave_retracted(slug: str, event_id: int) -> Response:
    flash(_("This entry was retracted: what it said stays as it is."))
    return redirect(url_for("cases.event_history", slug=slug, event_id=event_id), 303)


def _edit(campaign: Campaign, form: EventForm, stored: Event, content: EventContent) -> bool:
    """Save a change, or undo it and say on the form why not. Raises ChangedMeanwhile."""
    try:
        before = edit_event(
            campaign,
            stored,
            content,
            version=form.version.data,
            note=form.note.data,
            mail=form.mail_note.data,
            organiser_id=current_organiser().id,
        )
    except NoteMissing:
        form.note.errors = [_("Say what was corrected, and why: visitors have read the old text.")]
    except AlreadyPublic:
        form.embargo_until.errors = [_("Visitors can read it already: it cannot be kept back.")]
    else:
        if before:
            fields = sorted(before)
            audit(Action.EVENT_EDITED, campaign.id, about=f"event:{stored.id}", fields=fields)
        db.session.commit()
        expire_finished()
        return True
    db.session.rollback()
    return False


def _conflict_page(campaign: Campaign, form: EventForm, event_id: int) -> tuple[str, int]:
    """Show what somebody else saved meanwhile beside what was typed; the form keeps the latter."""
    db.session.rollback()
    stored = _stored(campaign, event_id)
    zone = ZoneInfo(campaign.timezone)
    theirs: list[Change] = []
    if form.validate():
        draft = draft_event(campaign, form.content(campaign, stored), stored)
        theirs = differences(
            campaign, event_as_written(stored, zone), event_as_written(draft, zone)
        )
    form.version.data = stored.version
    form.version.raw_data = None
    return event_page(campaign, form, stored, theirs=theirs, conflict=True), 409
