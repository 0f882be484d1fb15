"""Updates on the command line, for scripts."""

import sys
from datetime import datetime
from typing import TextIO

import click
from flask.cli import with_appcontext

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.cases.errors import HiddenName
from campaigns.cases.queries import find_campaign
from campaigns.db import db, only_reading, utcnow
from campaigns.updates.erasure import erase_supporter
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.forms import TEXT_LENGTH, TITLE_LENGTH
from campaigns.updates.numbers import NAMES, unknown_names
from campaigns.updates.operations import publish_update
from campaigns.updates.queries import count_subscribers
from campaigns.updates.retention import KINDS, record_purge
from campaigns.vault.keyring import current_keyring
from campaigns.web.fields import LINE_ENDS_AND_TABS, has_controls, strip


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
    title, text = strip(title) or "", strip(_read(file)) or ""
    if not title or "\n" in title or len(title) > TITLE_LENGTH:
        raise click.ClickException(f"A title is one line of up to {TITLE_LENGTH} characters.")
    if not text or len(text) > TEXT_LENGTH:
        raise click.ClickException(f"An update has a text of up to {TEXT_LENGTH} characters.")
    if has_controls(title) or has_controls(text, allowed=LINE_ENDS_AND_TABS):
        raise click.ClickException("Remove the invisible control characters from title and text.")
    if unknown := unknown_names(f"{title}\n{text}"):
        known = ", ".join(f"{{{name}}}" for name in NAMES)
        raise click.ClickException(f"There is no number {{{unknown[0]}}}. There are {known}.")
    campaign = find_campaign(slug)
    if campaign is None:
        raise click.ClickException(f"There is no campaign “{slug}”.")
    try:
        published = publish_update(campaign, title=title, text=text)
    except CampaignNotPublic:
        raise click.ClickException(
            f"The campaign “{slug}” is not public: publish it before you tell subscribers."
        ) from None
    except HiddenName:
        raise click.ClickException(
            "The title or text names somebody whose name is not public: take the name out."
        ) from None
    subscribers = count_subscribers(campaign.id)
    about = f"update:{published.id}"
    record_entry(Action.UPDATE_PUBLISHED, campaign_id=campaign.id, about=about)
    db.session.commit()
    click.echo(f"Published. The worker sends it to those of {subscribers} subscribers it is for.")


def _read(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8 text.") from None


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@with_appcontext
def purge(dry_run: bool) -> None:
    """Delete what is past its time; the worker does the same by itself.

    May be interrupted: what was deleted stays so, and the next purge goes on there.
    """
    now = utcnow()
    with only_reading():
        waiting = {kind: kind.count(now) for kind in KINDS}
    if not dry_run:
        _purge(now, sum(waiting.values()))
    for kind, count in waiting.items():
        click.echo(f"{count} {kind.words}")
    click.echo("Nothing was deleted." if dry_run else "All of these were deleted.")


def _purge(now: datetime, length: int) -> None:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=length, label="Deleting", file=sys.stderr, hidden=hidden) as bar:
        for kind in KINDS:
            first = True
            while gone := kind.purge_some(now):
                record_purge(kind, first=first)
                db.session.commit()
                bar.update(gone)
                first = False
            db.session.commit()


@click.group()
def supporter() -> None:
    """Do for supporters what they ask for."""


@supporter.command()
@click.argument("slug")
@with_appcontext
def erase(slug: str) -> None:
    """Erase all that the campaign SLUG keeps about an address, which is asked for.

    The answer is the same whether there was anything or not.
    """
    with only_reading():
        if find_campaign(slug) is None:
            raise click.ClickException(f"There is no campaign “{slug}”.")
    # Asked for, because what stands in a command can be read in the list of processes; and outside
    # of any transaction, because nobody could sign until it is typed.
    address = click.prompt("Address", type=str)
    if campaign := find_campaign(slug):
        erase_supporter(current_keyring(), campaign, address)
        # The same whether there was anything, so that the trail does not tell either.
        record_entry(Action.SUPPORTER_ERASED, campaign_id=campaign.id)
    db.session.commit()
    click.echo(f"Erased. The campaign {slug} keeps nothing of this address.")
