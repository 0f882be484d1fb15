"""Petitions on the command line."""

import sys

import click
from flask.cli import with_appcontext

from campaigns.db import db, only_reading
from campaigns.petitions.operations import recount as recount_petition
from campaigns.petitions.queries import all_petitions


@click.command()
@click.option("--repair", is_flag=True, help="Set a wrong count right.")
@with_appcontext
def recount(repair: bool) -> None:
    """Compare every petition's count with its confirmed signatures."""
    with only_reading():
        petitions = all_petitions()
    wrong = []
    # To be seen only where somebody looks at a terminal.
    hidden = not sys.stderr.isatty()
    with click.progressbar(petitions, label="Counting", file=sys.stderr, hidden=hidden) as bar:
        for petition_id, slug in bar:
            with only_reading():
                said, counted = recount_petition(petition_id, repair=False)
            if said == counted:
                continue
            wrong.append(f"{slug}: the count said {said}, {counted} are confirmed.")
            if repair:
                recount_petition(petition_id, repair=True)
                db.session.commit()
    for line in wrong:
        click.echo(line, err=True)
    if wrong and not repair:
        raise click.ClickException("Some counts are wrong: run this again with --repair.")
    click.echo("All counts are right." if not wrong else f"{len(wrong)} set right.")
