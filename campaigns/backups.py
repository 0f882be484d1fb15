"""Backups: writing one, and bringing one back without those who were erased since.

An embedded database is copied and replaced here; of PostgreSQL's own tools only the line is said.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from shlex import quote

import click
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import URL, make_url

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import HEADS, begin_anew, record_entry, withhold_head, write_head
from campaigns.accounts.operations import end_everybodys_sessions
from campaigns.app import create_app
from campaigns.config import Settings, load_settings
from campaigns.db import db
from campaigns.readiness import (
    embedded_database,
    instance_alone,
    require_known_revision,
    require_mailer_key,
    require_ready,
)
from campaigns.updates.replaying import Replayed, replay_erasures
from campaigns.vault.erasures import LEDGER, ledger_path, read_ledger
from campaigns.vault.keyring import KEY_ENCRYPTION_KEY
from campaigns.vault.operations import check_keys, forget_daily_keys
from campaigns.web.health import database_revision

MAGIC = b"SQLite format 3\0"
# So many steps of SQLite's between two looks at how far it is.
STEPS = 20_000
REPLACED = ".replaced"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the database to FILE, which must not exist; web and worker may go on meanwhile.

    It holds no key, so that it opens nothing by itself. On PostgreSQL, say how pg_dump does it.
    """
    settings = load_settings()
    database = embedded_database(settings)
    if database is None:
        address = _without_password(settings)
        click.echo(f"pg_dump --format=custom --file={quote(str(file))} --dbname={quote(address)}")
    elif not database.exists():
        raise click.ClickException(f"There is no database at {database}: run “campaigns init”.")
    else:
        with _reserved(file) as unfinished:
            _copy(database, unfinished)
        click.echo(f"Written to {file}.")
    click.echo("A restore needs these too, which are to be kept elsewhere:")
    for path in _needed(settings):
        click.echo(f"  {path}")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--replay", is_flag=True, help="Only erase again, in the database as it is.")
@click.option(
    "--without-erasures",
    is_flag=True,
    help="There is no ledger: nobody was ever erased, or it is lost.",
)
def restore(file: Path | None, replay: bool, without_erasures: bool) -> None:
    """Put the backup FILE in the place of the database, and erase again who was erased since.

    Web and worker must be stopped. On PostgreSQL, say how pg_restore does it.
    """
    if (file is None) != replay:
        raise click.UsageError("Name a backup, or --replay alone.")
    settings = load_settings()
    _require_ledger(settings, lost=without_erasures)
    if file is None:
        _replay(settings)
    elif (database := embedded_database(settings)) is None:
        address = _without_password(settings)
        click.echo(f"pg_restore --clean --if-exists --dbname={quote(address)} {quote(str(file))}")
        click.echo("campaigns init")
        click.echo("campaigns restore --replay")
    else:
        _restore(settings, file, database)


def _replay(settings: Settings) -> None:
    app = create_app(settings)
    require_ready(app, writing=True)
    with _open(app):
        done = _make_good()
        _tell_of_heads(begin_anew())
        db.session.commit()
    _tell(done)


def _restore(settings: Settings, file: Path, database: Path) -> None:
    """Bring the backup up to date beside the database, and only then replace that by it."""
    replaced = database.with_name(database.name + REPLACED)
    if replaced.exists():
        raise click.ClickException(
            f"The database an earlier restore replaced still lies in {replaced}: delete it first."
        )
    unfinished = database.with_name(database.name + ".restoring")
    with instance_alone(settings):
        _discard(unfinished)
        try:
            _require_whole(file)
            _copy(file, unfinished)
            done, head = _bring_up(settings, unfinished, file)
            _fold(unfinished)
            _put_in_place(unfinished, database, replaced)
            _anchor(settings, head)
        finally:
            _discard(unfinished)
    _tell(done)
    click.echo(f"Restored from {file}. Organisers have to sign in anew.")
    if replaced.exists():
        click.echo(
            f"The database before lies in {replaced}: delete it once all is well, for it holds "
            "supporters' data that nothing purges."
        )


def _anchor(settings: Settings, head: bytes) -> None:
    """Begin a new file of heads for the trail that was restored; only now is it the one in use."""
    with create_app(settings).app_context():
        _tell_of_heads(begin_anew())
        write_head(head)


def _tell_of_heads(aside: Path | None) -> None:
    if aside:
        click.echo(f"The heads of the audit trail before lie in {aside}: {HEADS} begins anew.")


def _bring_up(settings: Settings, unfinished: Path, file: Path) -> tuple[Replayed, bytes]:
    app = create_app(replace(settings, database_url=f"sqlite:///{unfinished}"))
    with _open(app):
        return _migrate_and_make_good(app, settings, file)


@contextmanager
def _open(app: Flask) -> Iterator[None]:
    """Use an application's database, and leave no connection to it behind."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def _migrate_and_make_good(app: Flask, settings: Settings, file: Path) -> tuple[Replayed, bytes]:
    if database_revision() is None:
        raise click.ClickException(f"{file} is no backup of this program.")
    require_known_revision(app)
    upgrade()
    check_keys(settings.keys_path)
    if os.access(settings.mailer_key_file, os.R_OK):
        require_mailer_key(settings)
    done = _make_good()
    head = withhold_head()
    db.session.commit()
    return done, head


def _make_good() -> Replayed:
    """Take from a restored database what had ended since the backup was made."""
    path = ledger_path()
    ledger = read_ledger(path if path.exists() else Path(os.devnull))
    done = replay_erasures(ledger)
    # Made anew when they are needed: those of a backup lived longer than their day.
    forget_daily_keys(date.max)
    end_everybodys_sessions()
    record_entry(Action.BACKUP_RESTORED)
    return done


def _tell(done: Replayed) -> None:
    click.echo(
        f"Erased again: signatures: {done.signatures}, subscriptions: {done.subscriptions}. "
        f"Campaigns switched to high risk again: {done.campaigns}. "
        f"Entries, articles and updates purged again: {done.parts}."
    )


def _require_ledger(settings: Settings, *, lost: bool) -> None:
    path = settings.instance_path / LEDGER
    if path.exists() or lost:
        return
    raise click.ClickException(
        f"There is no ledger of erasures at {path}: put it back, or say --without-erasures when "
        "nobody was ever erased or it is lost for good."
    )


def _require_whole(file: Path) -> None:
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise click.ClickException(f"{file} is no backup of an SQLite database.")
    try:
        with closing(_read_only(file)) as source:
            whole = source.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    except sqlite3.Error:
        whole = False
    if not whole:
        raise click.ClickException(f"{file} is damaged or not complete: take another backup.")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copy(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, without what lies about of rows that were deleted."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    size = source.stat().st_size
    with (
        closing(_read_only(source)) as connection,
        click.progressbar(
            length=size, label="Copying", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar,
    ):

        def look() -> None:
            bar.update(min(target.stat().st_size, size) - bar.pos)

        connection.set_progress_handler(look, STEPS)
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                # Ctrl-C, which ends the look at how far it is, and by that the copying.
                raise click.Abort from None
            raise click.ClickException(f"{source} could not be copied: {error}.") from None
        connection.set_progress_handler(None, 0)
        bar.update(size - bar.pos)
    _make_last(target)


@contextmanager
def _reserved(file: Path) -> Iterator[Path]:
    """Give a file to write, which takes the name of another once it is complete, never of one that
    was there.
    """
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise click.ClickException(f"{file} exists: name a file that does not.") from None
    unfinished = file.with_name(f"{file.name}.part")
    # Of a backup that was killed.
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        unfinished.replace(file)
        _make_last(file.absolute().parent)
    except BaseException:
        file.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
        raise


def _put_in_place(new: Path, database: Path, replaced: Path) -> None:
    if database.exists():
        try:
            _fold(database)
        except sqlite3.OperationalError:
            raise click.ClickException(
                f"Another program uses {database}: end it before you restore."
            ) from None
        except sqlite3.DatabaseError:
            # Damaged: that may be why somebody restores.
            click.echo("The database before cannot be read any more.", err=True)
        # Under both names for a moment, so that there is a database whatever happens.
        replaced.hardlink_to(database)
    new.replace(database)
    for log in _logs(database):
        log.unlink(missing_ok=True)
    _make_last(database.parent)


def _fold(path: Path) -> None:
    """Make a database one file, which nobody else may have open. Raises OperationalError."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=1)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _make_last(path)


def _logs(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]


def _discard(path: Path) -> None:
    for it in (path, *_logs(path), Path(f"{path}-turn")):
        with suppress(FileNotFoundError):
            it.unlink()


def _make_last(path: Path) -> None:
    """Have a file, or the names in a folder, survive a crash of the machine."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _needed(settings: Settings) -> list[Path]:
    return [
        settings.instance_path / "secret_key",
        settings.keys_path / KEY_ENCRYPTION_KEY,
        settings.mailer_key_file,
        settings.instance_path / LEDGER,
    ]


def _without_password(settings: Settings) -> str:
    url = make_url(settings.database_url)
    parts = url.username, None, url.host, url.port, url.database, url.query
    return URL.create("postgresql", *parts).render_as_string()
