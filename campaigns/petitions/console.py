"""What organisers see of signatures and do with them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campaigns.accounts.access import (
    audit,
    current_organiser,
    require_fresh,
    require_second_factor,
)
from campaigns.accounts.actions import Action
from campaigns.accounts.errors import TooNew
from campaigns.accounts.queries import organiser_may, role_in
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.errors import AskerGone, NobodyElse, NotWaiting, OwnRequest
from campaigns.petitions.export_queries import exports_of, find_export, readers_of
from campaigns.petitions.exports import approve_export, request_export
from campaigns.petitions.forms import ExportForm
from campaigns.petitions.models import Petition
from campaigns.petitions.moderation import (
    approve_comment,
    delete_comment,
    delete_held,
    release_held,
    take_name_down,
)
from campaigns.petitions.queries import (
    PAGE_LENGTH,
    confirmed_by_day,
    count_pending,
    count_signatures,
    held_by_day,
    petition_of,
    shown_names,
    waiting_comments,
)
from campaigns.web.finished import expire_finished

bp = Blueprint("petitions", __name__, url_prefix="/console/campaigns/<slug>")

DAYS = timedelta(days=14)
LATELY = timedelta(days=7)
NAMES = "names"


@bp.get("/signatures")
def signatures(slug: str) -> str:
    """How many signed, what is held, and the comments that wait; who signed is sealed."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    petition = petition_of(campaign.id)
    page = _asked_page()
    return render_template(
        "petitions/signatures.html",
        campaign=campaign,
        petition=petition,
        page=page,
        editor=_may_edit(campaign),
        **(_figures(petition, page) if petition else {}),
        owner=organiser_may(current_organiser(), campaign.id, Role.OWNER),
    )


@bp.get("/signatures/names")
def names(slug: str) -> str:
    """The names that stand in public, each with its comment."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    petition = petition_of(campaign.id) or abort(404)
    page = _asked_page()
    found = shown_names(petition.id, page)
    return render_template(
        "petitions/names.html",
        campaign=campaign,
        signers=found[:PAGE_LENGTH],
        more=len(found) > PAGE_LENGTH,
        page=page,
        editor=_may_edit(campaign),
    )


@bp.post("/comments/<uuid:signature_id>/approve")
def approve(slug: str, signature_id: UUID) -> Response:
    """Show a comment on the campaign's page."""
    done = _("Approved. The page shows it now.")
    return _decide(slug, signature_id, approve_comment, Action.COMMENT_APPROVED, done)


@bp.post("/comments/<uuid:signature_id>/delete")
def refuse(slug: str, signature_id: UUID) -> Response:
    """Delete a comment, whether it waits or is shown."""
    done = _("The comment is deleted.")
    return _decide(slug, signature_id, delete_comment, Action.COMMENT_REFUSED, done)


@bp.post("/names/<uuid:signature_id>/delete")
def hide_name(slug: str, signature_id: UUID) -> Response:
    """Take a name off the campaign's page."""
    done = _("The name is shown no more. The signature counts as before.")
    return _decide(slug, signature_id, take_name_down, Action.NAME_TAKEN_DOWN, done)


@bp.post("/held/release")
def release(slug: str) -> Response:
    """Count the held signatures, all of them or a day's."""
    released = _with_all_held(slug, release_held, Action.SIGNATURES_RELEASED)
    flash(
        ngettext("%(num)s signature counts now.", "%(num)s signatures count now.", released)
        if released
        else _("There was nothing left to release.")
    )
    return redirect(url_for("petitions.signatures", slug=slug), 303)


@bp.post("/held/delete")
def delete(slug: str) -> Response:
    """Delete the held signatures, all of them or a day's; nothing brings them back."""
    entrusted_campaign(slug, Role.EDITOR)
    require_fresh()
    deleted = _with_all_held(slug, delete_held, Action.SIGNATURES_DELETED)
    flash(ngettext("%(num)s signature deleted.", "%(num)s signatures deleted.", deleted))
    return redirect(url_for("petitions.signatures", slug=slug), 303)


@bp.get("/exports")
def exports(slug: str) -> str:
    """Who asked to export who signed, what came of it, and how many could read it."""
    return _exports_page(_exporting_campaign(slug), ExportForm())


@bp.post("/exports")
def submit_export(slug: str) -> Response | tuple[str, int]:
    """Ask for an export; a second person has to approve it."""
    campaign = _exporting_campaign(slug)
    form = ExportForm()
    if not form.validate():
        return _exports_page(campaign, form), 422
    try:
        asked = request_export(campaign.id, current_organiser(), form.reason.data)
    except (NobodyElse, TooNew) as error:
        form.form_errors.append(_why_not(error))
        return _exports_page(campaign, form), 409
    audit(Action.EXPORT_REQUESTED, campaign.id, f"export:{asked.id}")
    db.session.commit()
    flash(_("Asked for. Now somebody else has to approve it."))
    return redirect(url_for("petitions.exports", slug=slug), 303)


@bp.post("/exports/<int:export_id>/approval")
def approve_request(slug: str, export_id: int) -> Response | tuple[str, int]:
    """Approve an export that somebody else asked for."""
    campaign = _exporting_campaign(slug)
    request = find_export(campaign.id, export_id) or abort(404)
    try:
        approve_export(request, current_organiser())
    except (OwnRequest, TooNew, AskerGone) as error:
        form = ExportForm(formdata=None)
        form.form_errors.append(_why_not(error))
        return _exports_page(campaign, form), 403
    except NotWaiting:
        # Pressed twice, by two at once, or too late: the page says which.
        return redirect(url_for("petitions.exports", slug=slug), 303)
    audit(Action.EXPORT_APPROVED, campaign.id, f"export:{export_id}")
    db.session.commit()
    flash(_("Approved: one export can be made within 7 days."))
    return redirect(url_for("petitions.exports", slug=slug), 303)


def _exporting_campaign(slug: str) -> Campaign:
    """Return a campaign whose signers this organiser may export, having just shown who they are."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_second_factor()
    require_fresh()
    return campaign


def _why_not(error: Exception) -> str:
    reasons: dict[type[Exception], str] = {
        NobodyElse: _(
            "An export needs a second person to approve it: another owner of this campaign or a "
            "site admin, who has a second factor and came in more than three days ago. Take "
            "somebody into the team first."
        ),
        OwnRequest: _("You asked for this one: somebody else has to approve it."),
        TooNew: _(
            "Your own link was made, or your role given, less than three days ago: until then "
            "somebody else has to ask or approve."
        ),
        AskerGone: _(
            "Whoever asked for this one cannot ask for an export now: somebody else has to ask."
        ),
    }
    return reasons[type(error)]


def _exports_page(campaign: Campaign, form: ExportForm) -> str:
    petition = petition_of(campaign.id) or abort(404)
    names = count_signatures(petition.id)[0] - petition.signatures_purged
    return render_template(
        "petitions/exports.html",
        campaign=campaign,
        form=form,
        names=names,
        readers=readers_of(campaign.id, petition.id, names),
        requests=exports_of(campaign.id),
    )


def _figures(petition: Petition, page: int) -> dict[str, Any]:
    today = utcnow().date()
    online, paper = count_signatures(petition.id)
    days = confirmed_by_day(petition.id, today - DAYS)
    comments = waiting_comments(petition.id, page)
    return {
        "online": online,
        "paper": paper,
        "days": days,
        "confirmed": sum(number for day, number in days if day > today - LATELY),
        "pending": count_pending(petition.id),
        "held": held_by_day(petition.id),
        "comments": comments[:PAGE_LENGTH],
        "more": len(comments) > PAGE_LENGTH,
    }


def _decide(
    slug: str,
    signature_id: UUID,
    operation: Callable[[Campaign, UUID], bool],
    action: Action,
    done: str,
) -> Response:
    """Do something to a signer's name or comment; 404 when this campaign has no such one."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    if not operation(campaign, signature_id):
        abort(404)
    # Whose it was is nothing the trail may keep.
    audit(action, campaign.id)
    db.session.commit()
    expire_finished()
    flash(done)
    back = NAMES if request.args.get("list") == NAMES else "signatures"
    return redirect(url_for(f"petitions.{back}", slug=slug), 303)


def _with_all_held(
    slug: str, operation: Callable[[Petition, date | None], int], action: Action
) -> int:
    """Do something with the held signatures the form names, in pieces; return how many."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    petition = petition_of(campaign.id) or abort(404)
    day = _asked_day()
    done = 0
    while some := operation(petition, day):
        if not done:
            audit(action, campaign.id)
        db.session.commit()
        done += some
    expire_finished()
    return done


def _may_edit(campaign: Campaign) -> bool:
    role = role_in(current_organiser(), campaign.id)
    return role is not None and role.includes(Role.EDITOR)


def _asked_page() -> int:
    page = request.args.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1


def _asked_day() -> date | None:
    """Return the day of the form, None for all; 400 when it is no day."""
    try:
        return date.fromisoformat(day) if (day := request.form.get("day")) else None
    except ValueError:
        abort(400)
