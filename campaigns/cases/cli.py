"""What organisers may do in a campaign, on the command line."""

import click
from flask.cli import with_appcontext

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.accounts.errors import LastOwner, NotJoined, UsernameInvalid
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import give_role, take_role
from campaigns.accounts.queries import find_organiser
from campaigns.accounts.roles import Role
from campaigns.accounts.usernames import canonical_username
from campaigns.cases.queries import find_campaign
from campaigns.db import db

NONE = "none"


@click.command("role")
@click.argument("name")
@click.argument("slug")
@click.argument("role", type=click.Choice([*(role.value for role in reversed(Role)), NONE]))
@with_appcontext
def change_role(name: str, slug: str, role: str) -> None:
    """Let the organiser NAME do in the campaign SLUG what ROLE allows; none for nothing more."""
    organiser, campaign = _find(name), find_campaign(slug)
    if campaign is None:
        raise click.ClickException(f"There is no campaign “{slug}”.")
    about, username = f"organiser:{organiser.id}", organiser.username
    try:
        if role == NONE:
            if take_role(organiser, campaign.id):
                record_entry(Action.ROLE_TAKEN, campaign_id=campaign.id, about=about)
        elif give_role(organiser, campaign.id, Role(role), at_once=True):
            detail = {"role": role}
            record_entry(Action.ROLE_GIVEN, campaign_id=campaign.id, about=about, detail=detail)
    except LastOwner:
        raise click.ClickException(
            f"{username} is the last owner of {slug}: give it another one first."
        ) from None
    except NotJoined:
        raise click.ClickException(
            f"{username} was invited into another campaign and has not come yet: whoever holds the "
            "link would get this role. “campaigns organiser reset” makes another link, for them; "
            "give the role when they have chosen a password."
        ) from None
    db.session.commit()
    click.echo(f"{username} has {'no role' if role == NONE else f'the role {role}'} in {slug}.")


def _find(name: str) -> Organiser:
    try:
        found = find_organiser(canonical_username(name))
    except UsernameInvalid:
        found = None
    if found is None:
        raise click.ClickException("There is no organiser of this name.")
    return found
