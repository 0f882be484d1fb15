"""Keys on the command line."""

from pathlib import Path

import click
import segno

from campaigns.vault.operations import RECOVERY_IDENTITY


def show_recovery_identity(identity: str, folder: Path, *, brief: bool) -> None:
    """Show the installation's recovery identity once, as text and QR to print.

    A development instance, which holds nobody's secrets, only hears where it lies.
    """
    path = folder / RECOVERY_IDENTITY
    if brief:
        click.echo(f"The recovery identity, which opens all names, lies in {path}.")
        return
    click.echo("Recovery identity: it opens the names of every campaign. Print it now.\n")
    click.echo(identity)
    segno.make(identity).terminal(compact=True)
    click.echo(f"\nIt lies in {path} as well: take that file off this server.")
