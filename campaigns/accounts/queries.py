"""Every read of this room that has a condition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from campaigns.accounts.models import (
    CampaignRole,
    Invitation,
    Organiser,
    Passkey,
    RecoveryCode,
    Session,
    Totp,
)
from campaigns.accounts.roles import Role
from campaigns.accounts.tokens import digest
from campaigns.db import db, utcnow


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against outside any transaction, because hashing is slow."""

    organiser_id: int
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What is known of the session a request belongs to."""

    id: int
    last_used_at: datetime
    verified_at: datetime
    second_factor: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """What an organiser has besides a password."""

    totp: bool
    passkeys: int
    recovery_codes: int

    def __bool__(self) -> bool:
        return self.totp or self.passkeys > 0


def find_organiser(username: str) -> Organiser | None:
    """Return the organiser with this canonical user name, disabled ones too."""
    return db.session.scalar(select(Organiser).where(Organiser.username == username))


def find_by_uniquifier(uniquifier: str) -> Organiser | None:
    """Return the active organiser who stands for this in sessions."""
    return db.session.scalar(
        select(Organiser).where(Organiser.fs_uniquifier == uniquifier, Organiser.active.is_(True))
    )


def credentials_of(username: str) -> Credentials | None:
    """Return what the sign-in of an active organiser is checked against."""
    row = db.session.execute(
        select(Organiser.id, Organiser.password).where(
            Organiser.username == username, Organiser.active.is_(True)
        )
    ).one_or_none()
    return Credentials(*row) if row else None


def has_site_admin(*, besides: str) -> bool:
    """Return whether there is an active site admin other than the one of this user name."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Organiser.site_admin.is_(True),
                    Organiser.active.is_(True),
                    Organiser.username != besides,
                )
            )
        )
    )


def credentials_by_id(organiser_id: int) -> Credentials | None:
    """Return what the second step of an active organiser's sign-in is checked against."""
    row = db.session.execute(
        select(Organiser.id, Organiser.password).where(
            Organiser.id == organiser_id, Organiser.active.is_(True)
        )
    ).one_or_none()
    return Credentials(*row) if row else None


def live_session(
    organiser_id: int, token: str, now: datetime, idle: timedelta
) -> LiveSession | None:
    """Return an organiser's session that was not ended, nor idle so long, nor too old."""
    row = db.session.execute(
        select(Session.id, Session.last_used_at, Session.verified_at, Session.second_factor).where(
            Session.token_digest == digest(token),
            Session.organiser_id == organiser_id,
            Session.expires_at > now,
            Session.last_used_at > now - idle,
        )
    ).one_or_none()
    return LiveSession(*row) if row else None


def live_sessions(organiser_id: int, now: datetime, idle: timedelta) -> Sequence[Session]:
    """Return an organiser's sessions that are still good, the last used first."""
    return db.session.scalars(
        select(Session)
        .where(
            Session.organiser_id == organiser_id,
            Session.expires_at > now,
            Session.last_used_at > now - idle,
        )
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    ).all()


def factors_of(organiser_id: int) -> Factors:
    """Return which second factors an organiser has."""
    totp, passkeys, codes = (
        select(func.count()).select_from(model).where(model.organiser_id == organiser_id)
        for model in (Totp, Passkey, RecoveryCode)
    )
    row = db.session.execute(
        select(totp.scalar_subquery(), passkeys.scalar_subquery(), codes.scalar_subquery())
    ).one()
    return Factors(bool(row[0]), row[1], row[2])


def totp_of(organiser_id: int) -> Totp | None:
    """Return what an organiser's authenticator app shares with this site."""
    return db.session.scalar(select(Totp).where(Totp.organiser_id == organiser_id))


def passkeys_of(organiser_id: int) -> Sequence[Passkey]:
    """Return an organiser's passkeys, in the order they were added."""
    return db.session.scalars(
        select(Passkey).where(Passkey.organiser_id == organiser_id).order_by(Passkey.id)
    ).all()


def find_passkey(organiser_id: int, passkey_id: int) -> Passkey | None:
    """Return one of an organiser's passkeys."""
    return db.session.scalar(
        select(Passkey).where(Passkey.organiser_id == organiser_id, Passkey.id == passkey_id)
    )


def passkey_by_credential(credential_id: bytes) -> Passkey | None:
    """Return the passkey with this id, whoever's it is."""
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation a link stands for, used and expired ones too."""
    return db.session.scalar(select(Invitation).where(Invitation.token_digest == digest(token)))


def role_in(organiser: Organiser, campaign_id: int) -> Role | None:
    """Return an organiser's role in a campaign; a site admin has every campaign's highest."""
    if organiser.site_admin:
        return Role.OWNER
    return db.session.scalar(
        select(CampaignRole.role).where(
            CampaignRole.organiser_id == organiser.id, CampaignRole.campaign_id == campaign_id
        )
    )


def organiser_may(organiser: Organiser, campaign_id: int, needed: Role) -> bool:
    """Return whether an organiser may do in a campaign what needs this role."""
    role = role_in(organiser, campaign_id)
    return role is not None and role.includes(needed)


def visible_campaign_ids(organiser: Organiser) -> set[int] | None:
    """Return the campaigns an organiser may see in lists; None stands for all of them."""
    if organiser.site_admin:
        return None
    return set(
        db.session.scalars(
            select(CampaignRole.campaign_id).where(CampaignRole.organiser_id == organiser.id)
        )
    )


def is_second_person(organiser: Organiser, campaign_id: int) -> bool:
    """Return whether an organiser counts where two owners of a campaign have to agree.

    That is who is active and owns it, or is site admin, and was not made so just now.
    """
    one = exists().where(Organiser.id == organiser.id, _counts_as_second(campaign_id))
    return bool(db.session.scalar(select(one)))


def has_other_owner(organiser: Organiser, campaign_id: int) -> bool:
    """Return whether somebody else counts as a second person in a campaign."""
    other = exists().where(Organiser.id != organiser.id, _counts_as_second(campaign_id))
    return bool(db.session.scalar(select(other)))


def _counts_as_second(campaign_id: int) -> ColumnElement[bool]:
    now = utcnow()
    owns = exists().where(
        CampaignRole.organiser_id == Organiser.id,
        CampaignRole.campaign_id == campaign_id,
        CampaignRole.role == Role.OWNER,
        or_(CampaignRole.second_from.is_(None), CampaignRole.second_from <= now),
    )
    return and_(
        Organiser.active.is_(True),
        or_(Organiser.second_from.is_(None), Organiser.second_from <= now),
        Organiser.site_admin.is_(True) | owns,
    )


def roles_by_campaign(organiser: Organiser) -> dict[int, Role]:
    """Return the roles an organiser was given; a site admin may do everything without any."""
    rows = db.session.execute(
        select(CampaignRole.campaign_id, CampaignRole.role).where(
            CampaignRole.organiser_id == organiser.id
        )
    )
    return {row[0]: row[1] for row in rows}


def count_owners(campaign_id: int) -> int:
    """Return how many owners a campaign has who are active or invited."""
    query = (
        select(func.count())
        .select_from(CampaignRole)
        .join(Organiser, Organiser.id == CampaignRole.organiser_id)
        .where(
            CampaignRole.campaign_id == campaign_id,
            CampaignRole.role == Role.OWNER,
            Organiser.active.is_(True),
        )
    )
    return db.session.scalar(query) or 0


def find_role(organiser_id: int, campaign_id: int) -> CampaignRole | None:
    """Return the row of an organiser's role in a campaign."""
    return db.session.scalar(
        select(CampaignRole).where(
            CampaignRole.organiser_id == organiser_id, CampaignRole.campaign_id == campaign_id
        )
    )


def find_member(campaign_id: int, organiser_id: int) -> Organiser | None:
    """Return an organiser who has a role in a campaign."""
    return db.session.scalar(
        select(Organiser)
        .join(CampaignRole, CampaignRole.organiser_id == Organiser.id)
        .where(CampaignRole.campaign_id == campaign_id, Organiser.id == organiser_id)
    )


@dataclass(frozen=True, slots=True)
class Member:
    """An organiser, and in a team what they may do there."""

    id: int
    username: str
    active: bool
    site_admin: bool
    joined: bool
    # Whether they have ever chosen a password.
    created_at: datetime
    invited_for: int | None
    role: Role | None = None
    given_at: datetime | None = None


def team_of(campaign_id: int) -> Sequence[Member]:
    """Return who has a role in a campaign: owners first, then by user name."""
    rows: Iterable[Any] = db.session.execute(
        select(*_of_member(), CampaignRole.role, CampaignRole.given_at)
        .join(CampaignRole, CampaignRole.organiser_id == Organiser.id)
        .where(CampaignRole.campaign_id == campaign_id)
        .order_by(Organiser.username)
    )
    return sorted((Member(*row) for row in rows), key=_rank)


def all_organisers() -> Sequence[Member]:
    """Return every organiser of the site, disabled ones last."""
    rows = db.session.execute(
        select(*_of_member()).order_by(Organiser.active.desc(), Organiser.username)
    )
    return [Member(*row) for row in rows]


def has_joined() -> ColumnElement[bool]:
    """Return the condition for who has ever chosen a password."""
    used = exists().where(Invitation.organiser_id == Organiser.id, Invitation.used_at.is_not(None))
    return or_(Organiser.password.is_not(None), used)


def find_waiting(organiser_id: int, campaign_id: int) -> Organiser | None:
    """Return an organiser whom an owner of this campaign invited and who never came."""
    return db.session.scalar(
        select(Organiser).where(
            Organiser.id == organiser_id,
            Organiser.active.is_(True),
            Organiser.invited_for == campaign_id,
            ~has_joined(),
        )
    )


def is_waiting(organiser: Organiser) -> bool:
    """Return whether a campaign's owner invited somebody who never came: the link is theirs."""
    return organiser.invited_for is not None and not db.session.scalar(
        select(exists().where(Organiser.id == organiser.id, has_joined()))
    )


def usernames() -> dict[int, str]:
    """Return the user name of every organiser, disabled ones too, in their order."""
    rows = db.session.execute(select(Organiser.id, Organiser.username).order_by(Organiser.username))
    return {row.id: row.username for row in rows}


def campaigns_of(organiser_id: int) -> set[int]:
    """Return the campaigns an organiser has a role in."""
    return set(
        db.session.scalars(
            select(CampaignRole.campaign_id).where(CampaignRole.organiser_id == organiser_id)
        )
    )


def _of_member() -> tuple[Any, ...]:
    return (
        Organiser.id,
        Organiser.username,
        Organiser.active,
        Organiser.site_admin,
        has_joined(),
        Organiser.created_at,
        Organiser.invited_for,
    )


def _rank(member: Member) -> int:
    return -list(Role).index(member.role) if member.role else 1
