"""Updates on the command line, for scripts."""

from typing import TextIO

import click
from flask.cli import with_appcontext

from campaigns.cases.queries import find_campaign
from campaigns.db import db
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.forms import TEXT_LENGTH, TITLE_LENGTH
from campaigns.updates.operations import publish_update
from campaigns.updates.queries import count_subscribers


@click.group()
def update() -> None:
    """Tell subscribers what is new."""


@update.command()
@click.argument("slug")
@click.option("--title", required=True, help="One line: the subject of the mail.")
@click.argument("file", type=click.File(encoding="utf-8"))
@with_appcontext
def send(slug: str, title: str, file: TextIO) -> None:
    """Publish FILE (Markdown; - for standard input) at once as an update of the campaign SLUG."""
    title, text = title.strip(), _read(file)
    if not title or "\n" in title or len(title) > TITLE_LENGTH:
        raise click.ClickException(f"A title is one line of up to {TITLE_LENGTH} characters.")
    if not text or len(text) > TEXT_LENGTH:
        raise click.ClickException(f"An update has a text of up to {TEXT_LENGTH} characters.")
    campaign = find_campaign(slug)
    if campaign is None:
        raise click.ClickException(f"There is no campaign “{slug}”.")
    try:
        publish_update(campaign, title=title, text=text)
    except CampaignNotPublic:
        raise click.ClickException(
            f"The campaign “{slug}” is not public: publish it before you tell subscribers."
        ) from None
    subscribers = count_subscribers(campaign.id)
    db.session.commit()
    click.echo(f"Published. The worker sends it to those of {subscribers} subscribers it is for.")


def _read(file: TextIO) -> str:
    try:
        return file.read().strip()
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8 text.") from None
