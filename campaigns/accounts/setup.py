"""Binding flask-login, sessions and the console's guard to an application."""

import hmac
from datetime import timedelta

from flask import Flask, Response, g, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from campaigns.accounts.access import (
    TOKEN,
    NotFresh,
    RoleTooLow,
    SecondFactorMissing,
    SessionEnded,
    current_session,
    must_add_second_factor,
)
from campaigns.accounts.destinations import asked_page, came_from
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import IDLE_FOR, note_use
from campaigns.accounts.queries import find_by_uniquifier, live_session
from campaigns.accounts.sessions import CONSOLE, ConsoleSessionInterface, has_session, is_within
from campaigns.config import Settings
from campaigns.db import db, only_reading, set_reading, utcnow
from campaigns.extensions import csrf, login_manager
from campaigns.web.origin import SAFE_METHODS

ACCOUNT = f"{CONSOLE}/account"
NOTED_EVERY = timedelta(minutes=1)


def init_accounts(app: Flask) -> None:
    """Let organisers in, and nobody else below /console. Call it after binding `csrf`."""
    settings: Settings = app.extensions["settings"]
    _configure(app, settings)
    app.session_interface = ConsoleSessionInterface()
    login_manager.init_app(app)
    login_manager.user_loader(_load_organiser)
    _guard(app)
    _explain_refusals(app)
    app.jinja_env.globals["in_console"] = _in_console


def _configure(app: Flask, settings: Settings) -> None:
    secret = (settings.secret_key or "").encode()
    app.config.update(
        PASSWORD_PEPPER=hmac.digest(secret, b"passwords", "sha256").hex().encode(),
        SESSION_PROTECTION=None,
        SESSION_COOKIE_NAME="campaigns" if settings.development else "__Host-campaigns",
        SESSION_COOKIE_SECURE=not settings.development,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The cookie is signed anew with every answer, and no good when its signature is older.
        PERMANENT_SESSION_LIFETIME=IDLE_FOR,
        # Public pages have no session to keep a token in: the guard below asks for it instead.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )


def _load_organiser(uniquifier: str) -> Organiser | None:
    organiser = find_by_uniquifier(uniquifier)
    token = session.get(TOKEN)
    if organiser is None or not token:
        return None
    g.live_session = live_session(organiser.id, token, utcnow(), IDLE_FOR)
    return organiser if g.live_session else None


def _guard(app: Flask) -> None:
    @app.before_request
    def guard() -> AnyResponse | None:
        if not has_session(request.path):
            return None
        refused = _refuse() if is_within(request.path, CONSOLE) else None
        if refused is None:
            csrf.protect()
        return refused

    @app.after_request
    def keep_nothing(response: Response) -> Response:
        if has_session(request.path):
            response.headers["Cache-Control"] = "no-store"
        return response


def _explain_refusals(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def token_refused(_error: CSRFError) -> tuple[str, int]:
        return render_template("accounts/form_refused.html"), 400

    @app.errorhandler(RoleTooLow)
    def role_too_low(_error: RoleTooLow) -> tuple[str, int]:
        return render_template("accounts/role_too_low.html"), 403

    @app.errorhandler(NotFresh)
    def not_fresh(_error: NotFresh) -> AnyResponse | tuple[str, int]:
        db.session.rollback()
        if request.method == "GET":
            return redirect(url_for("accounts.fresh", next=asked_page()), 303)
        return render_template("accounts/not_fresh.html", back=came_from()), 403

    @app.errorhandler(SessionEnded)
    def session_ended(_error: SessionEnded) -> AnyResponse:
        db.session.rollback()
        session.clear()
        return redirect(url_for("accounts.sign_in"), 303)

    @app.errorhandler(SecondFactorMissing)
    def second_factor_missing(_error: SecondFactorMissing) -> tuple[str, int]:
        return render_template("accounts/second_factor_missing.html"), 403


def _in_console() -> bool:
    """Whether somebody signed in asked for a page of the console, without asking the database."""
    return is_within(request.path, CONSOLE) and g.get("live_session") is not None


def _refuse() -> AnyResponse | None:
    """Return where a request for the console is led instead, if it is."""
    # In a transaction of its own, so that what follows may be slow before its first query.
    with only_reading():
        signed_in = current_user.is_authenticated
        unprotected = signed_in and must_add_second_factor()
    if not signed_in:
        return redirect(url_for("accounts.sign_in", next=asked_page()), 303)
    if current_session().last_used_at <= utcnow() - NOTED_EVERY:
        _note_use()
    if unprotected and not is_within(request.path, ACCOUNT):
        return redirect(url_for("accounts.second_factor", next=asked_page()), 303)
    return None


def _note_use() -> None:
    set_reading(False)
    try:
        note_use(current_session().id)
        db.session.commit()
    finally:
        set_reading(request.method in SAFE_METHODS)
