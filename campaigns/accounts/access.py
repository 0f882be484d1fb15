"""Who is signed in, and what they may do: for the consoles of all rooms."""

from datetime import timedelta
from typing import Any, cast

from flask import abort, g, request, session
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import Forbidden

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.accounts.browsers import family_of
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import end_session, hold_session, open_session
from campaigns.accounts.ownership import DEMO_USERNAME
from campaigns.accounts.queries import Credentials, LiveSession, role_in
from campaigns.accounts.roles import Role
from campaigns.config import current_settings
from campaigns.db import utcnow

TOKEN = "token"  # noqa: S105 - the name of a place, not a secret
FRESH_FOR = timedelta(minutes=15)


class RoleTooLow(Forbidden):
    """An organiser may see this campaign, but their role in it does not allow what they asked."""


class NotFresh(Forbidden):
    """What was asked for is dangerous, and nobody has typed the password for a while."""


class SecondFactorMissing(Forbidden):
    """What was asked for is only for those who have signed in with a second factor."""


class SessionEnded(Forbidden):
    """The session was ended while it was used, as by a reset: what it was doing is not done."""


def current_organiser() -> Organiser:
    """Return who is signed in; below /console there always is somebody."""
    return cast(Organiser, current_user._get_current_object())


def current_session() -> LiveSession:
    """Return what was known of this request's session when the request came."""
    return cast(LiveSession, g.live_session)


def require_campaign_role(campaign_id: int, needed: Role) -> None:
    """Let only those go on who may do in this campaign what needs this role.

    To others the campaign looks missing (404); whoever sees it but may not do this gets 403.
    """
    role = role_in(current_organiser(), campaign_id)
    if role is None:
        abort(404)
    if not role.includes(needed):
        raise RoleTooLow


def require_site_admin() -> None:
    """Let only site admins go on; to others the page looks missing (404)."""
    if not current_organiser().site_admin:
        abort(404)


def require_fresh() -> None:
    """Let only those go on who have shown in the last 15 minutes who they are.

    Call it after asking for the role, in the GET and in the POST of what is dangerous. Others are
    asked for their password, and come back: a GET by itself, a POST by a link (403).
    """
    if current_session().verified_at <= utcnow() - FRESH_FOR:
        raise NotFresh


def require_second_factor() -> None:
    """Let only those go on who signed in with a second factor; others are told to set one up."""
    if not (current_session().second_factor or _is_demo()):
        raise SecondFactorMissing


def require_session_still() -> None:
    """Let only those go on whose session was not ended since the request came.

    Call it before adding what lets somebody in, first in the transaction: until its end nobody can
    end the session, and a reset finds what was added.
    """
    if not hold_session(current_organiser().id, current_session().id):
        raise SessionEnded


def must_add_second_factor() -> bool:
    """Return whether who is signed in may do nothing before setting up a second factor."""
    admin = current_organiser().site_admin
    return admin and not current_session().second_factor and not _is_demo()


def sign_in(credentials: Credentials, factor: str | None = None) -> None:
    """Begin a session of its own for an organiser who was just found to be the one; audit it.

    `factor` is what was asked for besides the password, or instead of it. Nothing of the browser's
    session before lives on. Raises SignInRefused. Call it last, as `audit`.
    """
    organiser = _begin_session(credentials, second_factor=factor is not None)
    record_entry(
        Action.SIGNED_IN, organiser_id=organiser.id, detail={"factor": factor or "password"}
    )


def renew_session(credentials: Credentials) -> None:
    """Go on in a new session after all of an organiser's were ended, with what the old one had."""
    _begin_session(credentials, second_factor=current_session().second_factor)


def audit(
    action: Action, campaign: int | None = None, about: str | None = None, **detail: Any
) -> None:
    """Record what who is signed in has just done; see `audit.record_entry`. Call it last."""
    record_entry(
        action,
        organiser_id=current_organiser().id,
        campaign_id=campaign,
        about=about,
        detail=detail,
    )


def sign_out() -> None:
    """End the session on the server, so that a copy of its cookie is worth nothing."""
    organiser_id = current_organiser().id if current_user.is_authenticated else None
    if token := session.get(TOKEN):
        end_session(token)
    logout_user()
    session.clear()
    if organiser_id is not None:
        record_entry(Action.SIGNED_OUT, organiser_id=organiser_id)


def leave_session() -> None:
    """Begin the browser's session anew, with another token for its forms; end the one before."""
    if earlier := session.get(TOKEN):
        end_session(earlier)
    session.clear()
    g.pop("csrf_token", None)


def _begin_session(credentials: Credentials, *, second_factor: bool) -> Organiser:
    browser, system = family_of(request.user_agent.string)
    organiser, token = open_session(
        credentials,
        demo=current_settings().development,
        second_factor=second_factor,
        browser=browser,
        system=system,
    )
    leave_session()
    login_user(organiser)
    # Flask-Login puts a hash of the address and the browser there, which nobody here reads.
    session.pop("_id", None)
    session[TOKEN] = token
    session.permanent = True
    return organiser


def _is_demo() -> bool:
    return current_settings().development and current_organiser().username == DEMO_USERNAME
