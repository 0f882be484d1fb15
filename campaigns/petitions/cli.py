"""Petitions on the command line."""

import click
from flask.cli import with_appcontext

from campaigns.db import db
from campaigns.petitions.operations import recount as recount_petition
from campaigns.petitions.queries import all_petitions


@click.command()
@click.option("--repair", is_flag=True, help="Set a wrong count right.")
@with_appcontext
def recount(repair: bool) -> None:
    """Compare every petition's count with its confirmed signatures."""
    wrong = 0
    for petition_id, slug in all_petitions():
        said, counted = recount_petition(petition_id, repair=repair)
        db.session.commit()
        if said != counted:
            wrong += 1
            click.echo(f"{slug}: the count said {said}, {counted} are confirmed.", err=True)
    if wrong and not repair:
        raise click.ClickException("Some counts are wrong: run this again with --repair.")
    click.echo("All counts are right." if not wrong else f"{wrong} set right.")
