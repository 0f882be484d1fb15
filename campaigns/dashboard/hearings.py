"""Saying how a hearing went on, and telling subscribers of it."""

from collections.abc import Sequence
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.contents import event_as_written
from campaigns.cases.editing import draft_event
from campaigns.cases.errors import ChangedMeanwhile, HiddenName
from campaigns.cases.facts import may_go_on, read_hearing
from campaigns.cases.hearing_steps import HearingStep, content_after, is_taken, take_step
from campaigns.cases.hearings import Hearing, hearing_in_words, zone_in_words
from campaigns.cases.histories import Change, differences
from campaigns.cases.models import Article, Campaign, Event
from campaigns.cases.operations import TokenUsed, source_at
from campaigns.cases.previews import outlook
from campaigns.cases.queries import find_event, hidden_names
from campaigns.cases.wording import label
from campaigns.dashboard.hearing_forms import HearingForm
from campaigns.db import db
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.forms import TITLE_LENGTH
from campaigns.updates.operations import tell_what_became_of
from campaigns.updates.queries import find_update_by_token
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished

bp = Blueprint("hearings", __name__, url_prefix="/console/campaigns/<slug>/events")


@bp.get("/<int:hearing_id>/hearing")
def show(slug: str, hearing_id: int) -> Response | str:
    """A short form for what became of a hearing."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    event = _hearing_entry(campaign, hearing_id)
    if not may_go_on(event):
        if event.retracted_on is None:
            flash(_("It is over already. What is wrong with it is corrected here."))
        return redirect(url_for("cases.event", slug=slug, event_id=hearing_id), 303)
    form = HearingForm(formdata=None)
    form.offer(ZoneInfo(campaign.timezone), event)
    return _page(campaign, form, event)


@bp.post("/<int:hearing_id>/hearing")
def submit(slug: str, hearing_id: int) -> Response | tuple[str, int]:
    """Let a hearing go on, and tell subscribers if that is ticked."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    event = _hearing_entry(campaign, hearing_id)
    form = HearingForm()
    form.hidden_names = hidden_names(campaign)
    form.starts_at.zone = ZoneInfo(campaign.timezone)
    try:
        doubts = _take(campaign, event, form) if form.validate() else ()
    except ChangedMeanwhile:
        db.session.rollback()
        event = _hearing_entry(campaign, hearing_id)
        if not _has_just_been_sent(campaign, event, form):
            return _conflict_page(campaign, form, hearing_id)
        # The same form arrived twice in one moment.
        doubts = ()
    if form.errors or doubts:
        db.session.rollback()
        event = _hearing_entry(campaign, hearing_id)
        return _page(campaign, form, event, doubts=doubts), 422
    note_arrival(form.token.data)
    flash(_("Saved. Subscribers are told.") if form.tell.data else _("Saved."))
    return redirect(url_for("dashboard.start"), 303)


def _hearing_entry(campaign: Campaign, event_id: int) -> Event:
    event = find_event(campaign.id, event_id)
    return event if event is not None and event.hearing_starts_at is not None else abort(404)


def _hearing(campaign: Campaign, event: Event) -> Hearing:
    return read_hearing(event, ZoneInfo(campaign.timezone), campaign.today) or abort(404)


def _take(campaign: Campaign, event: Event, form: HearingForm) -> Sequence[StrEnum]:
    """Do what the form asks for, or say on it why not; return what is doubted before it is done.

    Raises ChangedMeanwhile. Sent twice, it does nothing the second time.
    """
    try:
        step = form.step(_source(campaign, form))
        if _is_sent_again(campaign, event, form, step):
            return ()
        if not may_go_on(event) or form.version.data != event.version:
            raise ChangedMeanwhile
        if not form.fits(_hearing(campaign, event)):
            return ()
        if doubts := _doubts(campaign, event, form, step):
            return doubts
        _save(campaign, event, form, step)
    except TokenUsed:
        form.renew_token()
        form.form_errors.append(
            _("This form was sent before with another source: if this is right, save it again.")
        )
    except CampaignNotPublic:
        form.tell.errors = [_("Publish the campaign first: subscribers could not read it.")]
    except HiddenName:
        form.tell.errors = [_("Somebody is named in this entry whose name is not public.")]
    return ()


def _is_sent_again(campaign: Campaign, event: Event, form: HearingForm, step: HearingStep) -> bool:
    told = not form.tell.data or find_update_by_token(form.token.data) is not None
    return told and is_taken(event, step, ZoneInfo(campaign.timezone))


def _has_just_been_sent(campaign: Campaign, event: Event, form: HearingForm) -> bool:
    try:
        return _is_sent_again(campaign, event, form, form.step(_source(campaign, form)))
    except TokenUsed:
        # With another source.
        return False


def _source(campaign: Campaign, form: HearingForm) -> Article | None:
    if not form.link.data:
        return None
    organiser = current_organiser().id
    return source_at(campaign, form.link.data, token=form.token.data, organiser_id=organiser)


def _doubts(
    campaign: Campaign, event: Event, form: HearingForm, step: HearingStep
) -> Sequence[StrEnum]:
    content = content_after(event, step, ZoneInfo(campaign.timezone))
    doubts = outlook(campaign, content, event).doubts
    return () if set(doubts) <= set((form.accepted.data or "").split()) else doubts


def _save(campaign: Campaign, event: Event, form: HearingForm, step: HearingStep) -> None:
    organiser = current_organiser().id
    before = take_step(campaign, event, step, version=form.version.data, organiser_id=organiser)
    if form.tell.data:
        _tell(campaign, event, form, step)
    if before or form.tell.data:
        audit(
            Action.EVENT_EDITED,
            campaign.id,
            about=f"event:{event.id}",
            fields=sorted(before),
            told=form.tell.data,
        )
    db.session.commit()
    expire_finished()


def _tell(campaign: Campaign, event: Event, form: HearingForm, step: HearingStep) -> None:
    """Tell subscribers in the campaign's language, hours with their zone."""
    hearing = _hearing(campaign, event)
    with force_locale(campaign.locale):
        title = _("%(status)s: %(summary)s", status=label(step.status), summary=event.summary)
        court = f"{hearing.court} ({zone_in_words(campaign.timezone)})"
        lines = [step.outcome, f"{hearing_in_words(hearing)} {court}"]
    tell_what_became_of(
        campaign,
        event,
        # Not by words: some scripts have no spaces between them.
        title=title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…",
        text="\n\n".join(line for line in lines if line),
        token=form.token.data,
    )


def _conflict_page(campaign: Campaign, form: HearingForm, event_id: int) -> tuple[str, int]:
    """Show what somebody else saved meanwhile beside what was typed; the form keeps the latter."""
    db.session.rollback()
    event = _hearing_entry(campaign, event_id)
    zone = ZoneInfo(campaign.timezone)
    draft = draft_event(campaign, content_after(event, form.step(None), zone), event)
    theirs = differences(campaign, event_as_written(event, zone), event_as_written(draft, zone))
    form.offer(zone, event)
    return _page(campaign, form, event, theirs=theirs, conflict=True), 409


def _page(
    campaign: Campaign,
    form: HearingForm,
    event: Event,
    *,
    doubts: Sequence[StrEnum] = (),
    theirs: Sequence[Change] = (),
    conflict: bool = False,
) -> str:
    return render_template(
        "dashboard/hearing.html",
        campaign=campaign,
        form=form,
        event=event,
        hearing=_hearing(campaign, event),
        over=not may_go_on(event),
        doubts=doubts,
        theirs=theirs,
        in_conflict=conflict,
    )
