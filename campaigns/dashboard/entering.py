"""Writing a new entry in full, telling subscribers of it, and showing again what was hidden."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.contents import EventContent
from campaigns.cases.dates import parse_edtf
from campaigns.cases.editing import enter_event
from campaigns.cases.event_pages import event_page, read_event, sent_form
from campaigns.cases.forms import EventForm
from campaigns.cases.models import Campaign
from campaigns.cases.operations import TokenUsed
from campaigns.cases.queries import find_event, find_event_by_token
from campaigns.cases.wording import dated_in_words
from campaigns.dashboard.forms import SUMMARY_LENGTH
from campaigns.db import db, utcnow
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.forms import TEXT_LENGTH
from campaigns.updates.hiding import set_hidden
from campaigns.updates.operations import tell_of_event
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished

bp = Blueprint("entering", __name__, url_prefix="/console/campaigns/<slug>/events")


@bp.get("/new")
def new_event(slug: str) -> str:
    """A form for everything there is to say of what happened."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = EventForm(formdata=None)
    form.offer(campaign)
    form.learned_at.data = utcnow().astimezone(form.zone)
    return event_page(campaign, form)


@bp.post("/new")
def submit_new_event(slug: str) -> Response | tuple[str, int]:
    """Enter what happened in the timeline and, if ticked, tell subscribers once it is public."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = sent_form(campaign)
    # A form that is sent again is no second entry beside its own first.
    content, ahead = read_event(campaign, form, find_event_by_token(form.token.data or ""))
    if content is None or not _fits_a_mail(form) or not _enter(campaign, form, content):
        return event_page(campaign, form, ahead=ahead), 422
    note_arrival(form.token.data)
    # A hearing is dated by its hour, whatever was typed beside it.
    flash(f"{_('Saved.')} {dated_in_words(parse_edtf(content.date_edtf))}")
    return redirect(url_for("cases.events", slug=slug), 303)


@bp.post("/<int:event_id>/showing")
def show_event(slug: str, event_id: int) -> Response:
    """Show visitors again what was hidden for a report, also where that report is not at hand."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    event = find_event(campaign.id, event_id) or abort(404)
    if event.hidden_at is not None:
        set_hidden(campaign, event, hidden=False)
        audit(Action.REPORTED_SHOWN, campaign.id, about=f"event:{event_id}")
    db.session.commit()
    expire_finished()
    flash(_("Visitors see it again. Mail of it that was paused waits for you to let it go on."))
    return redirect(url_for("cases.events", slug=slug), 303)


def _fits_a_mail(form: EventForm) -> bool:
    """Whether what is to be told is short enough to be mailed; if not, the form says so."""
    if not form.tell.data:
        return True
    if len(form.summary.data) > SUMMARY_LENGTH:
        form.summary.errors = [_("It is the subject of the mail: shorten it to 200 characters.")]
    if len(form.text.data or "") > TEXT_LENGTH:
        form.text.errors = [_("This text is too long for a mail.")]
    if any(
        len(it.summary.data or "") > SUMMARY_LENGTH or len(it.text.data or "") > TEXT_LENGTH
        for it in form.translations
    ):
        form.translations.errors = [
            _(
                "A translation is too long for a mail: "
                "shorten its line to 200 characters, or its text."
            )
        ]
    return not form.errors


def _enter(campaign: Campaign, form: EventForm, content: EventContent) -> bool:
    """Save a new entry, or undo it and say on the form why not."""
    organiser = current_organiser().id
    try:
        made = enter_event(campaign, content, token=form.token.data, organiser_id=organiser)
        if form.tell.data:
            tell_of_event(campaign, made, "")
    except TokenUsed:
        db.session.rollback()
        form.renew_token()
        form.form_errors.append(
            _("This form was sent before with another text: if this one is new, save it again.")
        )
        return False
    except CampaignNotPublic:
        db.session.rollback()
        form.tell.errors = [_("Publish the campaign first: subscribers could not read it.")]
        return False
    audit(Action.EVENT_RECORDED, campaign.id, about=f"event:{made.id}", told=form.tell.data)
    db.session.commit()
    expire_finished()
    return True
