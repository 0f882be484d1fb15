"""Organisers' start page, posting what happened in a few taps, and a campaign's desk."""

from babel import Locale
from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser, require_fresh
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import (
    organiser_may,
    role_in,
    roles_by_campaign,
    visible_campaign_ids,
)
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.confirming import confirm_status
from campaigns.cases.errors import EventInFuture
from campaigns.cases.models import Article, Campaign, Event
from campaigns.cases.operations import TokenUsed, record_event, source_at
from campaigns.cases.queries import (
    find_event,
    find_event_by_token,
    hidden_names,
    is_public,
    load_whole_case,
)
from campaigns.cases.standing import take_standings
from campaigns.cases.vocabulary import CampaignState, EventKind, Mode, SourceKind
from campaigns.cases.wording import dated_in_words
from campaigns.config import current_settings
from campaigns.dashboard.checklist import CheckedStep, check_steps
from campaigns.dashboard.figures import gather_figures
from campaigns.dashboard.forms import ForGoodForm, QuickPostForm, StillTrueForm
from campaigns.dashboard.needs import find_needs
from campaigns.dashboard.pages import pages_of
from campaigns.dashboard.queries import overview
from campaigns.db import db, utcnow
from campaigns.petitions.queries import petition_of
from campaigns.updates.errors import CampaignNotPublic, UndoTooLate
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.operations import (
    UNDO_WITHIN,
    UNTOLD_FOR,
    tell_of_event,
    undo_event,
)
from campaigns.updates.queries import count_subscribers
from campaigns.vault.exposed import exposed_identities
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished

bp = Blueprint("dashboard", __name__, url_prefix="/console")
# What was posted last in this browser, for taking it back.
POSTED = "posted"


@bp.get("")
def start() -> str:
    """What needs somebody first, and the campaigns they work on."""
    organiser = current_organiser()
    campaigns = overview(visible_campaign_ids(organiser))
    roles = roles_by_campaign(organiser)
    return render_template(
        "dashboard/start.html",
        campaigns=campaigns,
        needs=find_needs(organiser, roles, campaigns, utcnow()),
        roles=roles,
        steps=_check_steps(None) if organiser.site_admin and not campaigns else [],
        undoable=_undoable(),
    )


@bp.get("/campaigns/<slug>")
def desk(slug: str) -> str:
    """A campaign's desk: how its detainees are, and all that can be done."""
    return _desk_page(entrusted_campaign(slug, Role.VIEWER), StillTrueForm(formdata=None))


@bp.post("/campaigns/<slug>/still-true")
def still_true(slug: str) -> Response:
    """Note that the status of all detainees is still true today."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    return _confirm(campaign, [it.id for it in campaign.detainees])


@bp.post("/campaigns/<slug>/detainees/<int:detainee_id>/still-true")
def one_still_true(slug: str, detainee_id: int) -> Response:
    """Note that the status of one detainee is still true today."""
    return _confirm(entrusted_campaign(slug, Role.EDITOR), [detainee_id])


@bp.get("/campaigns/<slug>/statistics")
def statistics(slug: str) -> str:
    """How many signed and when, who gets news, and what became of the mails."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    figures = gather_figures(campaign, petition_of(campaign.id), utcnow().date())
    return render_template(
        "dashboard/statistics.html",
        campaign=campaign,
        figures=figures,
        country_names=(get_locale() or Locale("en")).territories,
    )


@bp.get("/campaigns/<slug>/post")
def quick_post(slug: str) -> str:
    """A short form for what happened."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = QuickPostForm(formdata=None, date=campaign.today.isoformat())
    return _quick_post_page(campaign, form)


@bp.post("/campaigns/<slug>/post")
def submit_quick_post(slug: str) -> Response | tuple[str, int]:
    """Enter what happened in the timeline and, if ticked, tell subscribers."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = QuickPostForm()
    form.hidden_names = hidden_names(campaign)
    form.date.today = campaign.today
    form.offer(campaign)
    sent_before = find_event_by_token(form.token.data or "") is not None
    event = _post(campaign, form) if form.validate() else None
    if event is None:
        return _quick_post_page(campaign, form), 422
    if form.tell.data or not sent_before:
        audit(Action.EVENT_RECORDED, campaign.id, about=f"event:{event.id}", told=form.tell.data)
    db.session.commit()
    expire_finished()
    session[POSTED] = event.id
    note_arrival(form.token.data)
    posted = _("Posted. The page shows it now.") if is_public(campaign) else _("Posted.")
    flash(f"{posted} {dated_in_words(event.date)}")
    return redirect(url_for("dashboard.start"), 303)


@bp.post("/campaigns/<slug>/events/<int:event_id>/undo")
def undo(slug: str, event_id: int) -> Response:
    """Take back what was just posted."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    if session.get(POSTED) != event_id:
        abort(404)
    # Pressed twice, it is gone already.
    event = find_event(campaign.id, event_id)
    try:
        if event is not None:
            undo_event(campaign, event)
            audit(Action.EVENT_UNDONE, campaign.id, about=f"event:{event_id}")
            db.session.commit()
            expire_finished()
        flash(_("Undone: the entry is gone, and nobody was told."))
    except UndoTooLate:
        db.session.rollback()
        flash(_("It is too late to undo this: people may have read it. Correct the entry instead."))
        return redirect(url_for("cases.events", slug=slug), 303)
    return redirect(url_for("dashboard.start"), 303)


@bp.get("/campaigns/<slug>/high-risk")
def high_risk(slug: str) -> str:
    """What a switch to high risk destroys, and a form to do it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    return _high_risk_page(campaign, ForGoodForm(formdata=None))


@bp.post("/campaigns/<slug>/high-risk")
def switch(slug: str) -> Response | tuple[str, int]:
    """Switch a campaign to high risk, for good."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    form = ForGoodForm()
    form.expected = slug
    if not form.validate():
        return _high_risk_page(campaign, form), 422
    if campaign.mode != Mode.HIGH_RISK:
        switch_to_high_risk(campaign)
        audit(Action.HIGH_RISK_BEGUN, campaign.id)
        db.session.commit()
        expire_finished()
    return redirect(url_for("dashboard.high_risk", slug=slug), 303)


def _high_risk_page(campaign: Campaign, form: ForGoodForm) -> str:
    return render_template(
        "dashboard/high_risk.html",
        campaign=campaign,
        form=form,
        subscribers=count_subscribers(campaign.id),
    )


def _post(campaign: Campaign, form: QuickPostForm) -> Event | None:
    """Do what the form asks for, or undo it and say on the form why not."""
    try:
        event = record_event(
            campaign,
            token=form.token.data,
            kind=EventKind(form.kind.data),
            when=form.date.when,
            summary=form.summary.data,
            detainees=[it for it in campaign.detainees if it.id in form.detainees.data],
            source=_source(campaign, form),
            organiser_id=current_organiser().id,
        )
        if form.tell.data:
            tell_of_event(campaign, event, form.text.data or "", wait=UNTOLD_FOR)
    except EventInFuture:
        form.date.errors = [_("This day is still to come: only a hearing can lie ahead.")]
    except CampaignNotPublic:
        form.tell.errors = [_("Publish the campaign first: subscribers could not read it.")]
    except TokenUsed:
        form.renew_token()
        form.form_errors.append(
            _("This form was sent before with another text: if this one is new, post it again.")
        )
    else:
        return event
    db.session.rollback()
    return None


def _source(campaign: Campaign, form: QuickPostForm) -> Article | None:
    if form.link.data:
        organiser = current_organiser().id
        return source_at(campaign, form.link.data, token=form.token.data, organiser_id=organiser)
    return next((it for it in campaign.articles if str(it.id) == form.source.data), None)


def _quick_post_page(campaign: Campaign, form: QuickPostForm) -> str:
    form.offer(campaign)
    return render_template("dashboard/quick_post.html", campaign=campaign, form=form)


def _desk_page(campaign: Campaign, form: StillTrueForm) -> str:
    organiser = current_organiser()
    role = role_in(organiser, campaign.id) or Role.VIEWER
    petition = petition_of(campaign.id)
    standings = take_standings(load_whole_case(campaign.id), utcnow())
    return render_template(
        "dashboard/desk.html",
        campaign=campaign,
        form=form,
        standings=standings,
        editor=role.includes(Role.EDITOR),
        confirmable=_goes_on(campaign),
        today=campaign.today,
        public=is_public(campaign),
        groups=pages_of(campaign, role, petition=petition is not None),
        steps=_check_steps(campaign) if role == Role.OWNER else [],
        undoable=_undoable(),
    )


def _check_steps(campaign: Campaign | None) -> list[CheckedStep]:
    """Return the steps to a published campaign; only site admins can look after the server."""
    exposed = None
    if current_organiser().site_admin:
        exposed = bool(exposed_identities(current_settings().instance_path))
    return check_steps(campaign, recovery_on_server=exposed)


def _confirm(campaign: Campaign, detainee_ids: list[int]) -> Response:
    form = StillTrueForm()
    people = [it for it in campaign.detainees if it.id in detainee_ids]
    if not people or not form.validate() or not _goes_on(campaign):
        abort(404)
    kind = SourceKind(form.source_kind.data) if form.source_kind.data else None
    if changed := confirm_status(campaign, people, kind):
        audit(
            Action.STATUS_CONFIRMED,
            campaign.id,
            about=",".join(f"detainee:{it.id}" for it in people),
        )
        db.session.commit()
        expire_finished()
    flash(
        ngettext(
            "Noted for %(num)s detainee: still true today.",
            "Noted for %(num)s detainees: still true today.",
            changed,
        )
        if changed
        else _("That was noted today already.")
    )
    return redirect(url_for("dashboard.desk", slug=campaign.slug), 303)


def _undoable() -> tuple[Campaign, Event] | None:
    """Return what was posted in this browser and can still be taken back, with its campaign."""
    event = db.session.get(Event, session.get(POSTED) or 0)
    if event is None or utcnow() > event.created_at + UNDO_WITHIN:
        return None
    campaign = event.campaign
    return (
        (campaign, event) if organiser_may(current_organiser(), campaign.id, Role.EDITOR) else None
    )


def _goes_on(campaign: Campaign) -> bool:
    """Return whether a campaign's statuses are still looked after."""
    over = (CampaignState.CLOSED, CampaignState.ARCHIVED, CampaignState.REMOVED)
    return campaign.closed_on is None and campaign.state not in over
