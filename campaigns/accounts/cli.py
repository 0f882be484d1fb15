"""The `campaigns organiser` and `campaigns audit` commands."""

import sys

import click
from flask.cli import with_appcontext

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import audit_key, heads_path, record_entry
from campaigns.accounts.errors import (
    LastAdmin,
    LastOwner,
    SignInRefused,
    UsernameInvalid,
    UsernameTaken,
)
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import (
    add_organiser,
    disable_organiser,
    invite_organiser,
    reset_organiser,
)
from campaigns.accounts.queries import find_organiser
from campaigns.accounts.usernames import canonical_username
from campaigns.accounts.verifying import TrailBroken, count_entries, verify_trail
from campaigns.config import current_settings
from campaigns.db import db

FEW_ENTRIES = 10_000


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
    record_entry(Action.ORGANISER_ADDED, about=f"organiser:{added.id}")
    if added.site_admin:
        record_entry(Action.SITE_ADMIN_MADE, about=f"organiser:{added.id}")
    db.session.commit()
    click.echo(f"Added {described}.")
    _print_link(base_url, token)


@organiser.command()
@click.argument("name")
@with_appcontext
def disable(name: str) -> None:
    """Keep the organiser NAME out, from this moment on."""
    found = _find(name)
    try:
        disable_organiser(found)
    except LastOwner:
        raise click.ClickException(
            "They are the last owner of a campaign: give it another one first, by “campaigns "
            "organiser role NAME SLUG owner”. To lock them out at once, reset them."
        ) from None
    except LastAdmin:
        raise click.ClickException(
            "They are the last site admin: add another one first, by “campaigns organiser add NAME "
            "--site-admin”. To lock them out at once, reset them."
        ) from None
    username = found.username
    record_entry(Action.ORGANISER_DISABLED, about=f"organiser:{found.id}")
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
    # Whoever has the machine needs no second person.
    found.second_from = None
    record_entry(Action.ORGANISER_RESET, about=f"organiser:{found.id}")
    db.session.commit()
    click.echo(f"Reset {username}{', who is no longer disabled' if disabled else ''}.")
    click.echo("Authenticator app, passkeys and recovery codes are forgotten too.")
    _print_link(base_url, token)


@click.group()
def audit() -> None:
    """Look after the record of what organisers did."""


@audit.command()
@with_appcontext
def verify() -> None:
    """Check that no entry was changed, taken out, moved, put in or cut off the end."""
    length = count_entries()
    hidden = length < FEW_ENTRIES or not sys.stderr.isatty()
    bar = click.progressbar(length=length, label="Checking", file=sys.stderr, hidden=hidden)
    try:
        with bar:
            trail = verify_trail(audit_key(current_settings().keys_path), heads_path(), bar.update)
    except TrailBroken as broken:
        raise click.ClickException(str(broken)) from None
    if trail.torn_lines:
        click.echo(f"Lines of {heads_path()} that are not whole: {trail.torn_lines}.", err=True)
    click.echo(f"{trail.entries} {'entry' if trail.entries == 1 else 'entries'}, whole.")


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
