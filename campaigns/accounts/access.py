"""Who is signed in, and what they may do: for the consoles of all rooms."""

from typing import Any, cast

from flask import abort, g, session
from flask_security import current_user, login_user, logout_user
from werkzeug.exceptions import Forbidden

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import end_session, open_session
from campaigns.accounts.queries import Credentials, role_in
from campaigns.accounts.roles import Role
from campaigns.config import current_settings

TOKEN = "token"  # noqa: S105 - the name of a place, not a secret


class RoleTooLow(Forbidden):
    """An organiser may see this campaign, but their role in it does not allow what they asked."""


def current_organiser() -> Organiser:
    """Return who is signed in; below /console there always is somebody."""
    return cast(Organiser, current_user._get_current_object())


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


def sign_in(credentials: Credentials) -> None:
    """Begin a session of its own for an organiser whose password was just found right.

    Nothing of the browser's session before lives on. Raises SignInRefused.
    """
    if earlier := session.get(TOKEN):
        end_session(earlier)
    organiser, token = open_session(credentials, demo=current_settings().development)
    session.clear()
    g.pop("csrf_token", None)
    login_user(organiser, remember=False, authn_via=["password"])
    # Flask-Login puts a hash of the address and the browser there, which nobody here reads.
    session.pop("_id", None)
    session[TOKEN] = token
    session.permanent = True


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
    if token := session.get(TOKEN):
        end_session(token)
    logout_user()
    session.clear()
