"""A campaign from draft to published, closed, archived, taken down and back; and its petition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, require_fresh
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import NotInThisState
from campaigns.cases.models import Campaign
from campaigns.cases.queries import lock_campaign_row
from campaigns.cases.states import (
    archive_campaign,
    close_campaign,
    publish_campaign,
    reopen_campaign,
)
from campaigns.cases.vocabulary import CampaignState
from campaigns.config import current_settings
from campaigns.dashboard.lacking import HEADINGS, what_is_missing
from campaigns.dashboard.state_forms import PetitionStateForm, StateForm
from campaigns.db import db
from campaigns.petitions.models import PetitionState
from campaigns.petitions.queries import petition_of
from campaigns.petitions.texts import set_petition_state
from campaigns.retention import SUPPORTERS_KEPT
from campaigns.updates.hiding import show_campaign
from campaigns.updates.queries import count_subscribers
from campaigns.updates.removal import delete_draft, take_down
from campaigns.web.finished import expire_finished

bp = Blueprint("states", __name__, url_prefix="/console/campaigns/<slug>/state")


class Change(StrEnum):
    """What can be done to a campaign as a whole, by its place in the address."""

    PUBLISH = "publish"
    CLOSE = "close"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    REMOVE = "remove"
    BRING_BACK = "bring-back"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Offer:
    """A change as its small form offers it."""

    button: LazyString
    done: LazyString
    action: Action
    make: Callable[[Campaign, StateForm], object]
    dangerous: bool = False
    # Whether the short name must be typed, and the password where it was not lately.
    dated: bool = False


OFFERS: Mapping[Change, Offer] = {
    Change.PUBLISH: Offer(
        _l("Publish"),
        _l("Published. Everybody can see it now."),
        Action.CAMPAIGN_PUBLISHED,
        lambda campaign, form: publish_campaign(campaign),
    ),
    Change.CLOSE: Offer(
        _l("Close the campaign"),
        _l("Closed."),
        Action.CAMPAIGN_CLOSED,
        lambda campaign, form: close_campaign(campaign, form.on.data),
        dated=True,
    ),
    Change.REOPEN: Offer(
        _l("Reopen"),
        _l("Open again."),
        Action.CAMPAIGN_REOPENED,
        lambda campaign, form: reopen_campaign(campaign, current_settings().keys_path),
    ),
    Change.ARCHIVE: Offer(
        _l("Archive"),
        _l("Archived. The clock runs."),
        Action.CAMPAIGN_ARCHIVED,
        lambda campaign, form: archive_campaign(campaign, campaign.today),
        dangerous=True,
    ),
    Change.REMOVE: Offer(
        _l("Take down now"),
        _l("Taken down."),
        Action.CAMPAIGN_REMOVED,
        lambda campaign, form: take_down(campaign),
        dangerous=True,
    ),
    Change.BRING_BACK: Offer(
        _l("Bring back"),
        _l("It is there again."),
        Action.CAMPAIGN_REOPENED,
        lambda campaign, form: show_campaign(campaign),
    ),
    Change.DELETE: Offer(
        _l("Delete this draft"),
        _l("The draft is gone."),
        Action.CAMPAIGN_DELETED,
        lambda campaign, form: delete_draft(campaign),
        dangerous=True,
    ),
}
OFFERED: Mapping[CampaignState, tuple[Change, ...]] = {
    CampaignState.DRAFT: (Change.PUBLISH, Change.DELETE),
    CampaignState.PUBLISHED: (Change.CLOSE, Change.ARCHIVE, Change.REMOVE),
    CampaignState.CLOSED: (Change.REOPEN, Change.ARCHIVE, Change.REMOVE),
    CampaignState.ARCHIVED: (Change.REOPEN, Change.REMOVE),
    CampaignState.REMOVED: (Change.BRING_BACK,),
}


@bp.post("/<any(publish,close,reopen,archive,remove,'bring-back',delete):change>")
def submit(slug: str, change: str) -> Response | tuple[str, int]:
    """Change the state of a campaign."""
    campaign, offer = entrusted_campaign(slug, Role.OWNER), OFFERS[Change(change)]
    if offer.dangerous or change == Change.BRING_BACK:
        require_fresh()
    lock_campaign_row(campaign)
    form = _form(campaign, Change(change))
    if not form.validate():
        return state_page(campaign, form), 422
    if change == Change.PUBLISH and what_is_missing(campaign):
        return state_page(campaign, form), 422
    try:
        offer.make(campaign, form)
    except NotInThisState:
        flash(_("That was done already, or the campaign was changed: it stands as you see it."))
        return redirect(url_for("making.state", slug=slug), 303)
    audit(offer.action, campaign.id, state=campaign.state)
    db.session.commit()
    expire_finished()
    flash(offer.done)
    gone = change == Change.DELETE
    return redirect(url_for("dashboard.start") if gone else url_for("making.state", slug=slug), 303)


@bp.post("/petition")
def submit_petition(slug: str) -> Response | tuple[str, int]:
    """Close or reopen a petition, or say that it was handed over or won."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    lock_campaign_row(campaign)
    petition, form = petition_of(campaign.id), PetitionStateForm()
    if petition is None or not form.validate():
        return state_page(campaign), 422
    state = PetitionState(form.state.data)
    set_petition_state(campaign, petition, state)
    again = state == PetitionState.OPEN
    action = Action.PETITION_REOPENED if again else Action.PETITION_CLOSED
    audit(action, campaign.id, state=state)
    db.session.commit()
    expire_finished()
    flash(_("The petition can be signed again.") if again else _("The petition is closed."))
    return redirect(url_for("making.state", slug=slug), 303)


def state_page(campaign: Campaign, wrong: StateForm | None = None) -> str:
    """Return the page of what can be done to a campaign, with the form that went wrong, if any."""
    petition = petition_of(campaign.id)
    draft = campaign.state == CampaignState.DRAFT
    forms = [
        wrong if wrong and wrong.change == change else _form(campaign, change, shown=True)
        for change in _offered(campaign)
        if change != Change.DELETE or campaign.published_at is None
    ]
    return render_template(
        "dashboard/state.html",
        campaign=campaign,
        offers=[(form, OFFERS[Change(form.change)]) for form in forms],
        has_errors=wrong is not None,
        parts=HEADINGS,
        missing=what_is_missing(campaign) if draft else (),
        petition=petition,
        petition_form=PetitionStateForm(formdata=None, state=petition.state) if petition else None,
        subscribers=count_subscribers(campaign.id),
        kept_days=SUPPORTERS_KEPT.days,
        deleted_on=(campaign.archived_at + SUPPORTERS_KEPT) if campaign.archived_at else None,
    )


def _offered(campaign: Campaign) -> tuple[Change, ...]:
    offered = OFFERED[campaign.state]
    return offered if campaign.hidden_at is None else (*offered, Change.REMOVE)


def _form(campaign: Campaign, change: Change, *, shown: bool = False) -> StateForm:
    form = StateForm.of(change, shown=shown, today=campaign.today)
    form.expected = campaign.slug
    form.latest = campaign.today
    if not OFFERS[change].dangerous:
        del form.slug
    if not OFFERS[change].dated:
        del form.on
    return form
