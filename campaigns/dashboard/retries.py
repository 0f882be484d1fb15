"""Trying once more what failed of the mails that no page of their own stands for."""

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.db import db
from campaigns.updates.errors import UpdateHidden, UpdateOver
from campaigns.updates.models import CorrectionNotice, Digest
from campaigns.updates.run_queries import find_digest, find_notice
from campaigns.updates.runs import retry_mailing

bp = Blueprint("retries", __name__, url_prefix="/console/campaigns/<slug>/mails")
FINDERS: Mapping[str, Callable[[int, int], CorrectionNotice | Digest | None]] = {
    "correction": find_notice,
    "digest": find_digest,
}


@bp.post("/<any(correction,digest):kind>/<int:number>/retry")
def submit(slug: str, kind: str, number: int) -> Response:
    """Try the failed mails of a correction, or of a day or week, once more."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    mailing = FINDERS[kind](campaign.id, number) or abort(404)
    try:
        retry_mailing(mailing)
        audit(Action.MAIL_RETRIED, campaign.id, about=f"{kind}:{number}")
        db.session.commit()
        flash(_("What failed is tried once more."))
    except UpdateOver:
        db.session.rollback()
        flash(_("That was done already, or it has gone further: it stands as you see it."))
    except UpdateHidden:
        db.session.rollback()
        flash(_("What it tells is paused or cannot be seen now: decide that first."))
    return redirect(url_for("dashboard.start"), 303)
