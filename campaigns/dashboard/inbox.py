"""What was reported: to be looked into, hidden meanwhile, answered and closed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import (
    audit,
    current_organiser,
    require_campaign_role,
    require_site_admin,
)
from campaigns.accounts.actions import Action
from campaigns.accounts.models import Organiser
from campaigns.accounts.queries import organiser_may, roles_by_campaign
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import find_event, lock_campaign_row
from campaigns.db import db
from campaigns.reports.models import Report, ReportedPart, ReportState
from campaigns.reports.operations import decide_report
from campaigns.reports.queries import (
    PAGE_LENGTH,
    find_report,
    other_open_report,
    reports_for,
)
from campaigns.reports.wording import KINDS, STATES
from campaigns.retention import REPORTS_KEPT
from campaigns.updates.hiding import hide_campaign, set_hidden, show_campaign
from campaigns.updates.models import Update
from campaigns.updates.queries import find_update
from campaigns.web.finished import expire_finished

bp = Blueprint("inbox", __name__, url_prefix="/console/reports")


@bp.get("")
def reports() -> str:
    """Everything reported of the campaigns somebody edits; for site admins everything."""
    page = _asked_page()
    found = reports_for(edited_campaigns(current_organiser()), page)
    return render_template(
        "dashboard/reports.html",
        reports=found[:PAGE_LENGTH],
        kinds=KINDS,
        states=STATES,
        kept=REPORTS_KEPT.days,
        previous=url_for("inbox.reports", page=page - 1) if page > 1 else None,
        next=url_for("inbox.reports", page=page + 1) if len(found) > PAGE_LENGTH else None,
    )


@bp.get("/<int:report_id>")
def report(report_id: int) -> str:
    """One report, what it is about and what can be done."""
    found, campaign = _entrusted(report_id)
    part = _part(found)
    return render_template(
        "dashboard/report.html",
        report=found,
        campaign=campaign,
        owns=campaign and organiser_may(current_organiser(), campaign.id, Role.OWNER),
        part=part,
        part_name=_name_of(part),
        kinds=KINDS,
        states=STATES,
    )


@bp.post("/<int:report_id>/hiding")
def hide(report_id: int) -> Response:
    """Hide what was reported until the report is decided."""
    found, campaign = _entrusted(report_id)
    part = _part(found) or abort(404)
    if campaign is None or found.state != ReportState.OPEN:
        abort(404)
    _set_hidden(campaign, part, hidden=True)
    audit(Action.REPORTED_HIDDEN, campaign.id, about=_about(found), report=found.id)
    db.session.commit()
    expire_finished()
    flash(_("Hidden: visitors see nothing of it until you have decided. Mail of it is paused."))
    return redirect(url_for("inbox.report", report_id=report_id), 303)


@bp.post("/<int:report_id>/<any(answered,closed):decision>")
def decide(report_id: int, decision: str) -> Response:
    """Note that a report was answered, or that there is nothing to answer."""
    found, campaign = _entrusted(report_id)
    if found.state != ReportState.OPEN:
        flash(_("This was decided already."))
        return redirect(url_for("inbox.report", report_id=report_id), 303)
    if isinstance(part := _part(found), Campaign):
        # Of two decided in one moment one is the last; and its owner may be taking it down.
        lock_campaign_row(part)
    decide_report(found, ReportState(decision))
    shown = _show_again(found, campaign)
    action = {
        "answered": Action.REPORT_ANSWERED, "closed": Action.REPORT_CLOSED
    }[decision]  # fmt: skip
    audit(action, found.campaign_id, about=_about(found), report=found.id, shown=shown)
    db.session.commit()
    expire_finished()
    flash(_("Noted. What was hidden is shown again.") if shown else _("Noted."))
    return redirect(url_for("inbox.reports"), 303)


def edited_campaigns(organiser: Organiser) -> set[int] | None:
    """Return the campaigns whose reports somebody looks into; None stands for all there are."""
    if organiser.site_admin:
        return None
    roles = roles_by_campaign(organiser)
    return {it for it, role in roles.items() if role.includes(Role.EDITOR)}


def _entrusted(report_id: int) -> tuple[Report, Campaign | None]:
    """Return a report and its campaign; 404 for whom it is not for."""
    found = find_report(report_id) or abort(404)
    if found.campaign_id is None:
        require_site_admin()
        return found, None
    require_campaign_role(found.campaign_id, Role.EDITOR)
    return found, db.session.get_one(Campaign, found.campaign_id)


def _part(report: Report) -> Event | Update | Campaign | None:
    """Return what a report is about; None where that is no campaign, or once it is gone."""
    if report.campaign_id is None:
        return None
    if report.part_id is None:
        return db.session.get_one(Campaign, report.campaign_id)
    if report.part == ReportedPart.EVENT:
        return find_event(report.campaign_id, report.part_id)
    return find_update(report.campaign_id, report.part_id)


def _name_of(part: Event | Update | Campaign | None) -> str | None:
    if isinstance(part, Event):
        return part.summary
    return part.title if isinstance(part, Update) else None


def _show_again(report: Report, campaign: Campaign | None) -> bool:
    """Show what was hidden, unless somebody else's report of it is still open."""
    part = _part(report)
    if campaign is None or part is None or part.hidden_at is None or other_open_report(report):
        return False
    _set_hidden(campaign, part, hidden=False)
    return True


def _set_hidden(campaign: Campaign, part: Event | Update | Campaign, *, hidden: bool) -> None:
    if not isinstance(part, Campaign):
        set_hidden(campaign, part, hidden=hidden)
        return
    if hidden:
        hide_campaign(campaign)
    else:
        show_campaign(campaign)


def _about(report: Report) -> str | None:
    if report.part is None:
        return None
    return f"{report.part}:{report.part_id or report.campaign_id}"


def _asked_page() -> int:
    page = request.args.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
