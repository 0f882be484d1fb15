"""What organisers see of signatures and do with them."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import current_organiser
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.petitions.errors import NobodyElse, NotWaiting, OwnRequest
from campaigns.petitions.exports import approve_export, request_export
from campaigns.petitions.forms import ExportForm
from campaigns.petitions.queries import (
    count_signatures,
    exports_of,
    find_export,
    petition_of,
    readers_of,
)

bp = Blueprint("petitions", __name__, url_prefix="/console/campaigns/<slug>")


@bp.get("/signatures")
def signatures(slug: str) -> str:
    """How many signed; who did is sealed."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    petition = petition_of(campaign.id)
    online, paper = count_signatures(petition.id) if petition else (0, 0)
    return render_template(
        "petitions/signatures.html",
        campaign=campaign,
        petition=petition,
        online=online,
        paper=paper,
        may_export=organiser_may(current_organiser(), campaign.id, Role.OWNER),
    )


@bp.get("/exports")
def exports(slug: str) -> str:
    """Who asked to export who signed, what came of it, and how many could read it."""
    return _exports_page(entrusted_campaign(slug, Role.OWNER), ExportForm())


@bp.post("/exports")
def submit_export(slug: str) -> Response | tuple[str, int]:
    """Ask for an export; a second person has to approve it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    form = ExportForm()
    if not form.validate():
        return _exports_page(campaign, form), 422
    try:
        request_export(campaign.id, current_organiser(), form.reason.data)
    except NobodyElse:
        form.form_errors.append(
            _(
                "An export needs a second person, and you are the only one who could approve it: "
                "have another organiser added first."
            )
        )
        return _exports_page(campaign, form), 409
    db.session.commit()
    flash(_("Asked for. Now somebody else has to approve it."))
    return redirect(url_for("petitions.exports", slug=slug), 303)


@bp.post("/exports/<int:export_id>/approval")
def approve(slug: str, export_id: int) -> Response | tuple[str, int]:
    """Approve an export that somebody else asked for."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    request = find_export(campaign.id, export_id) or abort(404)
    try:
        approve_export(request, current_organiser())
    except OwnRequest:
        form = ExportForm(formdata=None)
        form.form_errors.append(_("You asked for this one: somebody else has to approve it."))
        return _exports_page(campaign, form), 403
    except NotWaiting:
        # Pressed twice, or by two at once: it is approved.
        return redirect(url_for("petitions.exports", slug=slug), 303)
    db.session.commit()
    flash(_("Approved: one export can be made within 7 days."))
    return redirect(url_for("petitions.exports", slug=slug), 303)


def _exports_page(campaign: Campaign, form: ExportForm) -> str:
    petition = petition_of(campaign.id) or abort(404)
    names, _paper = count_signatures(petition.id)
    return render_template(
        "petitions/exports.html",
        campaign=campaign,
        form=form,
        names=names,
        readers=readers_of(campaign.id, petition.id, names),
        requests=exports_of(campaign.id),
    )
