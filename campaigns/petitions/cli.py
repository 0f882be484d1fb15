"""Petitions, their keys and their signatures on the command line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import with_appcontext

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.cases.models import Campaign
from campaigns.cases.queries import all_campaigns, find_campaign
from campaigns.config import current_settings
from campaigns.db import db, only_reading
from campaigns.petitions.errors import NotApproved
from campaigns.petitions.export_queries import (
    count_by_key,
    export_header,
    readers_of,
    signatures_to_export,
    usable_export,
)
from campaigns.petitions.exported import (
    ExportedSignature,
    ExportHeader,
    header_line,
    signature_line,
)
from campaigns.petitions.exports import use_export
from campaigns.petitions.models import Petition
from campaigns.petitions.opening import MOST_NAMED, Outcome, open_export
from campaigns.petitions.operations import recount as recount_petition
from campaigns.petitions.printed import PrintedPetition
from campaigns.petitions.queries import all_petitions, count_signatures, petition_of
from campaigns.petitions.spreadsheet import Spreadsheet
from campaigns.vault.age import (
    Identity,
    encrypt_lines,
    has_passphrase,
    new_identity,
    read_identities,
)
from campaigns.vault.files import make_durable, new_private_file
from campaigns.vault.models import SealingKey
from campaigns.vault.operations import admit_holder, rotate_campaign_key, rotate_mailer_key
from campaigns.vault.queries import holders_of, keys_of

CHUNK = 1000
LARGEST_IDENTITY = 64 * 1024
STANDARD_INPUT = Path("/dev/stdin")


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
                about = f"petition:{petition_id}"
                record_entry(Action.TALLY_REPAIRED, about=about, detail={"slug": slug})
                db.session.commit()
    for line in wrong:
        click.echo(line, err=True)
    if wrong and not repair:
        raise click.ClickException("Some counts are wrong: run this again with --repair.")
    click.echo("All counts are right." if not wrong else f"{len(wrong)} set right.")


@click.group()
def keys() -> None:
    """Make and change keys, and say who can open what."""


@keys.command("create")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    default="identity.age",
    show_default=True,
    help="Where to write it; nothing is overwritten.",
)
def create_identity(file: Path) -> None:
    """Make the identity of a key-holder, on a machine of their own.

    A passphrase is asked for twice; it protects the file. What is printed is the recipient, to be
    handed to whoever admits the holder: it is no secret.
    """
    passphrase = _ask("Passphrase")
    if not passphrase:
        raise click.ClickException("The file is not protected without a passphrase: choose one.")
    if _ask("The same passphrase again") != passphrase:
        raise click.ClickException("The two passphrases differ: try again.")
    with _new_file(file) as opened:
        content, recipient = new_identity(passphrase)
        opened.write(content)
    click.echo(f"Your identity is in {file}: keep a copy, and hand in the next line.", err=True)
    click.echo(recipient)


@keys.command("list")
@click.argument("slug", required=False)
@with_appcontext
def list_keys(slug: str | None) -> None:
    """Say which keys there are, of the campaign SLUG or of all, and who can open what."""
    with only_reading():
        if slug is None:
            click.echo("The mailer, who opens addresses")
            for number, key in enumerate(keys_of(None)):
                click.echo(f"  {_key_in_words(key, number)}")
        for campaign in all_campaigns() if slug is None else [_find(slug)]:
            click.echo(campaign.slug)
            for line in _campaign_in_words(campaign):
                click.echo(f"  {line}")


@keys.command()
@click.argument("slug")
@click.option("--holder", required=True, help="Their recipient, which begins with age1.")
@click.option(
    "--identity",
    required=True,
    type=click.Path(path_type=Path),
    help="The file with the identity of somebody who holds the keys already.",
)
@with_appcontext
def admit(slug: str, holder: str, identity: Path) -> None:
    """Let one more person open the names of the campaign SLUG, earlier ones too.

    The identity is read where this command runs, and nowhere stored: run it on a machine you trust.
    """
    identities = _read_identity(identity)
    campaign = _find(slug)
    admitted = admit_holder(campaign.id, holder, identities)
    opened = _so_many(len(admitted), "key")
    # A recipient is a public key: who can read names is what a trail is for.
    record_entry(Action.KEYS_ADMITTED, campaign_id=campaign.id, detail={"holder": holder.strip()})
    db.session.commit()
    click.echo(f"Admitted: they hold {opened} of {slug}, and can open every name.")


@keys.command()
@click.argument("slug", required=False)
@click.option("--mailer", is_flag=True, help="The mailer's key instead of a campaign's.")
@with_appcontext
def rotate(slug: str | None, mailer: bool) -> None:
    """Make a new key for the campaign SLUG; what was sealed before still opens.

    Processes that run seal to the new key within a minute.
    """
    if (slug is None) is not mailer:
        raise click.UsageError("Name one campaign, or give --mailer.")
    campaign_id = None
    if slug is None:
        path = current_settings().mailer_key_file
        key_id = rotate_mailer_key(path).key_id.hex()
        words = f"Addresses are sealed to key {key_id} from now on: copy {path} to your safe place."
    else:
        campaign_id = _find(slug).id
        key_id = rotate_campaign_key(campaign_id).key_id.hex()
        words = f"Names of {slug} are sealed to key {key_id} from now on, with the same holders."
    record_entry(Action.KEYS_ROTATED, campaign_id=campaign_id, about=f"key:{key_id}")
    db.session.commit()
    click.echo(words)


@click.group()
def signatures() -> None:
    """Export who signed, sealed, and open such a file elsewhere."""


@signatures.command("export")
@click.argument("slug")
@click.option("-o", "--output", "file", required=True, type=click.Path(path_type=Path))
@with_appcontext
def export_signatures(slug: str, file: Path) -> None:
    """Write who signed the petition of SLUG to a file that only its key-holders can open.

    Two organisers have to agree before, in the console; their approval serves once.
    """
    with only_reading():
        campaign = _find(slug)
        petition = petition_of(campaign.id)
        if petition is None:
            raise click.ClickException(f"The campaign “{slug}” has no petition.")
        request_id = usable_export(campaign.id)
        header, petition_id = export_header(campaign, petition), petition.id
        campaign_id = campaign.id
        recipients = [holder.recipient for holder in holders_of(campaign.id)]
    if request_id is None:
        raise click.ClickException(
            f"No approved export of “{slug}” is left: ask for one in the console, under Signatures."
        )
    with _new_file(file) as opened:
        with _progress(header.count, "Exporting") as bar:
            encrypt_lines(recipients, _lines(header, petition_id, bar), opened)
            exported = bar.pos
        make_durable(opened)
        # Before the file gets its name: an approval must not serve twice, whatever happens now.
        try:
            use_export(request_id)
        except NotApproved:
            raise click.ClickException("The approval was used by somebody else just now.") from None
        about = f"export:{request_id}"
        record_entry(Action.EXPORT_WRITTEN, campaign_id=campaign_id, about=about)
        db.session.commit()
    click.echo(f"Exported {_so_many(exported, 'signature')} to {file}.")


@signatures.command("open")
@click.argument("sealed", type=click.Path(path_type=Path))
@click.option(
    "--identity",
    required=True,
    type=click.Path(path_type=Path),
    help="The file with your identity.",
)
@click.option(
    "-o", "--output", "table", type=click.Path(path_type=Path), help="Write a CSV of everybody."
)
@click.option(
    "--print",
    "page",
    type=click.Path(path_type=Path),
    help="Write a page to print, with the names that are for the addressee.",
)
def open_signatures(sealed: Path, identity: Path, table: Path | None, page: Path | None) -> None:
    """Open the file SEALED with a key-holder's identity, on any machine."""
    target = table or page
    if target is None or (table and page):
        raise click.UsageError("Give either -o or --print, and a file to write.")
    identities = _read_identity(identity)
    with sealed.open("rb") as file, _new_file(target) as opened:
        document = Spreadsheet(opened) if table else PrintedPetition(opened)
        with _progress(sealed.stat().st_size, "Opening") as bar:
            outcome = open_export(
                file, identities, document, lambda: bar.update(file.tell() - bar.pos)
            )
    _tell(outcome, target)


def _tell(outcome: Outcome, target: Path) -> None:
    if not outcome.failed:
        click.echo(f"Wrote {target}, from {_so_many(outcome.taken, 'signature')}.")
        return
    more = " and more" if outcome.failed > MOST_NAMED else ""
    everybody = _so_many(outcome.taken + outcome.failed, "signature")
    click.echo(
        f"Left out of {target} because they do not open: {outcome.failed} of {everybody}, "
        f"{', '.join(outcome.failed_rows)}{more}.",
        err=True,
    )
    sys.exit(1)


def _lines(header: ExportHeader, petition_id: int, bar: Any) -> Iterator[bytes]:
    """Read a petition's signatures in pieces, so that neither memory nor a transaction grows."""
    yield header_line(header)
    after = b""
    while True:
        with only_reading():
            rows = signatures_to_export(petition_id, after, CHUNK)
        if not rows:
            return
        for row in rows:
            yield signature_line(ExportedSignature(*row[1:]))
        after = rows[-1].email_index
        bar.update(len(rows))


def _campaign_in_words(campaign: Campaign) -> Iterator[str]:
    petition = petition_of(campaign.id)
    names = count_by_key(petition.id) if petition else {}
    for number, key in enumerate(keys_of(campaign.id)):
        yield f"{_key_in_words(key, number)}, {_so_many(names.get(key.key_id, 0), 'name')}"
    for holder in holders_of(campaign.id):
        whose = "the recovery identity" if holder.campaign_id is None else "admitted"
        yield f"holder {holder.recipient}, {whose}, since {holder.created_at.date()}"
    if petition:
        yield from _readers_in_words(campaign, petition)


def _readers_in_words(campaign: Campaign, petition: Petition) -> Iterator[str]:
    names = count_signatures(petition.id)[0] - petition.signatures_purged
    for readers in readers_of(campaign.id, petition.id, names):
        people = "1 person" if readers.people == 1 else f"{readers.people} people"
        yield f"{people} can open {readers.names} of {_so_many(names, 'name')}"


def _key_in_words(key: SealingKey, number: int) -> str:
    state = "old, made" if number else "in use since"
    return f"key {key.key_id.hex()}, {state} {key.created_at.date()}"


def _so_many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _find(slug: str) -> Campaign:
    campaign = find_campaign(slug)
    if campaign is None:
        raise click.ClickException(f"There is no campaign “{slug}”.")
    return campaign


def _read_identity(path: Path) -> list[Identity]:
    with path.open("rb") as file:
        content = file.read(LARGEST_IDENTITY)
    protected = has_passphrase(content)
    if protected and path == STANDARD_INPUT:
        raise click.ClickException(
            "A passphrase cannot be asked for while the identity comes from standard input: open "
            "it on the way with “age -d FILE | …”."
        )
    passphrase = _ask(f"Passphrase of {path}") if protected else None
    return list(read_identities(content, passphrase))


def _ask(words: str) -> str:
    """Ask for a secret at the terminal, or take the next line of what is piped in."""
    if sys.stdin.isatty():
        return str(click.prompt(words, hide_input=True, default="", show_default=False, err=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        with new_private_file(path) as file:
            yield file
    except FileExistsError:
        raise click.ClickException(f"{path} exists already, and is not overwritten.") from None


def _progress(length: int, label: str) -> Any:
    """Show people at a terminal how far it is."""
    return click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
