"""The `campaigns organiser` commands."""

import click
from flask.cli import with_appcontext

from campaigns.accounts.errors import SignInRefused, UsernameInvalid, UsernameTaken
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import (
    add_organiser,
    disable_organiser,
    invite_organiser,
    reset_organiser,
)
from campaigns.accounts.queries import find_organiser
from campaigns.accounts.usernames import canonical_username
from campaigns.config import current_settings
from campaigns.db import db


@click.group()
def organiser() -> None:
    """Let organisers in and keep them out."""


@organiser.command()
@click.argument("name")
@click.option("--site-admin", is_flag=True, help="May do everything in every campaign.")
@with_appcontext
def add(name: str, site_admin: bool) -> None:
    """Add the organiser NAME and print the link they choose their password with.

    The first one becomes site admin.
    """
    base_url = _base_url()
    try:
        added = add_organiser(name, site_admin=site_admin)
    except UsernameInvalid:
        raise click.ClickException(
            "A user name is 2 to 40 letters and digits, with - _ or . after the first."
        ) from None
    except UsernameTaken:
        raise click.ClickException("This user name is taken: choose another.") from None
    token = invite_organiser(added)
    described = f"{added.username}, site admin" if added.site_admin else added.username
    db.session.commit()
    click.echo(f"Added {described}.")
    _print_link(base_url, token)


@organiser.command()
@click.argument("name")
@with_appcontext
def disable(name: str) -> None:
    """Keep the organiser NAME out, from this moment on."""
    found = _find(name)
    disable_organiser(found)
    username = found.username
    db.session.commit()
    click.echo(f"Disabled {username}: signed out everywhere, and cannot sign in.")


@organiser.command()
@click.argument("name")
@with_appcontext
def reset(name: str) -> None:
    """Forget the password and the second factors of the organiser NAME; print a link to begin anew.

    They are signed out everywhere. A disabled organiser is let in again.
    """
    base_url = _base_url()
    found = _find(name)
    username, disabled = found.username, not found.active
    try:
        token = reset_organiser(found)
    except SignInRefused:
        raise click.ClickException(
            "The demo organiser's password is in instance/: it is not reset."
        ) from None
    db.session.commit()
    click.echo(f"Reset {username}{', who is no longer disabled' if disabled else ''}.")
    click.echo("Authenticator app, passkeys and recovery codes are forgotten too.")
    _print_link(base_url, token)


def _find(name: str) -> Organiser:
    try:
        found = find_organiser(canonical_username(name))
    except UsernameInvalid:
        found = None
    if found is None:
        raise click.ClickException("There is no organiser of this name.")
    return found


def _base_url() -> str:
    base_url = current_settings().base_url
    if base_url is None:
        raise click.ClickException(
            "CAMPAIGNS_BASE_URL is missing: set it to the public address, for the link."
        )
    return base_url


def _print_link(base_url: str, token: str) -> None:
    click.echo("This link works once, within 72 hours. Give it to nobody else:")
    click.echo(f"{base_url}/invitation/{token}")
