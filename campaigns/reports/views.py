"""Where anybody reports what a page does wrong, without an account and without a cookie."""

import math
import re
import time

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from werkzeug.wrappers import Response

from campaigns.accounts.throttle import limit_reports
from campaigns.cases.models import Campaign
from campaigns.cases.queries import is_public
from campaigns.db import db
from campaigns.extensions import limiter
from campaigns.reports.forms import ReportForm
from campaigns.reports.models import ReportKind
from campaigns.reports.operations import InboxFull, receive_report
from campaigns.retention import REPORTS_KEPT, REPORTS_WAIT

bp = Blueprint("reports", __name__, url_prefix="/report")
REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
# What programs that fill in the hidden field are told; no report has it.
NO_REPORT = "2222-2222"


@bp.get("")
def ask() -> str:
    """A form to report something; `?page=` says about which page."""
    return _page(ReportForm(data={"page": request.args.get("page", "")}))


@bp.post("")
@limit_reports
def submit() -> Response | tuple[str, int]:
    """Take a report; whoever sent it gets a number to name it by."""
    form = ReportForm(request.form)
    if not form.validate():
        return _page(form), 422
    reference = NO_REPORT
    if not form.website.data:
        try:
            report = receive_report(
                page=form.page.data or "",
                kind=ReportKind(form.kind.data),
                text=form.text.data or "",
                contact=form.contact.data or "",
            )
        except InboxFull as full:
            form.form_errors.append(_full(full.campaign))
            return _page(form), 503
        reference = report.reference
        db.session.commit()
    return redirect(url_for("reports.received", reference=reference), 303)


@bp.get("/<reference>")
def received(reference: str) -> str:
    """That a report has come in; the page knows nothing of it but the number in its address."""
    if not REFERENCE.fullmatch(reference):
        abort(404)
    return render_template("reports/received.html", reference=reference)


@bp.errorhandler(RateLimitExceeded)
def too_many(_error: RateLimitExceeded) -> Response:
    """Say when to try again, and lose nothing of what was typed."""
    breached = limiter.current_limit
    seconds = max(1, math.ceil(breached.reset_at - time.time())) if breached else 60
    form = ReportForm(request.form)
    form.form_errors.append(
        _(
            "Too many reports came from your network. What you typed is still here: send it"
            " again in %(minutes)s minutes, or write to the campaign, whose address stands on"
            " its page.",
            minutes=math.ceil(seconds / 60),
        )
    )
    answer = make_response(_page(form), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _full(campaign: Campaign | None) -> str:
    """Say where to turn instead; of a campaign that visitors do not see, no more than of none."""
    if campaign is None or not is_public(campaign):
        words = _(
            "So many reports wait that no more can be taken. What you typed is still here: send it"
            " again tomorrow, or write to whoever runs this site."
        )
    else:
        words = _(
            "So many reports of this campaign wait that no more can be taken. What you typed is"
            " still here: write it to %(contact)s.",
            contact=campaign.run_by_contact,
        )
    return str(words)


def _page(form: ReportForm) -> str:
    return render_template(
        "reports/ask.html", form=form, kept=REPORTS_KEPT.days, at_most=REPORTS_WAIT.days
    )
