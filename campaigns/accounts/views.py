"""The way into the console: sign-in, sign-out, and the link of an invitation."""

import math
import time
from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from campaigns.accounts import access, passwords, pending
from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.accounts.destinations import destination, wanted
from campaigns.accounts.errors import (
    AccountError,
    CodeRefused,
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
    PasskeyRefused,
    SignInRefused,
    UsernameInvalid,
)
from campaigns.accounts.factors import use_passkey, use_recovery_code, use_totp
from campaigns.accounts.forms import (
    CodeForm,
    PasskeyForm,
    PasswordForm,
    RecoveryForm,
    SignInForm,
)
from campaigns.accounts.operations import accept_invitation, usable_invitation
from campaigns.accounts.passkeys import options_to_use
from campaigns.accounts.queries import (
    Credentials,
    credentials_by_id,
    credentials_of,
    factors_of,
    passkeys_of,
)
from campaigns.accounts.throttle import limit_failures, limit_wrong_codes, limit_wrong_passkeys
from campaigns.accounts.usernames import canonical_username
from campaigns.config import current_settings
from campaigns.db import db, only_reading
from campaigns.extensions import limiter
from campaigns.web.errors import error_response

bp = Blueprint("accounts", __name__)

# What a sign-in was finished with, as the audit trail tells it.
TOTP, RECOVERY_CODE, PASSKEY = "totp", "recovery_code", "passkey"


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
        return _go_on(_checked(credentials, form.password.data))
    except SignInRefused:
        db.session.rollback()
        form.form_errors.append(_("The user name or the password is not right."))
        return _sign_in_page(form), 422


@bp.post("/login/passkey")
@limit_wrong_passkeys
def submit_passkey() -> AnyResponse | tuple[str, int]:
    """Begin a session by a passkey alone, which counts as two factors: device and its owner."""
    form = PasskeyForm()
    try:
        passkey = use_passkey(pending.this_site(), pending.asked(), form.answer.data or "")
        access.sign_in(_credentials_by_id(passkey.organiser_id), PASSKEY)
    except (PasskeyRefused, SignInRefused):
        db.session.rollback()
        refused = SignInForm(formdata=None)
        refused.form_errors.append(_("This passkey did not work here. Use your password."))
        return _sign_in_page(refused), 422
    db.session.commit()
    return redirect(destination(), 303)


@bp.get("/login/second")
def second_step() -> AnyResponse | str:
    """Ask whoever typed the right password for their second factor."""
    with only_reading():
        credentials = pending.pending_credentials()
        return _second_page(credentials) if credentials else _begin_anew()


@bp.post("/login/second")
@limit_wrong_codes
def submit_code() -> AnyResponse | tuple[str, int]:
    """Finish a sign-in by the code of an authenticator app."""
    form = CodeForm()

    def accept(organiser_id: int) -> None:
        use_totp(current_settings().keys_path, organiser_id, form.code.data)

    wrong = _("This code is not right. Wait for the next one: each is good once.")
    return _finish(form, accept, TOTP, wrong)


@bp.post("/login/second/recovery")
@limit_wrong_codes
def submit_recovery_code() -> AnyResponse | tuple[str, int]:
    """Finish a sign-in by a recovery code, and say how many are left."""
    form = RecoveryForm()
    left = []

    def accept(organiser_id: int) -> None:
        folder = current_settings().keys_path
        left.append(use_recovery_code(folder, organiser_id, form.recovery.data))
        record_entry(Action.RECOVERY_CODE_USED, organiser_id=organiser_id)

    wrong = _("This recovery code is not right, or was used before: each is good once.")
    answer = _finish(form, accept, RECOVERY_CODE, wrong)
    if left and not form.errors:
        flash(
            ngettext(
                "You used a recovery code: %(num)s is left. Make new ones in your account.",
                "You used a recovery code: %(num)s are left. Make new ones in your account.",
                left[0],
            )
        )
    return answer


@bp.post("/login/second/passkey")
@limit_wrong_codes
def submit_second_passkey() -> AnyResponse | tuple[str, int]:
    """Finish a sign-in by a passkey."""
    form = PasskeyForm()

    def accept(organiser_id: int) -> None:
        answer = form.answer.data or ""
        use_passkey(pending.this_site(), pending.asked(), answer, organiser_id=organiser_id)

    return _finish(form, accept, PASSKEY, _("This passkey did not work here. Try it again."))


@bp.post("/logout")
def sign_out() -> AnyResponse:
    """End the session."""
    access.sign_out()
    db.session.commit()
    flash(_("You are signed out."))
    response = redirect(url_for("accounts.sign_in"), 303)
    # What other tabs keep of drafts.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


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
    credentials = accept_invitation(token, passwords.hash_of(form.password.data))
    record_entry(Action.INVITATION_USED, organiser_id=credentials.organiser_id)
    return _go_on(credentials)


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


def _credentials_by_id(organiser_id: int) -> Credentials:
    """Return what a sign-in without a password goes on with. Raises SignInRefused."""
    credentials = credentials_by_id(organiser_id)
    if credentials is None:
        raise SignInRefused
    return credentials


def _go_on(credentials: Credentials) -> AnyResponse:
    """Begin the session of somebody whose password is right, or ask for their second factor.

    Raises SignInRefused.
    """
    if factors_of(credentials.organiser_id):
        pending.begin_sign_in(credentials)
        db.session.commit()
        return redirect(url_for("accounts.second_step", next=wanted()), 303)
    access.sign_in(credentials)
    db.session.commit()
    return redirect(destination(), 303)


def _finish(
    form: FlaskForm, accept: Callable[[int], None], factor: str, wrong: str
) -> AnyResponse | tuple[str, int]:
    """Begin the session of somebody whose second factor is accepted."""
    credentials = pending.pending_credentials()
    if credentials is None:
        return _begin_anew()
    if not form.validate():
        return _second_page(credentials, form), 422
    try:
        accept(credentials.organiser_id)
        access.sign_in(credentials, factor)
    except (CodeRefused, PasskeyRefused):
        db.session.rollback()
        form.form_errors.append(wrong)
        return _second_page(credentials, form), 422
    except SignInRefused:
        db.session.rollback()
        return _begin_anew()
    db.session.commit()
    return redirect(destination(), 303)


def _begin_anew() -> AnyResponse:
    flash(_("That took too long. Sign in again."))
    return redirect(url_for("accounts.sign_in", next=wanted()), 303)


def _sign_in_page(form: SignInForm) -> str:
    site, challenge = pending.this_site(), pending.ask()
    return render_template(
        "accounts/sign_in.html",
        form=form,
        passkey=PasskeyForm(formdata=None),
        options=options_to_use(site, challenge),
        wanted=wanted(),
    )


def _second_page(credentials: Credentials, form: FlaskForm | None = None) -> str:
    """Show the forms of the second step, one of them with what is wrong with it."""
    organiser_id = credentials.organiser_id
    known = [passkey.credential_id for passkey in passkeys_of(organiser_id)]
    forms: dict[str, FlaskForm] = {
        name: form if isinstance(form, kind) else kind(formdata=None)
        for name, kind in (("code", CodeForm), ("recovery", RecoveryForm), ("passkey", PasskeyForm))
    }
    return render_template(
        "accounts/second_step.html",
        factors=factors_of(organiser_id),
        options=options_to_use(pending.this_site(), pending.ask(), known) if known else None,
        forms=forms,
        wrong=form,
        wanted=wanted(),
    )


def _invitation_page(form: PasswordForm, username: str) -> str:
    token = (request.view_args or {})["token"]
    return render_template("accounts/invitation.html", form=form, username=username, token=token)
