"""Bringing organisers into the team of a campaign, and into the site."""

from campaigns.accounts.errors import AlreadyMember, OrganiserUnknown, UsernameInvalid
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import (
    add_organiser,
    count_as_second_later,
    give_role,
    invite_organiser,
)
from campaigns.accounts.queries import find_organiser, find_role
from campaigns.accounts.roles import Role
from campaigns.accounts.usernames import canonical_username


def invite_to_team(typed: str, campaign_id: int, role: Role) -> tuple[Organiser, str]:
    """Make an account for somebody an owner invites; return it and the token of its link.

    Raises UsernameInvalid and UsernameTaken.
    """
    organiser = add_organiser(typed, invited_for=campaign_id)
    count_as_second_later(organiser)
    give_role(organiser, campaign_id, role)
    return organiser, invite_organiser(organiser)


def add_to_team(typed: str, campaign_id: int, role: Role) -> Organiser:
    """Give a role to somebody who has an account, by the exact user name.

    Raises OrganiserUnknown, for disabled ones too, AlreadyMember and NotJoined.
    """
    try:
        organiser = find_organiser(canonical_username(typed))
    except UsernameInvalid:
        organiser = None
    if organiser is None or not organiser.active:
        raise OrganiserUnknown
    if find_role(organiser.id, campaign_id) is not None:
        raise AlreadyMember
    give_role(organiser, campaign_id, role)
    return organiser


def invite_to_site(typed: str, *, site_admin: bool) -> tuple[Organiser, str]:
    """Make an account for somebody a site admin invites; return it and the token of its link.

    Raises UsernameInvalid and UsernameTaken.
    """
    organiser = add_organiser(typed, site_admin=site_admin)
    count_as_second_later(organiser)
    return organiser, invite_organiser(organiser)
