"""An organiser's account: its sessions, its password, and the password asked for once more."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campaigns.accounts import access, passwords
from campaigns.accounts.access import SessionEnded, audit, current_organiser, current_session
from campaigns.accounts.actions import Action
from campaigns.accounts.destinations import wanted
from campaigns.accounts.errors import SignInRefused
from campaigns.accounts.forms import FreshForm, NewPasswordForm
from campaigns.accounts.operations import (
    IDLE_FOR,
    change_password,
    end_other_sessions,
    end_session_of,
    note_verified,
)
from campaigns.accounts.queries import (
    Credentials,
    credentials_by_id,
    factors_of,
    live_sessions,
    passkeys_of,
)
from campaigns.accounts.throttle import limit_wrong_passwords
from campaigns.accounts.views import bp
from campaigns.config import current_settings
from campaigns.db import db, only_reading, utcnow

__all__ = ["bp"]


@bp.get("/console/account")
def account() -> str:
    """What protects an organiser's account, and where they are signed in."""
    organiser = current_organiser()
    return render_template(
        "accounts/account.html",
        factors=factors_of(organiser.id),
        passkeys=passkeys_of(organiser.id),
        sessions=live_sessions(organiser.id, utcnow(), IDLE_FOR),
        current=current_session().id,
        must_add=access.must_add_second_factor(),
    )


@bp.post("/console/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """End one of an organiser's sessions."""
    if not end_session_of(current_organiser(), session_id):
        abort(404)
    audit(Action.SESSION_ENDED, about=f"session:{session_id}")
    db.session.commit()
    flash(_("Signed out there."))
    return redirect(url_for("accounts.account"), 303)


@bp.post("/console/account/sessions/end")
def end_others() -> Response:
    """End all of an organiser's sessions but this one."""
    ended = end_other_sessions(current_organiser(), current_session().id)
    if ended:
        audit(Action.SESSION_ENDED, others=ended)
    db.session.commit()
    flash(ngettext("Signed out in %(num)s place.", "Signed out in %(num)s places.", ended))
    return redirect(url_for("accounts.account"), 303)


@bp.get("/console/account/fresh")
def fresh() -> str:
    """Ask for the password once more."""
    return _fresh_page(FreshForm())


@bp.post("/console/account/fresh")
@limit_wrong_passwords
def submit_fresh() -> Response | tuple[str, int]:
    """Go on to what was asked for, if the password is right."""
    form = FreshForm()
    if not form.validate():
        return _fresh_page(form), 422
    if _checked(form.password.data) is None:
        form.password.errors = [_("This is not your password.")]
        return _fresh_page(form), 422
    note_verified(current_session().id)
    db.session.commit()
    return redirect(wanted() or url_for("accounts.account"), 303)


@bp.get("/console/account/password")
def password() -> str:
    """Ask for another password."""
    return _password_page(NewPasswordForm())


@bp.post("/console/account/password")
@limit_wrong_passwords
def submit_password() -> Response | tuple[str, int]:
    """Change the password, and end every other session."""
    with only_reading():
        username = current_organiser().username
    form = NewPasswordForm(username, current_settings().site_name)
    if not form.validate():
        return _password_page(form), 422
    credentials = _checked(form.old.data)
    if credentials is None:
        form.old.errors = [_("This is not your password.")]
        return _password_page(form), 422
    password_hash = passwords.hash_of(form.password.data)
    access.require_session_still()
    try:
        access.renew_session(change_password(credentials, password_hash))
    except SignInRefused:
        raise SessionEnded from None
    audit(Action.PASSWORD_CHANGED)
    db.session.commit()
    flash(_("Your password is changed. Everywhere else you are signed out."))
    return redirect(url_for("accounts.account"), 303)


def _checked(typed: str) -> Credentials | None:
    """Return what somebody signed in has typed the password of. It is slow on purpose."""
    with only_reading():
        credentials = credentials_by_id(current_organiser().id)
    matches = passwords.matches(typed, credentials.password_hash if credentials else None)
    return credentials if matches else None


def _fresh_page(form: FreshForm) -> str:
    return render_template("accounts/fresh.html", form=form, wanted=wanted())


def _password_page(form: NewPasswordForm) -> str:
    return render_template("accounts/password.html", form=form)
