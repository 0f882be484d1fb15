"""Leaving: by the button on a page, or by a mail program's one click (RFC 8058)."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.updates.operations import end_subscription
from campaigns.updates.queries import find_subscription
from campaigns.vault.tokens import TokenPurpose, read_token

bp = Blueprint("updates", __name__)


@bp.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """A button; or, once it has been pressed, that nothing more will come."""
    subscription = find_subscription(_subscription_of(token))
    if subscription is None:
        return render_template("updates/unsubscribed.html", campaign=None)
    campaign = db.session.get(Campaign, subscription.campaign_id)
    return render_template("updates/unsubscribe.html", campaign=campaign, token=token)


@bp.post("/unsubscribe/<token>")
def unsubscribe_now(token: str) -> Response:
    """End the subscription; a mail program's one click is answered without a redirect."""
    end_subscription(_subscription_of(token))
    db.session.commit()
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response(mimetype="text/plain")
    return redirect(url_for("updates.unsubscribe", token=token), 303)


def _subscription_of(token: str) -> UUID:
    return read_token(TokenPurpose.UNSUBSCRIBE, token) or abort(404)
