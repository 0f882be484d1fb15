"""Whom a campaign is for: names, what may be read of them, and on what basis."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import DetaineeNamed
from campaigns.cases.making import (
    Consent,
    Person,
    add_detainee,
    edit_detainee,
    move_up,
    remove_detainee,
)
from campaigns.cases.models import Campaign, Detainee
from campaigns.cases.names import NameFinder
from campaigns.cases.queries import hidden_names, lock_campaign_row
from campaigns.cases.vocabulary import ConsentBy, NamePolicy
from campaigns.dashboard.lacking import exposed_places
from campaigns.dashboard.making_forms import DetaineeForm, PersonFields
from campaigns.dashboard.together import changed
from campaigns.db import db
from campaigns.web.arrivals import note_arrival
from campaigns.web.finished import expire_finished

bp = Blueprint("detainees", __name__, url_prefix="/console/campaigns/<slug>/edit/detainees")


@bp.get("")
def people(slug: str) -> str:
    """Whom a campaign is for, in their order."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    owns = organiser_may(current_organiser(), campaign.id, Role.OWNER)
    return render_template("dashboard/detainees.html", campaign=campaign, owns=owns)


@bp.get("/new")
def new(slug: str) -> str:
    """A form for somebody else."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = _form(campaign, None, {"consent_on": campaign.today})
    # Opened on what there is, so that the same form sent twice makes one detainee.
    form.open_on(_names(campaign))
    return _page(campaign, form, None)


@bp.post("/new")
def add(slug: str) -> Response | tuple[str, int]:
    """Add a detainee."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    lock_campaign_row(campaign)
    form = _form(campaign, None, None)
    if not form.validate():
        return _page(campaign, form, None), 422
    if not form.knows(_names(campaign)):
        if (form.name.data or "") in _names(campaign).values():
            return _saved(campaign, form)
        form.open_on(_names(campaign))
        form.form_errors.append(_("Somebody else was added meanwhile: look, then add this one."))
        return _page(campaign, form, None), 409
    added = add_detainee(campaign, person_of(form, campaign))
    if not _hides_what_it_says(campaign, form):
        return _page(campaign, form, None), 422
    audit(Action.DETAINEE_ADDED, campaign.id, f"detainee:{added.id}", policy=added.name_policy)
    db.session.commit()
    return _saved(campaign, form)


@bp.get("/<int:detainee_id>")
def edit(slug: str, detainee_id: int) -> str:
    """One detainee, to be changed."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    detainee = _detainee(campaign, detainee_id)
    content = _read(detainee)
    form = _form(campaign, detainee, content)
    form.open_on(content)
    return _page(campaign, form, detainee)


@bp.post("/<int:detainee_id>")
def submit_edit(slug: str, detainee_id: int) -> Response | tuple[str, int]:
    """Save who a detainee is and what may be read, at once and everywhere."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    lock_campaign_row(campaign)
    detainee = _detainee(campaign, detainee_id)
    form = _form(campaign, detainee, None)
    if not form.validate():
        return _page(campaign, form, detainee), 422
    before = _read(detainee)
    fields = changed(before, form.content())
    if fields and not form.knows(before):
        theirs = form.differences(before)
        form.open_on(before)
        return _page(campaign, form, detainee, theirs=theirs), 409
    edit_detainee(detainee, person_of(form, campaign))
    if not _hides_what_it_says(campaign, form):
        return _page(campaign, form, detainee), 422
    audit(Action.DETAINEE_EDITED, campaign.id, f"detainee:{detainee.id}", fields=fields)
    db.session.commit()
    return _saved(campaign, form)


@bp.post("/<int:detainee_id>/position")
def up(slug: str, detainee_id: int) -> Response:
    """Let a detainee change places with the one before."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    lock_campaign_row(campaign)
    detainee = _detainee(campaign, detainee_id)
    move_up(detainee)
    audit(Action.DETAINEE_EDITED, campaign.id, f"detainee:{detainee.id}", fields=["position"])
    db.session.commit()
    return _saved(campaign)


@bp.post("/<int:detainee_id>/removal")
def remove(slug: str, detainee_id: int) -> Response | tuple[str, int]:
    """Take a detainee out while no entry is about them."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    lock_campaign_row(campaign)
    detainee = _detainee(campaign, detainee_id)
    try:
        remove_detainee(detainee)
    except DetaineeNamed:
        return render_template("dashboard/detainees.html", campaign=campaign, named=detainee), 422
    audit(Action.DETAINEE_REMOVED, campaign.id, f"detainee:{detainee_id}")
    db.session.commit()
    return _saved(campaign)


def person_of(form: PersonFields, campaign: Campaign | None = None) -> Person:
    """Return whom a form describes; a basis that is not needed is not kept."""
    article_id = form["consent_article"].data if campaign else ""  # type: ignore[index]
    consent = None
    if form.consent_by.data and form.consent_on.data and form.consent_scope.data:
        articles = campaign.articles if campaign else ()
        consent = Consent(
            by=ConsentBy(form.consent_by.data),
            on=form.consent_on.data,
            scope=form.consent_scope.data,
            article=next((it for it in articles if str(it.id) == article_id), None),
        )
    lines = form["proceedings"].data if campaign else ""  # type: ignore[index]
    return Person(
        name=form.name.data,
        name_romanised=form.name_romanised.data or None,
        policy=NamePolicy(form.policy.data),
        consent=consent,
        proceedings=tuple(dict.fromkeys(it.strip() for it in lines.splitlines() if it.strip())),
    )


def _detainee(campaign: Campaign, detainee_id: int) -> Detainee:
    return next((it for it in campaign.detainees if it.id == detainee_id), None) or abort(404)


def _names(campaign: Campaign) -> dict[str, str]:
    return {str(it.id): it.name for it in campaign.detainees}


def _read(detainee: Detainee) -> dict[str, Any]:
    return {
        "name": detainee.name,
        "name_romanised": detainee.name_romanised or "",
        "policy": detainee.name_policy.value,
        "consent_by": detainee.consent_by.value if detainee.consent_by else "",
        "consent_on": detainee.consent_on,
        "consent_scope": detainee.consent_scope or "",
        "consent_article": str(detainee.consent_article_id or ""),
        "proceedings": "\n".join(detainee.proceedings),
    }


def _form(
    campaign: Campaign, detainee: Detainee | None, content: Mapping[str, Any] | None
) -> DetaineeForm:
    form = DetaineeForm(formdata=None if content is not None else request.form, data=content)
    form.offer(campaign.articles)
    form.hidden_names = hidden_names(campaign)
    if content is None and form.policy.data != NamePolicy.FULL:
        names = (form.name.data, form.name_romanised.data)
        form.hidden_names = NameFinder(it for it in names if it)
    return form


def _hides_what_it_says(campaign: Campaign, form: DetaineeForm) -> bool:
    """Whether no text says a name that is not public; else undo it and say on the form where."""
    places = exposed_places(campaign)
    if not places:
        return True
    db.session.rollback()
    form.policy.errors = [
        _(
            "The name stands in texts that everybody reads. Take it out there first: %(places)s",
            places="; ".join(places),
        )
    ]
    return False


def _saved(campaign: Campaign, form: DetaineeForm | None = None) -> Response:
    expire_finished()
    if form is not None:
        note_arrival(form.token.data)
    flash(_("Saved."))
    return redirect(url_for("detainees.people", slug=campaign.slug), 303)


def _page(
    campaign: Campaign, form: DetaineeForm, detainee: Detainee | None, theirs: Any = ()
) -> str:
    return render_template(
        "dashboard/part.html",
        campaign=campaign,
        heading=_("Change a detainee") if detainee else _("Add a detainee"),
        form=form,
        hints=form.HINTS,
        theirs=theirs,
        frozen=False,
    )
