"""Case files on the command line."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.casefiles.document import CaseFile
from campaigns.casefiles.errors import CaseFileError, CaseFileErrors
from campaigns.casefiles.operations import ImportResult, Outcome, import_case_file
from campaigns.casefiles.queries import export_case_file
from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.syntax import LARGEST
from campaigns.cases.queries import find_campaign
from campaigns.config import current_settings
from campaigns.db import db, only_reading

WORDS = {
    Outcome.CREATED: "Created",
    Outcome.UPDATED: "Updated",
    Outcome.UNCHANGED: "Nothing to change in",
}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--update", is_flag=True, help="Apply what differs from a campaign stored already.")
@with_appcontext
def import_campaign(file: Path, update: bool) -> None:
    """Make a campaign from a case FILE, or from standard input with “-”.

    All of it or nothing: each fault is named by its ref and field, one a line.
    """
    try:
        case = read_case_file(_content(file))
        _say(f"Storing {_size(case)} …")
        result = import_case_file(case, update=update, keys_folder=current_settings().keys_path)
        if result.outcome is not Outcome.UNCHANGED:
            detail = {"outcome": result.outcome.value}
            campaign_id = result.campaign.id
            record_entry(Action.CASE_FILE_IMPORTED, campaign_id=campaign_id, detail=detail)
        db.session.commit()
    except CaseFileErrors as errors:
        db.session.rollback()
        for fault in errors.faults:
            click.echo(fault, err=True)
        sys.exit(1)
    except CaseFileError as error:
        db.session.rollback()
        click.echo(error, err=True)
        sys.exit(1)
    click.echo(_sentence(result, case))


@click.command("export")
@click.argument("slug")
@with_appcontext
def export_campaign(slug: str) -> None:
    """Write the case file of the campaign SLUG to standard output, without any supporter."""
    with only_reading():
        campaign = find_campaign(slug)
        text = export_case_file(campaign) if campaign else None
    if campaign is None or text is None:
        click.echo(f"There is no campaign “{slug}”: look for its slug in its address.", err=True)
        sys.exit(1)
    # It has the names that are withheld from everybody else.
    record_entry(Action.CASE_FILE_EXPORTED, campaign_id=campaign.id)
    db.session.commit()
    # Bytes, because a terminal set to another encoding must not change the file.
    sys.stdout.buffer.write(text.encode("utf-8"))


def _content(file: Path) -> bytes:
    """Read no more than shows that a file is too large."""
    if str(file) == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        click.echo(f"{file} cannot be read: {error.strerror}.", err=True)
        sys.exit(1)


def _sentence(result: ImportResult, case: CaseFile) -> str:
    return f"{WORDS[result.outcome]} {result.campaign.slug}: {_size(case)}."


def _size(case: CaseFile) -> str:
    counts = (
        (len(case.detainees), "detainee"),
        (len(case.articles), "article"),
        (len(case.events), "event"),
    )
    return ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts)


def _say(sentence: str) -> None:
    """Tell whoever waits at a terminal what takes long."""
    if sys.stderr.isatty():
        click.echo(sentence, err=True)
