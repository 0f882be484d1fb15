"""The run of an update's mail, watched and steered: each step is one button."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.dashboard.news import entrusted_update
from campaigns.dashboard.run_words import describe_run
from campaigns.db import db, utcnow
from campaigns.updates.drafts import discard_update, withdraw_update
from campaigns.updates.errors import CampaignNotPublic, UpdateHidden, UpdateOver
from campaigns.updates.models import Update
from campaigns.updates.runs import (
    cancel_update,
    confirm_update,
    pause_update,
    resume_update,
    retry_update,
)
from campaigns.web.finished import expire_finished

bp = Blueprint("runs", __name__, url_prefix="/console/campaigns/<slug>/updates/<int:update_id>")


class Step(StrEnum):
    """What can be done to an update beside writing it, by its place in the address."""

    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    DISCARD = "discard"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Offer:
    """A step, what is put on record of it, and what is said once it is done."""

    take: Callable[[Campaign, Update], object]
    action: Action
    done: LazyString


OFFERS: Mapping[Step, Offer] = {
    Step.CONFIRM: Offer(
        lambda campaign, update: confirm_update(update),
        Action.UPDATE_CONFIRMED,
        _l("Noted: it is still right."),
    ),
    Step.WITHDRAW: Offer(
        withdraw_update, Action.UPDATE_WITHDRAWN, _l("Taken back: it is a draft again.")
    ),
    Step.DISCARD: Offer(
        lambda campaign, update: discard_update(update),
        Action.UPDATE_DISCARDED,
        _l("The draft is gone."),
    ),
    Step.PAUSE: Offer(
        lambda campaign, update: pause_update(update),
        Action.UPDATE_PAUSED,
        _l("Paused: nothing more of it leaves."),
    ),
    Step.RESUME: Offer(
        resume_update,
        Action.UPDATE_RESUMED,
        _l("It goes on: at its time where that lies ahead, else now."),
    ),
    Step.CANCEL: Offer(
        lambda campaign, update: cancel_update(update),
        Action.UPDATE_CANCELLED,
        _l("Stopped: nobody else is mailed it."),
    ),
    Step.RETRY: Offer(
        lambda campaign, update: retry_update(update),
        Action.UPDATE_RETRIED,
        _l("What failed is tried once more."),
    ),
}


@bp.get("/progress.json")
def progress(slug: str, update_id: int) -> Response:
    """The numbers of an update's page, for the script that keeps them current."""
    run = describe_run(*entrusted_update(slug, update_id, Role.VIEWER), utcnow())
    told: dict[str, Any] = {
        "key": run.key,
        "state": run.state,
        **run.figures,
        "rate": run.rate,
        "left": run.left,
        "digests": run.digests,
    }
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<any(confirm,withdraw,discard,pause,resume,cancel,retry):step>")
def take(slug: str, update_id: int, step: str) -> Response:
    """Do one of the steps, unless the update has gone further meanwhile."""
    campaign, update = entrusted_update(slug, update_id, Role.EDITOR)
    offer = OFFERS[Step(step)]
    try:
        offer.take(campaign, update)
        audit(offer.action, campaign.id, about=f"update:{update_id}")
        db.session.commit()
        expire_finished()
        flash(offer.done)
    except CampaignNotPublic:
        db.session.rollback()
        flash(_("Publish the campaign first: subscribers could not read it."))
    except UpdateOver:
        db.session.rollback()
        flash(_("That was done already, or it has gone further: it stands as you see it."))
    except UpdateHidden:
        db.session.rollback()
        flash(_("It is hidden while a report is looked into: decide that first."))
    if step == Step.DISCARD:
        return redirect(url_for("news.listed", slug=slug), 303)
    return redirect(url_for("news.show", slug=slug, update_id=update_id), 303)
