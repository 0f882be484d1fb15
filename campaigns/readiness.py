"""What an instance must be before its processes and commands may use it, and who uses it now.

Each demand raises a ClickException: one sentence that says what to do.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import make_url

from campaigns.config import Settings
from campaigns.vault.errors import VaultError
from campaigns.vault.keyring import current_keyring, read_mailer_keys
from campaigns.vault.operations import check_keys
from campaigns.vault.sealing import Binding, Purpose, open_envelope, seal
from campaigns.web.health import (
    database_file,
    database_revision,
    is_known_revision,
    newest_revision,
    try_writing,
)


def require_ready(app: Flask, *, writing: bool) -> None:
    """Demand a database that is there, up to date and whose keys open."""
    with app.app_context():
        path = database_file()
        if path is not None and not path.exists():
            raise click.ClickException(f"There is no database at {path}: run “campaigns init”.")
        require_known_revision(app)
        if database_revision() != newest_revision(app):
            raise click.ClickException("The database is not up to date: run “campaigns init”.")
        check_keys(app.extensions["settings"].keys_path)
        if writing:
            try_writing()


def require_known_revision(app: Flask) -> None:
    """Demand a database that no newer version of this program made."""
    revision = database_revision()
    if revision is not None and not is_known_revision(app, revision):
        raise click.ClickException(
            f"The database is at revision {revision}, which a newer version of this program made: "
            "install that one."
        )


def require_mailer_key(settings: Settings) -> None:
    """Demand the key that opens what the web process seals."""
    trial = Binding(Purpose.SUBSCRIPTION_ADDRESS, 0, "trial")
    envelope = seal(b"", current_keyring().mailer(), trial)
    keys = read_mailer_keys(settings.mailer_key_file)
    try:
        open_envelope(envelope, keys, trial)
    except VaultError:
        raise click.ClickException(
            f"The key in {settings.mailer_key_file} does not open what is sealed to the mailer: "
            "put the right file back."
        ) from None


def embedded_database(settings: Settings) -> Path | None:
    """Return the file of SQLite's database; None on PostgreSQL."""
    url = make_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def share_instance(settings: Settings) -> None:
    """Let nobody replace the embedded database as long as this process and its children live."""
    if embedded_database(settings) is not None:
        _lock(settings, fcntl.LOCK_SH, "The database is being restored: start again afterwards.")


@contextmanager
def instance_alone(settings: Settings) -> Iterator[None]:
    """Demand that neither web nor worker runs on the embedded database, and let none begin."""
    folder = _lock(
        settings, fcntl.LOCK_EX, "Web or worker is running: stop both before you restore."
    )
    try:
        yield
    finally:
        os.close(folder)


def _lock(settings: Settings, kind: int, otherwise: str) -> int:
    # The folder itself: each user of the database can open it, and the system frees what a process
    # held that was killed. Never the database's file: closing it would end SQLite's own locks.
    folder = os.open(settings.instance_path, os.O_RDONLY)
    try:
        fcntl.flock(folder, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise click.ClickException(otherwise) from None
    return folder
