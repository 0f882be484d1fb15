"""What is done to accounts."""

import secrets
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.accounts.errors import (
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
    NotJoined,
    SignInRefused,
    UsernameTaken,
)
from campaigns.accounts.models import (
    CampaignRole,
    Invitation,
    Organiser,
    Passkey,
    RecoveryCode,
    ResetRequest,
    Session,
    Totp,
)
from campaigns.accounts.ownership import (
    DEMO_USERNAME,
    keep_an_admin,
    keep_an_owner,
    keep_owners,
)
from campaigns.accounts.passwords import hash_of
from campaigns.accounts.queries import (
    Credentials,
    find_invitation,
    find_organiser,
    find_role,
    has_site_admin,
    is_waiting,
)
from campaigns.accounts.roles import Role
from campaigns.accounts.tokens import digest, new_token
from campaigns.accounts.usernames import canonical_username
from campaigns.db import db, utcnow
from campaigns.vault.keyring import write_private_file

INVITATION_LASTS = timedelta(hours=72)
# NIST SP 800-63B-4, section 2.2.3 allows 24 hours at this level; half a day is a long evening.
SESSION_LASTS = timedelta(hours=12)
# Long enough for somebody to look at the team or the audit trail.
SECOND_AFTER = timedelta(days=3)
# The same section: an hour without a request ends a session.
IDLE_FOR = timedelta(hours=1)


def add_organiser(
    typed: str, *, site_admin: bool = False, invited_for: int | None = None
) -> Organiser:
    """Add an organiser who cannot sign in before using an invitation.

    The first of an installation becomes site admin, or nobody could create a campaign; but nobody
    whom the owner of a campaign, `invited_for`, adds. Raises UsernameInvalid and UsernameTaken.
    """
    username = canonical_username(typed)
    if username == DEMO_USERNAME:
        raise UsernameTaken
    first = invited_for is None and not has_site_admin(besides=DEMO_USERNAME)
    try:
        with db.session.begin_nested():
            organiser = Organiser(
                username=username, site_admin=site_admin or first, invited_for=invited_for
            )
            db.session.add(organiser)
    except IntegrityError:
        raise UsernameTaken from None
    return organiser


def invite_organiser(organiser: Organiser) -> str:
    """Return the token of a link that sets this organiser's password; earlier links end."""
    _end_invitations(organiser)
    token = new_token()
    db.session.add(
        Invitation(
            organiser_id=organiser.id,
            token_digest=digest(token),
            expires_at=utcnow() + INVITATION_LASTS,
        )
    )
    db.session.flush()
    return token


def count_as_second_later(organiser: Organiser) -> None:
    """Have somebody whose link one person hands out count as a second person only after a while."""
    organiser.second_from = utcnow() + SECOND_AFTER


def disable_organiser(organiser: Organiser) -> None:
    """Keep an organiser out from this moment on. Raises LastOwner and LastAdmin."""
    keep_an_admin(organiser.id)
    keep_owners(organiser.id)
    organiser.active = False
    _end_invitations(organiser)
    end_all_sessions(organiser)


def reset_organiser(organiser: Organiser) -> str:
    """Forget an organiser's password and second factors, end every session and invite anew.

    Disabled ones too.

    Returns the token of the invitation. Raises SignInRefused for the demo's organiser, whose
    password is kept in a file.
    """
    if organiser.username == DEMO_USERNAME:
        raise SignInRefused
    organiser.active = True
    organiser.password = None
    # First, so that whoever adds something in one of them has done it by now, or will not.
    end_all_sessions(organiser)
    for model in (Totp, Passkey, RecoveryCode):
        db.session.execute(delete(model).where(model.organiser_id == organiser.id))
    return invite_organiser(organiser)


def accept_invitation(token: str, password_hash: str) -> Credentials:
    """Set the password of the organiser a link was made for, once however often it is used.

    Raises InvitationUnknown, InvitationUsed and InvitationExpired.
    """
    invitation = usable_invitation(token)
    now = utcnow()
    used = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.organiser_id)
    ).scalar()
    if used is None:
        raise InvitationUsed
    organiser = db.session.get_one(Organiser, used)
    organiser.password = password_hash
    end_all_sessions(organiser)
    return Credentials(organiser.id, password_hash)


def usable_invitation(token: str) -> Invitation:
    """Return the invitation of a link that can still set a password.

    Raises InvitationUnknown, InvitationUsed and InvitationExpired.
    """
    invitation = find_invitation(token)
    if invitation is None:
        raise InvitationUnknown
    if invitation.used_at is not None:
        raise InvitationUsed
    if invitation.expires_at <= utcnow() or not invitation.organiser.active:
        raise InvitationExpired
    return invitation


def open_session(
    credentials: Credentials,
    *,
    demo: bool,
    second_factor: bool = False,
    browser: str = "",
    system: str = "",
) -> tuple[Organiser, str]:
    """Begin the session of an organiser who was just found to be the one; return its token.

    `demo` says whether this installation lets the demo's organiser in, `second_factor` whether more
    than the password was asked for. Raises SignInRefused, also when the account was disabled or its
    password changed while the hash was computed.
    """
    organiser = db.session.scalar(
        select(Organiser).where(
            Organiser.id == credentials.organiser_id,
            Organiser.password.is_not(None),
            Organiser.password == credentials.password_hash,
            Organiser.active.is_(True),
        )
    )
    if organiser is None or (organiser.username == DEMO_USERNAME and not demo):
        raise SignInRefused
    now, token = utcnow(), new_token()
    db.session.execute(
        delete(Session).where(
            Session.organiser_id == organiser.id,
            (Session.expires_at <= now) | (Session.last_used_at <= now - IDLE_FOR),
        )
    )
    db.session.add(
        Session(
            organiser_id=organiser.id,
            token_digest=digest(token),
            created_at=now,
            last_used_at=now,
            verified_at=now,
            expires_at=now + SESSION_LASTS,
            second_factor=second_factor,
            browser=browser,
            system=system,
        )
    )
    db.session.flush()
    return organiser, token


def note_use(session_id: int) -> None:
    """Let a session's idle time begin anew."""
    db.session.execute(
        update(Session).where(Session.id == session_id).values(last_used_at=utcnow())
    )


def note_verified(session_id: int) -> None:
    """Note that whoever uses a session has just been asked for the password again."""
    db.session.execute(update(Session).where(Session.id == session_id).values(verified_at=utcnow()))


def note_second_factor(organiser: Organiser, session_id: int) -> None:
    """Note that a second factor was just shown in a session; end the organiser's that had none."""
    db.session.execute(update(Session).where(Session.id == session_id).values(second_factor=True))
    db.session.execute(
        delete(Session).where(
            Session.organiser_id == organiser.id, Session.second_factor.is_(False)
        )
    )


def hold_session(organiser_id: int, session_id: int) -> bool:
    """Keep a session from being ended until the transaction ends; return whether it goes on.

    Call it before anything that is to last longer than the session, first in the transaction.
    """
    # The account before the session, as whatever ends all sessions locks them.
    db.session.execute(select(Organiser.id).where(Organiser.id == organiser_id).with_for_update())
    held = select(Session.id).where(Session.id == session_id, Session.organiser_id == organiser_id)
    return db.session.scalar(held.with_for_update()) is not None


def change_password(credentials: Credentials, password_hash: str) -> Credentials:
    """Set another password and end every session; return what a new one is begun with.

    Raises SignInRefused when the password is not any more the one that was typed.
    """
    organiser = db.session.get_one(Organiser, credentials.organiser_id, populate_existing=True)
    if organiser.password != credentials.password_hash:
        raise SignInRefused
    organiser.password = password_hash
    _end_invitations(organiser)
    end_all_sessions(organiser)
    return Credentials(organiser.id, password_hash)


def end_session_of(organiser: Organiser, session_id: int) -> bool:
    """End one of an organiser's sessions; return whether there was such a one."""
    return (
        db.session.execute(
            delete(Session)
            .where(Session.id == session_id, Session.organiser_id == organiser.id)
            .returning(Session.id)
        ).scalar()
        is not None
    )


def end_other_sessions(organiser: Organiser, session_id: int) -> int:
    """End all of an organiser's sessions but this one; return how many ended."""
    ended = db.session.execute(
        delete(Session)
        .where(Session.organiser_id == organiser.id, Session.id != session_id)
        .returning(Session.id)
    )
    return len(ended.all())


def end_session(token: str) -> None:
    """End one session, whoever holds its cookie."""
    db.session.execute(delete(Session).where(Session.token_digest == digest(token)))


def end_all_sessions(organiser: Organiser) -> None:
    """End every session of an organiser."""
    organiser.fs_uniquifier = secrets.token_hex(32)
    db.session.flush()
    db.session.execute(delete(Session).where(Session.organiser_id == organiser.id))


def end_everybodys_sessions() -> None:
    """Sign every organiser out: sessions of a backup may have been ended since."""
    db.session.execute(delete(Session).execution_options(synchronize_session=False))


def give_role(organiser: Organiser, campaign_id: int, role: Role, *, at_once: bool = False) -> bool:
    """Let an organiser do in a campaign what this role allows, instead of what they may now.

    By it they count as a second person after a while, or `at_once`, when nobody gave it who could
    have it approve what they do themselves.

    Returns whether that is a change. Raises LastOwner, and NotJoined for whom the owner of another
    campaign invited.
    """
    if role is not Role.OWNER:
        keep_an_owner(organiser.id, campaign_id)
    row = find_role(organiser.id, campaign_id)
    more = row is None or not row.role.includes(role)
    if more and organiser.invited_for != campaign_id and is_waiting(organiser):
        raise NotJoined
    if row is None:
        row = CampaignRole(organiser_id=organiser.id, campaign_id=campaign_id, role=role)
        db.session.add(row)
    elif row.role == role and not (at_once and row.second_from):
        return False
    row.role, row.given_at = role, utcnow()
    row.second_from = None if at_once else row.given_at + SECOND_AFTER
    db.session.flush()
    return True


def take_role(organiser: Organiser, campaign_id: int) -> bool:
    """Let an organiser do nothing in a campaign any more. Raises LastOwner.

    Returns whether they could do anything.
    """
    keep_an_owner(organiser.id, campaign_id)
    row = find_role(organiser.id, campaign_id)
    if row is None:
        return False
    db.session.delete(row)
    db.session.flush()
    return True


def forget_roles(campaign_id: int) -> None:
    """Forget who may do what in a campaign that is being deleted."""
    for model in (CampaignRole, ResetRequest):
        db.session.execute(delete(model).where(model.campaign_id == campaign_id))


def make_site_admin(organiser: Organiser) -> bool:
    """Let an organiser do everything in every campaign; return whether they could not before.

    Raises NotJoined for whom the owner of a campaign invited.
    """
    if is_waiting(organiser):
        raise NotJoined
    changed = not organiser.site_admin
    organiser.site_admin = True
    if changed:
        count_as_second_later(organiser)
    db.session.flush()
    return changed


def unmake_site_admin(organiser: Organiser) -> bool:
    """Leave an organiser only what their roles allow; return whether that is a change.

    Raises LastAdmin.
    """
    keep_an_admin(organiser.id)
    changed = organiser.site_admin
    organiser.site_admin = False
    db.session.flush()
    return changed


def ensure_demo_organiser(password_file: Path) -> str:
    """Let `demo`, a site admin, in with the password of this file, which is made when missing.

    Returns the password. For development only: `open_session` lets `demo` in nowhere else.
    """
    if not password_file.exists():
        write_private_file(password_file, secrets.token_urlsafe(12) + "\n")
    password = password_file.read_text(encoding="utf-8").strip()
    password_hash = hash_of(password)
    organiser = find_organiser(DEMO_USERNAME)
    if organiser is None:
        organiser = Organiser(username=DEMO_USERNAME)
        db.session.add(organiser)
    organiser.password = password_hash
    organiser.site_admin = organiser.active = True
    db.session.flush()
    return password


def _end_invitations(organiser: Organiser) -> None:
    now = utcnow()
    db.session.execute(
        update(Invitation)
        .where(Invitation.organiser_id == organiser.id, Invitation.used_at.is_(None))
        .where(Invitation.expires_at > now)
        .values(expires_at=now)
    )
