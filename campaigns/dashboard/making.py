"""Making a campaign: begin it, see what is missing, and see it as the public will."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import (
    audit,
    current_organiser,
    require_site_admin,
)
from campaigns.accounts.actions import Action
from campaigns.accounts.operations import give_role
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import SlugTaken
from campaigns.cases.making import add_detainee, begin_campaign, edit_campaign
from campaigns.cases.models import Campaign
from campaigns.cases.operations import TokenUsed
from campaigns.cases.queries import load_whole_case
from campaigns.config import current_settings
from campaigns.dashboard.detainees import person_of
from campaigns.dashboard.lacking import HEADINGS, what_is_missing
from campaigns.dashboard.making_forms import NewCampaignForm
from campaigns.dashboard.starters import GOALS, Starter, texts_of
from campaigns.dashboard.states import state_page
from campaigns.db import db
from campaigns.petitions.forms import SignForm
from campaigns.petitions.models import HandoverNames
from campaigns.petitions.queries import petition_of
from campaigns.petitions.texts import put_petition
from campaigns.public.taking import take_snapshot
from campaigns.updates.forms import SubscribeForm
from campaigns.web.arrivals import note_arrival

bp = Blueprint("making", __name__, url_prefix="/console/campaigns")


@bp.get("/new")
def new() -> str:
    """A form for a campaign that is not there yet."""
    require_site_admin()
    form = NewCampaignForm(
        formdata=None, locale=current_settings().locales[0], timezone="UTC", starter=Starter.ARREST
    )
    return render_template("dashboard/new_campaign.html", form=form)


@bp.post("/new")
def submit_new() -> Response | tuple[str, int]:
    """Make a draft with its keys and its first detainee, owned by who makes it."""
    require_site_admin()
    form = NewCampaignForm()
    if not form.validate():
        return render_template("dashboard/new_campaign.html", form=form), 422
    campaign = _begin(form)
    if campaign is None:
        return render_template("dashboard/new_campaign.html", form=form), 422
    if not campaign.detainees:
        _fill(campaign, form)
        give_role(current_organiser(), campaign.id, Role.OWNER, at_once=True)
        audit(Action.CAMPAIGN_CREATED, campaign.id, starter=form.starter.data)
        db.session.commit()
    note_arrival(form.token.data)
    flash(_("The draft is made. Only organisers see it."))
    return redirect(url_for("making.sections", slug=campaign.slug), 303)


@bp.get("/<slug>/edit")
def sections(slug: str) -> str:
    """The parts of a campaign, with what each still needs."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    return render_template(
        "dashboard/sections.html",
        campaign=campaign,
        parts=HEADINGS,
        missing=what_is_missing(campaign),
        petition=petition_of(campaign.id),
        owns=organiser_may(current_organiser(), campaign.id, Role.OWNER),
    )


@bp.get("/<slug>/preview")
def preview(slug: str) -> Response:
    """A campaign exactly as visitors see it, or will."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    shown = take_snapshot(load_whole_case(campaign.id), locale=str(get_locale()))
    page = render_template(
        "public/campaign.html",
        campaign=shown,
        form=SignForm(),
        subscribe_form=SubscribeForm(),
        preview=True,
        preview_edits=organiser_may(current_organiser(), campaign.id, Role.EDITOR),
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@bp.get("/<slug>/state")
def state(slug: str) -> str:
    """What can be done to a campaign as a whole."""
    return state_page(entrusted_campaign(slug, Role.OWNER))


def _begin(form: NewCampaignForm) -> Campaign | None:
    """Make the draft, or say on the form why not."""
    try:
        return begin_campaign(
            token=form.token.data,
            slug=form.slug.data,
            keys_folder=current_settings().keys_path,
            title=form.title.data,
            timezone=form.timezone.data,
            locale=form.locale.data,
            run_by_name=form.run_by_name.data,
            run_by_contact=form.run_by_contact.data,
        )
    except SlugTaken:
        form.slug.errors = [_("Another campaign has this short name: choose another.")]
    except TokenUsed:
        form.renew_token()
        form.form_errors.append(
            _("This form has made another campaign already: if this one is new, send it again.")
        )
    db.session.rollback()
    return None


def _fill(campaign: Campaign, form: NewCampaignForm) -> None:
    """Give a new draft its first detainee and the texts it begins with."""
    add_detainee(campaign, person_of(form))
    texts = texts_of(Starter(form.starter.data))
    if texts is None:
        return
    edit_campaign(campaign, summary=texts.summary, body=texts.body, demand=texts.demand)
    put_petition(
        campaign,
        title=texts.petition_title,
        text=texts.petition_text,
        addressee=texts.addressee,
        handover_names=HandoverNames.TICKED,
        goals=list(GOALS),
        opens=campaign.today,
    )
