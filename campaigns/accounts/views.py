"""The way into the console: sign-in, sign-out, and the link of an invitation."""

import math
import re
import time

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_security import current_user
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from campaigns.accounts import access, passwords
from campaigns.accounts.errors import (
    AccountError,
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
    SignInRefused,
    UsernameInvalid,
)
from campaigns.accounts.forms import PasswordForm, SignInForm
from campaigns.accounts.operations import accept_invitation, usable_invitation
from campaigns.accounts.queries import Credentials, credentials_of
from campaigns.accounts.throttle import limit_failures
from campaigns.accounts.usernames import canonical_username
from campaigns.config import current_settings
from campaigns.db import db, only_reading
from campaigns.extensions import limiter
from campaigns.web.errors import error_response

bp = Blueprint("accounts", __name__)

# A redirect after signing in leads into the console and nowhere else.
CONSOLE_ADDRESS = re.compile(r"/console(?:[/?][^\\\s\x00-\x1f\x7f]*)?")


@bp.get("/login")
def sign_in() -> AnyResponse | str:
    """Ask for user name and password."""
    with only_reading():
        signed_in = current_user.is_authenticated
    if signed_in:
        return redirect(destination(), 303)
    return _sign_in_page(SignInForm())


@bp.post("/login")
@limit_failures
def submit_sign_in() -> AnyResponse | tuple[str, int]:
    """Begin a session. A wrong name, a wrong password and a disabled account answer alike."""
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form), 422
    with only_reading():
        credentials = _credentials(form.username.data)
    try:
        access.sign_in(_checked(credentials, form.password.data))
    except SignInRefused:
        db.session.rollback()
        form.form_errors.append(_("The user name or the password is not right."))
        return _sign_in_page(form), 422
    db.session.commit()
    return redirect(destination(), 303)


@bp.post("/logout")
def sign_out() -> AnyResponse:
    """End the session."""
    access.sign_out()
    db.session.commit()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/invitation/<token>")
def invitation(token: str) -> str:
    """Ask somebody invited to choose a password."""
    with only_reading():
        username = usable_invitation(token).organiser.username
    return _invitation_page(PasswordForm(), username)


@bp.post("/invitation/<token>")
def accept(token: str) -> AnyResponse | tuple[str, int]:
    """Set the password of somebody invited, and sign them in."""
    with only_reading():
        username = usable_invitation(token).organiser.username
    form = PasswordForm(username, current_settings().site_name)
    if not form.validate():
        return _invitation_page(form, username), 422
    password_hash = passwords.hash_of(form.password.data)
    access.sign_in(accept_invitation(token, password_hash))
    db.session.commit()
    return redirect(destination(), 303)


@bp.errorhandler(InvitationUnknown)
@bp.errorhandler(InvitationUsed)
@bp.errorhandler(InvitationExpired)
@bp.errorhandler(SignInRefused)
def invitation_gone(error: AccountError) -> tuple[str, int]:
    """Say why a link lets nobody in, and what to do next."""
    db.session.rollback()
    reason = {InvitationUnknown: "unknown", InvitationUsed: "used"}.get(type(error), "expired")
    code = 404 if reason == "unknown" else 410
    return render_template("accounts/invitation_gone.html", reason=reason), code


@bp.errorhandler(RateLimitExceeded)
def too_many(_error: RateLimitExceeded) -> Response:
    """Say when to try again."""
    breached = limiter.current_limit
    seconds = math.ceil(breached.reset_at - time.time()) if breached else 60
    return error_response(TooManyRequests(retry_after=max(1, seconds)))


def _credentials(typed: str) -> Credentials | None:
    try:
        return credentials_of(canonical_username(typed))
    except UsernameInvalid:
        return None


def _checked(credentials: Credentials | None, password: str) -> Credentials:
    """Return the credentials when the password is right. Raises SignInRefused, as late if not."""
    right = passwords.matches(password, credentials.password_hash if credentials else None)
    if credentials is None or not right:
        raise SignInRefused
    return credentials


def _wanted() -> str | None:
    """Return the page of the console somebody was on their way to."""
    asked = request.args.get("next", "")
    return asked if CONSOLE_ADDRESS.fullmatch(asked) else None


def destination() -> str:
    """Return where a request to sign in leads: a page of the console, whatever it asks for."""
    return _wanted() or url_for("dashboard.start")


def _sign_in_page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form, wanted=_wanted())


def _invitation_page(form: PasswordForm, username: str) -> str:
    token = (request.view_args or {})["token"]
    return render_template("accounts/invitation.html", form=form, username=username, token=token)
