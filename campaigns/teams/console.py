"""Who works on a campaign and who on the site, and letting colleagues in anew."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts import pending
from campaigns.accounts.access import (
    audit,
    current_organiser,
    require_fresh,
    require_site_admin,
)
from campaigns.accounts.actions import Action
from campaigns.accounts.errors import (
    AccountError,
    AlreadyMember,
    LastAdmin,
    LastOwner,
    NotJoined,
    OrganiserUnknown,
    ResetOwnRequest,
    ResetRefused,
    SignInRefused,
    TooNew,
    UsernameInvalid,
    UsernameTaken,
)
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import (
    disable_organiser,
    give_role,
    make_site_admin,
    take_role,
    unmake_site_admin,
)
from campaigns.accounts.queries import (
    all_organisers,
    find_member,
    organiser_may,
    team_of,
)
from campaigns.accounts.resets import (
    approve_reset,
    open_requests,
    renew_link,
    request_reset,
    reset_by_admin,
)
from campaigns.accounts.roles import Role
from campaigns.accounts.team import add_to_team, invite_to_site, invite_to_team
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.models import Campaign
from campaigns.config import current_settings
from campaigns.db import db
from campaigns.teams.forms import NEW, MemberForm, OrganiserForm, RoleForm
from campaigns.teams.wording import ROLE_NAMES, ROLES
from campaigns.vault.keyring import unwrap, wrap
from campaigns.web.links import absolute_url

bp = Blueprint("teams", __name__, url_prefix="/console")

LINK = "link"
TEAM = "/campaigns/<slug>/team"
MEMBER = "/campaigns/<slug>/team/<int:organiser_id>"
ORGANISER = "/organisers/<int:organiser_id>"


@bp.get(TEAM)
def team(slug: str) -> str:
    """Who has which role in a campaign, and for owners what changes it."""
    return _team_page(entrusted_campaign(slug, Role.VIEWER), MemberForm(formdata=None))


@bp.post(TEAM)
def add_member(slug: str) -> Response | tuple[str, int]:
    """Take somebody into the team: by a link that is shown once, or by the name they have here."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    form = MemberForm()
    if not form.validate():
        return _team_page(campaign, form), 422
    try:
        organiser, token = _take_in(campaign, form)
    except AccountError as error:
        db.session.rollback()
        form.username.errors = [_why_not(error)]
        return _team_page(campaign, form), 422
    about = _about(organiser)
    if token:
        _hand_over(organiser, token)
        audit(Action.ORGANISER_ADDED, campaign.id, about)
    audit(Action.ROLE_GIVEN, campaign.id, about, role=form.role.data)
    db.session.commit()
    return redirect(url_for("teams.team", slug=slug), 303)


@bp.post(f"{MEMBER}/role")
def change_role(slug: str, organiser_id: int) -> Response | tuple[str, int]:
    """Give somebody of the team another role."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    member = find_member(campaign.id, organiser_id) or abort(404)
    form = RoleForm()
    if not form.validate():
        return _team_page(campaign, _refused(_("Choose a role."))), 422
    try:
        changed = give_role(member, campaign.id, Role(form.role.data))
    except (LastOwner, NotJoined) as error:
        return _team_refusal(campaign, error)
    if changed:
        audit(Action.ROLE_GIVEN, campaign.id, _about(member), role=form.role.data)
        db.session.commit()
        flash(_("The role is changed."))
    return redirect(url_for("teams.team", slug=slug), 303)


@bp.post(f"{MEMBER}/removal")
def remove_member(slug: str, organiser_id: int) -> Response | tuple[str, int]:
    """Take somebody out of the team; everybody may take out themselves."""
    leaving = organiser_id == current_organiser().id
    campaign = entrusted_campaign(slug, Role.VIEWER if leaving else Role.OWNER)
    if not leaving:
        require_fresh()
    member = find_member(campaign.id, organiser_id) or abort(404)
    try:
        take_role(member, campaign.id)
    except LastOwner as error:
        return _team_refusal(campaign, error)
    audit(Action.ROLE_TAKEN, campaign.id, _about(member))
    db.session.commit()
    flash(_("You have left the team.") if leaving else _("They are no longer in the team."))
    page = url_for("dashboard.start") if leaving else url_for("teams.team", slug=slug)
    return redirect(page, 303)


@bp.post(f"{MEMBER}/link")
def new_link(slug: str, organiser_id: int) -> Response | tuple[str, int]:
    """Make a new link for somebody this team invited and who never came."""
    return _let_in(slug, organiser_id, renew_link, Action.ORGANISER_INVITED)


@bp.post(f"{MEMBER}/reset")
def ask_reset(slug: str, organiser_id: int) -> Response | tuple[str, int]:
    """Ask that a colleague is let in anew, which another owner has to approve."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    member = find_member(campaign.id, organiser_id) or abort(404)
    try:
        request_reset(member, campaign.id, current_organiser())
    except (ResetRefused, TooNew) as error:
        return _team_refusal(campaign, error)
    audit(Action.RESET_REQUESTED, campaign.id, _about(member))
    db.session.commit()
    flash(_("Asked for. Another owner has to approve it within 24 hours."))
    return redirect(url_for("teams.team", slug=slug), 303)


@bp.post(f"{MEMBER}/reset/approval")
def approve(slug: str, organiser_id: int) -> Response | tuple[str, int]:
    """Let a colleague in anew whom another owner asked to."""

    def approved(member: Organiser, campaign_id: int) -> str:
        return approve_reset(member, campaign_id, current_organiser())

    return _let_in(slug, organiser_id, approved, Action.ORGANISER_RESET)


@bp.get("/organisers")
def organisers() -> str:
    """Everybody who may sign in to this site, for its admins."""
    require_site_admin()
    return _organisers_page(OrganiserForm(formdata=None))


@bp.post("/organisers")
def add_organiser() -> Response | tuple[str, int]:
    """Let somebody into the site by a link that is shown once."""
    require_site_admin()
    require_fresh()
    form = OrganiserForm()
    if not form.validate():
        return _organisers_page(form), 422
    try:
        organiser, token = invite_to_site(form.username.data, site_admin=form.site_admin.data)
    except AccountError as error:
        db.session.rollback()
        form.username.errors = [_why_not(error)]
        return _organisers_page(form), 422
    _hand_over(organiser, token)
    audit(Action.ORGANISER_ADDED, about=_about(organiser))
    if organiser.site_admin:
        audit(Action.SITE_ADMIN_MADE, about=_about(organiser))
    db.session.commit()
    return redirect(url_for("teams.organisers"), 303)


@bp.post(f"{ORGANISER}/disabling")
def disable(organiser_id: int) -> Response | tuple[str, int]:
    """Keep somebody out from this moment on."""
    return _change(organiser_id, disable_organiser, Action.ORGANISER_DISABLED, _("Disabled."))


@bp.post(f"{ORGANISER}/site-admin")
def make_admin(organiser_id: int) -> Response | tuple[str, int]:
    """Let somebody do everything in every campaign."""
    done = _("They are site admin now.")
    return _change(organiser_id, make_site_admin, Action.SITE_ADMIN_MADE, done)


@bp.post(f"{ORGANISER}/site-admin/removal")
def unmake_admin(organiser_id: int) -> Response | tuple[str, int]:
    """Leave somebody only what their roles allow."""
    done = _("They are no longer site admin.")
    return _change(organiser_id, unmake_site_admin, Action.SITE_ADMIN_UNMADE, done)


@bp.post(f"{ORGANISER}/reset")
def reset(organiser_id: int) -> Response | tuple[str, int]:
    """Let somebody in anew, a disabled one too."""

    def renewed(organiser: Organiser) -> None:
        _hand_over(organiser, reset_by_admin(organiser, current_organiser()))

    return _change(organiser_id, renewed, Action.ORGANISER_RESET, None)


def _take_in(campaign: Campaign, form: MemberForm) -> tuple[Organiser, str | None]:
    """Do what the form asks for; return whom it is about, and the token of their link if any."""
    role = Role(form.role.data)
    if form.account.data == NEW:
        return invite_to_team(form.username.data, campaign.id, role)
    return add_to_team(form.username.data, campaign.id, role), None


def _let_in(
    slug: str, organiser_id: int, operation: Callable[[Organiser, int], str], action: Action
) -> Response | tuple[str, int]:
    """Make a link for somebody of the team and show it once."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    member = find_member(campaign.id, organiser_id) or abort(404)
    try:
        token = operation(member, campaign.id)
    except (ResetRefused, SignInRefused, TooNew) as error:
        return _team_refusal(campaign, error)
    _hand_over(member, token)
    audit(action, campaign.id, _about(member))
    db.session.commit()
    return redirect(url_for("teams.team", slug=slug), 303)


def _change(
    organiser_id: int, operation: Callable[[Organiser], Any], action: Action, done: str | None
) -> Response | tuple[str, int]:
    """Do something with an account of the site; False from the operation means nothing to do."""
    require_site_admin()
    require_fresh()
    organiser = db.session.get(Organiser, organiser_id) or abort(404)
    try:
        changed = operation(organiser) is not False
    except AccountError as error:
        db.session.rollback()
        form = OrganiserForm(formdata=None)
        form.form_errors.append(_why_not(error))
        return _organisers_page(form), 409
    if changed:
        audit(action, about=_about(organiser))
        db.session.commit()
        if done:
            flash(done)
    return redirect(url_for("teams.organisers"), 303)


def _hand_over(organiser: Organiser, token: str) -> None:
    """Keep a link for the next page, which shows it once."""
    shown = [organiser.username, absolute_url("accounts.invitation", token=token)]
    kept = wrap(current_settings().keys_path, json.dumps(shown).encode(), _link_context())
    pending.keep_wrapped(LINK, kept)


def _link_to_show() -> list[str] | None:
    wrapped = pending.find_wrapped(LINK)
    pending.forget(LINK)
    if wrapped is None:
        return None
    shown: list[str] = json.loads(
        unwrap(current_settings().keys_path, wrapped, _link_context()).decode()
    )
    return shown


def _link_context() -> str:
    return f"link|{current_organiser().id}"


def _team_page(campaign: Campaign, form: MemberForm) -> str:
    return render_template(
        "teams/team.html",
        campaign=campaign,
        form=form,
        members=team_of(campaign.id),
        requests={it.organiser_id: it for it in open_requests(campaign.id)},
        owner=organiser_may(current_organiser(), campaign.id, Role.OWNER),
        roles=ROLES,
        role_names=ROLE_NAMES,
        link=_link_to_show(),
    )


def _organisers_page(form: OrganiserForm) -> str:
    return render_template(
        "teams/organisers.html",
        form=form,
        organisers=all_organisers(),
        link=_link_to_show(),
    )


def _team_refusal(campaign: Campaign, error: AccountError) -> tuple[str, int]:
    db.session.rollback()
    return _team_page(campaign, _refused(_why_not(error))), 409


def _refused(why: str) -> MemberForm:
    form = MemberForm(formdata=None)
    form.form_errors.append(why)
    return form


def _about(organiser: Organiser) -> str:
    return f"organiser:{organiser.id}"


def _why_not(error: AccountError) -> str:
    reasons: dict[type[AccountError], str] = {
        UsernameInvalid: _(
            "A user name is 2 to 40 letters and digits, with - _ or . after the first."
        ),
        UsernameTaken: _("This user name is taken: choose another."),
        OrganiserUnknown: _("Nobody who could be added has exactly this user name."),
        AlreadyMember: _("They are in the team already: change their role in the list."),
        NotJoined: _(
            "They were invited into another campaign and have not come yet: whoever holds their "
            "link would get these rights. Try again when they have chosen a password."
        ),
        LastOwner: _("A campaign needs an owner who can sign in: make somebody else owner first."),
        LastAdmin: _("The site needs an admin who can sign in: make somebody else admin first."),
        ResetOwnRequest: _("You asked for this one: another owner has to approve it."),
        TooNew: _(
            "Your own link was made, or your role given, less than three days ago: ask another "
            "owner."
        ),
        ResetRefused: _(
            "You cannot let them in anew: it is your own account, they are site admin, disabled or "
            "in campaigns you do not own, or nobody asked within a day. A site admin can do it."
        ),
        SignInRefused: _("The demo organiser's password is in a file: it is not reset."),
    }
    return reasons[type(error)]
