"""Organisers' page to retract an entry; it stands beside those of `console`."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.article_pages import bp
from campaigns.cases.errors import ChangedMeanwhile, NotYetPublic
from campaigns.cases.forms import RetractionForm
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import find_event, hidden_names
from campaigns.cases.retracting import retract_event
from campaigns.db import db
from campaigns.web.finished import expire_finished

__all__ = ["bp"]


@bp.get("/events/<int:event_id>/retraction")
def retraction(slug: str, event_id: int) -> Response | str:
    """A form for why an entry is not true."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    event = find_event(campaign.id, event_id) or abort(404)
    if event.retracted_on is not None:
        return _leave(slug, event_id, done=False)
    form = RetractionForm(formdata=None, version=event.version)
    return _page(campaign, form, event)


@bp.post("/events/<int:event_id>/retraction")
def retract(slug: str, event_id: int) -> Response | tuple[str, int]:
    """Strike an entry through, with its reason, for everybody to see."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    event = find_event(campaign.id, event_id) or abort(404)
    form = RetractionForm()
    form.hidden_names = hidden_names(campaign)
    if event.retracted_on is None and not form.validate():
        return _page(campaign, form, event), 422
    try:
        done = retract_event(
            campaign,
            event,
            reason=form.reason.data or "",
            version=form.version.data,
            organiser_id=current_organiser().id,
        )
    except (NotYetPublic, ChangedMeanwhile) as error:
        db.session.rollback()
        return _refused(campaign, form, event_id, error)
    if done:
        audit(Action.EVENT_RETRACTED, campaign.id, about=f"event:{event_id}")
    db.session.commit()
    expire_finished()
    return _leave(slug, event_id, done=done)


def _refused(
    campaign: Campaign, form: RetractionForm, event_id: int, error: Exception
) -> tuple[str, int]:
    event = find_event(campaign.id, event_id) or abort(404)
    if isinstance(error, NotYetPublic):
        form.form_errors.append(
            _("Nobody can have read this entry yet: mend it, or purge it. Nothing is retracted.")
        )
        return _page(campaign, form, event), 422
    form.form_errors.append(
        _("Somebody changed this entry meanwhile. Read what it says now, then retract it.")
    )
    form.version.data, form.version.raw_data = event.version, None
    return _page(campaign, form, event), 409


def _leave(slug: str, event_id: int, *, done: bool) -> Response:
    flash(
        _("Retracted: it stands struck through, with the reason, and changes no status any more.")
        if done
        else _("This entry was retracted already: the first reason stays.")
    )
    return redirect(url_for("cases.event_history", slug=slug, event_id=event_id), 303)


def _page(campaign: Campaign, form: RetractionForm, event: Event) -> str:
    return render_template("cases/retraction.html", campaign=campaign, form=form, event=event)
