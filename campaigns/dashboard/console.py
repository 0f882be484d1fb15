"""Organisers' start page, posting what happened in a few taps, and writing to subscribers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import visible_campaign_ids
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import EventInFuture
from campaigns.cases.models import Campaign
from campaigns.cases.operations import TokenUsed, record_event
from campaigns.cases.queries import hidden_names
from campaigns.cases.vocabulary import EventKind, Mode
from campaigns.dashboard.forms import HighRiskForm, QuickPostForm, UpdateForm
from campaigns.dashboard.queries import overview
from campaigns.db import db
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.operations import publish_update, tell_of_event
from campaigns.updates.queries import count_subscribers
from campaigns.web.finished import expire_finished

bp = Blueprint("dashboard", __name__, url_prefix="/console")


@bp.get("")
def start() -> str:
    """The campaigns somebody works on, and what needs them."""
    visible = visible_campaign_ids(current_organiser())
    return render_template("dashboard/start.html", campaigns=overview(visible))


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
    form.offer(campaign.detainees, campaign.articles)
    if not form.validate() or not _post(campaign, form):
        return _quick_post_page(campaign, form), 422
    db.session.commit()
    expire_finished()
    flash(_("Posted. The page shows it now."))
    return redirect(url_for("dashboard.start"), 303)


@bp.get("/campaigns/<slug>/updates/new")
def new_update(slug: str) -> str:
    """A form for news that is no entry of the timeline."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    return render_template("dashboard/new_update.html", campaign=campaign, form=UpdateForm())


@bp.post("/campaigns/<slug>/updates/new")
def submit_new_update(slug: str) -> Response | tuple[str, int]:
    """Publish news and mail it to subscribers."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = UpdateForm()
    form.hidden_names = hidden_names(campaign)
    if not form.validate():
        return render_template("dashboard/new_update.html", campaign=campaign, form=form), 422
    try:
        publish_update(campaign, title=form.title.data, text=form.text.data, token=form.token.data)
    except CampaignNotPublic:
        form.form_errors.append(_("Publish the campaign first: subscribers could not read it."))
        return render_template("dashboard/new_update.html", campaign=campaign, form=form), 422
    db.session.commit()
    expire_finished()
    flash(_("Published. The mails are on their way."))
    return redirect(url_for("dashboard.start"), 303)


@bp.get("/campaigns/<slug>/high-risk")
def high_risk(slug: str) -> str:
    """What a switch to high risk destroys, and a form to do it."""
    return _high_risk_page(entrusted_campaign(slug, Role.OWNER), HighRiskForm(formdata=None))


@bp.post("/campaigns/<slug>/high-risk")
def switch(slug: str) -> Response | tuple[str, int]:
    """Switch a campaign to high risk, for good."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    form = HighRiskForm()
    form.expected = slug
    if not form.validate():
        return _high_risk_page(campaign, form), 422
    if campaign.mode != Mode.HIGH_RISK:
        switch_to_high_risk(campaign)
        audit(Action.HIGH_RISK_BEGUN, campaign.id)
        db.session.commit()
        expire_finished()
    return redirect(url_for("dashboard.high_risk", slug=slug), 303)


def _high_risk_page(campaign: Campaign, form: HighRiskForm) -> str:
    return render_template(
        "dashboard/high_risk.html",
        campaign=campaign,
        form=form,
        subscribers=count_subscribers(campaign.id),
    )


def _post(campaign: Campaign, form: QuickPostForm) -> bool:
    """Do what the form asks for, or undo it and say on the form why not."""
    try:
        event = record_event(
            campaign,
            token=form.token.data,
            kind=EventKind(form.kind.data),
            when=form.date.when,
            summary=form.summary.data,
            detainees=[it for it in campaign.detainees if it.id in form.detainees.data],
            source=next((it for it in campaign.articles if str(it.id) == form.source.data), None),
            organiser_id=current_organiser().id,
        )
        if form.tell.data:
            tell_of_event(campaign, event, form.text.data or "")
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
        return True
    db.session.rollback()
    return False


def _quick_post_page(campaign: Campaign, form: QuickPostForm) -> str:
    form.offer(campaign.detainees, campaign.articles)
    return render_template("dashboard/quick_post.html", campaign=campaign, form=form)
