"""How subscribers are mailed, by the link in each of their mails, or by typing their address.

Who asks for the link is answered alike whether the address gets news or not. Opening a link changes
nothing.
"""

from datetime import timedelta
from uuid import UUID

from babel import Locale
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from campaigns.cases.models import Campaign
from campaigns.config import current_settings
from campaigns.db import db, only_reading, utcnow
from campaigns.petitions.changes import request_links, request_of
from campaigns.petitions.forms import AddressForm
from campaigns.petitions.sealed import seal_request
from campaigns.public.signing import todays_index
from campaigns.updates.errors import SubscriptionGone
from campaigns.updates.forms import PauseForm, PreferencesForm
from campaigns.updates.mails import PREFERENCES
from campaigns.updates.models import Frequency, Subscription, SubscriptionState
from campaigns.updates.preferences import change_preferences, leave_all, pause_subscription
from campaigns.updates.queries import find_subscription
from campaigns.updates.sealed import seal_locale
from campaigns.vault.keyring import IndexPurpose, current_keyring
from campaigns.vault.tokens import TokenPurpose, make_token, read_token

bp = Blueprint("preferences", __name__)
Answer = Response | tuple[str, int]


@bp.get("/preferences")
def ask() -> str:
    """Type your address, and the links are mailed."""
    return render_template("updates/preferences_ask.html", form=AddressForm())


@bp.post("/preferences")
def send_links() -> Answer:
    """Have the links mailed; the answer is the same for an address that gets no news."""
    form = AddressForm(request.form)
    if not form.validate():
        return render_template("updates/preferences_ask.html", form=form), 422
    if not form.website.data:
        mailbox = todays_index(IndexPurpose.MAILBOX_CAP, (form.email.data or "").lower())
        request_id = request_of(mailbox, PREFERENCES)
        with only_reading():
            sealed = seal_request(
                current_keyring(),
                request_id,
                email=form.email.data or "",
                locale=str(get_locale()),
            )
        request_links(request_id, sealed, PREFERENCES)
        db.session.commit()
    return redirect(url_for("preferences.sent"), 303)


@bp.get("/preferences/sent")
def sent() -> str:
    """What mail to look for now; the same page for everyone."""
    return render_template(
        "updates/preferences_sent.html", sender=current_settings().mail_default_sender
    )


@bp.get("/preferences/<token>")
def show(token: str) -> Answer | str:
    """How somebody is mailed, and all that can be changed about it."""
    subscription = _subscription(token)
    if subscription is None:
        return _gone()
    form = PreferencesForm(
        frequency=subscription.frequency,
        plain_text=subscription.plain_text,
        discreet=subscription.discreet,
    )
    return _page(token, subscription, form)


@bp.post("/preferences/<token>")
def change(token: str) -> Answer:
    """Mail somebody in another way from now on."""
    form = PreferencesForm(request.form)
    with only_reading():
        subscription = _subscription(token)
        if subscription is None:
            return _gone()
        form.offer(_languages())
        if not form.validate():
            return _page(token, subscription, form), 422
        locale = form.language.data
        sealed = (
            seal_locale(current_keyring(), subscription.campaign_id, subscription.id, locale)
            if locale
            else None
        )
    change_preferences(
        _id_of(token),
        frequency=Frequency(form.frequency.data),
        plain_text=form.plain_text.data,
        discreet=form.discreet.data,
        sealed_locale=sealed,
    )
    db.session.commit()
    return redirect(url_for("preferences.show", token=token, done="changed"), 303)


@bp.post("/preferences/<token>/pause")
def pause(token: str) -> Answer:
    """Mail somebody nothing for a while, or begin again."""
    form = PauseForm(request.form)
    if not form.validate():
        abort(422)
    pause_subscription(_id_of(token), timedelta(days=form.days.data))
    db.session.commit()
    return redirect(url_for("preferences.show", token=token, done="changed"), 303)


@bp.post("/preferences/<token>/leave-all")
def leave(token: str) -> Answer:
    """Let no mail of any campaign of this site go to somebody any more."""
    leave_all(_id_of(token))
    db.session.commit()
    return redirect(url_for("preferences.left"), 303)


@bp.get("/preferences/left")
def left() -> str:
    """What happens to an address whose owner wants no mail from this site."""
    return render_template("updates/left_all.html")


@bp.errorhandler(SubscriptionGone)
def gone(_error: SubscriptionGone) -> Answer:
    """Say that there is nothing left to change."""
    db.session.rollback()
    return _gone()


def _id_of(token: str) -> UUID:
    return read_token(TokenPurpose.PREFERENCES, token) or abort(404)


def _subscription(token: str) -> Subscription | None:
    subscription = find_subscription(_id_of(token))
    if subscription is None or subscription.state != SubscriptionState.CONFIRMED:
        return None
    return subscription


def _gone() -> Answer:
    return render_template("updates/preferences_gone.html"), 410


def _page(token: str, subscription: Subscription, form: PreferencesForm) -> str:
    form.offer(_languages())
    return render_template(
        "updates/preferences.html",
        campaign=db.session.get_one(Campaign, subscription.campaign_id),
        subscription=subscription,
        paused=subscription.paused_until is not None and subscription.paused_until > utcnow(),
        form=form,
        pause_form=PauseForm(),
        token=token,
        leave_token=make_token(TokenPurpose.UNSUBSCRIBE, subscription.id),
        done=request.args.get("done"),
    )


def _languages() -> dict[str, str]:
    locales = current_settings().locales
    return {name: Locale.parse(name).get_display_name() or name for name in locales}
