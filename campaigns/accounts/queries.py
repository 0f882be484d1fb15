"""Every read of this room that has a condition."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from campaigns.accounts.models import CampaignRole, Invitation, Organiser, Session
from campaigns.accounts.roles import Role
from campaigns.accounts.tokens import digest
from campaigns.db import db


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against outside any transaction, because hashing is slow."""

    organiser_id: int
    password_hash: str | None


def find_organiser(username: str) -> Organiser | None:
    """Return the organiser with this canonical user name, disabled ones too."""
    return db.session.scalar(select(Organiser).where(Organiser.username == username))


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


def is_live_session(organiser_id: int, token: str, now: datetime) -> bool:
    """Return whether this organiser's session was neither ended nor has lasted too long."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Session.token_digest == digest(token),
                    Session.organiser_id == organiser_id,
                    Session.expires_at > now,
                )
            )
        )
    )


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


def has_other_owner(organiser: Organiser, campaign_id: int) -> bool:
    """Return whether somebody else who is active may do in a campaign all that this one may."""
    owns = exists().where(
        CampaignRole.organiser_id == Organiser.id,
        CampaignRole.campaign_id == campaign_id,
        CampaignRole.role == Role.OWNER,
    )
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Organiser.id != organiser.id,
                    Organiser.active.is_(True),
                    Organiser.site_admin.is_(True) | owns,
                )
            )
        )
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
