"""The `campaigns` command: every process and every chore of an installation.

Commands import what they need when they run, so that `run`, which only looks after two other
processes, starts at once.
"""
# ruff: noqa: PLC0415

import errno
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import ScriptInfo

from campaigns.config import Settings, SettingsError, load_settings, require_serving
from campaigns.vault.errors import VaultError

ROOM_COMMANDS = {
    "audit": "campaigns.accounts.cli:audit",
    "backup": "campaigns.backups:backup",
    "export": "campaigns.casefiles.cli:export_campaign",
    "import": "campaigns.casefiles.cli:import_campaign",
    "keys": "campaigns.petitions.cli:keys",
    "mail": "campaigns.mail.cli:mail",
    "organiser": "campaigns.accounts.cli:organiser",
    "purge": "campaigns.updates.cli:purge",
    "recount": "campaigns.petitions.cli:recount",
    "restore": "campaigns.backups:restore",
    "signatures": "campaigns.petitions.cli:signatures",
    "supporter": "campaigns.updates.cli:supporter",
    "update": "campaigns.updates.cli:update",
}
# What belongs to a group of a lower room and needs to know an upper one.
GROUPED_COMMANDS = {"organiser": "campaigns.cases.cli:change_role"}
SUPERVISED = {"web": ("--supervised", "--one-machine"), "worker": ("--supervised",)}
DEMO_PASSWORD = "demo-organiser.txt"  # noqa: S105 — the name of a file
STOP_SECONDS = 10
# A request takes far less; one that is sent slowly must not hold up a stop.
REQUEST_SECONDS = 3
WAITING_REQUESTS = 64
# One that ends sooner than this, and not by a signal, would only end again.
STEADY_SECONDS = 5
RESTART_SECONDS = 1


class RoomCommands(click.Group):
    """Our own commands, and those of rooms, which are imported only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *ROOM_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, None when there is none."""
        if place := ROOM_COMMANDS.get(cmd_name):
            command = _imported(place)
            if isinstance(command, click.Group) and (more := GROUPED_COMMANDS.get(cmd_name)):
                command.add_command(_imported(more))
            return command
        return super().get_command(ctx, cmd_name)


def _imported(place: str) -> click.Command:
    module, name = place.split(":")
    command: click.Command = getattr(import_module(module), name)
    return command


@click.group(cls=RoomCommands)
def cli() -> None:
    """Run a solidarity campaign tracker and look after it."""


def main() -> NoReturn:
    """Run a command; whatever goes wrong is said in one sentence on standard error."""
    # What an instance holds is for its owner alone.
    os.umask(0o077)
    script = ScriptInfo(create_app=_create_ready_app, set_debug_flag=False)
    try:
        sys.exit(cli.main(prog_name="campaigns", standalone_mode=False, obj=script))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        if _came_of_an_interrupt(error):
            sys.exit(130)
        click.echo(_in_one_sentence(error), err=True)
    sys.exit(1)


@cli.command()
def init() -> None:
    """Make the instance: secret, keys, database. Safe to run again."""
    from flask_migrate import upgrade

    from campaigns.app import create_app
    from campaigns.db import db
    from campaigns.readiness import require_known_revision
    from campaigns.vault.cli import show_recovery_identity

    settings = load_settings()
    settings.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.secret_key is None:
        settings = _make_secret(settings)
    app = create_app(settings)
    with app.app_context():
        require_known_revision(app)
        upgrade()
        identity = _make_keys(settings)
        db.session.commit()
        if settings.development:
            _make_demo(settings)
            db.session.commit()
    if identity:
        show_recovery_identity(identity, settings.keys_path, brief=settings.development)


@cli.command()
@click.option("--supervised", is_flag=True, hidden=True)
@click.option("--one-machine", is_flag=True, hidden=True)
def web(supervised: bool, one_machine: bool) -> None:
    """Answer HTTP requests."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from campaigns.readiness import share_instance

    settings = load_settings()
    require_serving(settings)
    share_instance(settings)
    if not (settings.development or one_machine):
        _require_unreadable_mailer_key(settings)
    # When this process is started anew, what is left of the last one may need a moment to end.
    _require_free_port(settings, patience=STOP_SECONDS if supervised else 0)
    _load_application_to_serve()
    if supervised:
        _end_with_pipe()
    Granian(
        "campaigns.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # One request at a time in each process: threads would wait for Python's lock in the middle
        # of their write transactions, and sign at less than half the rate.
        blocking_threads=1,
        # More wait their turn outside of Python.
        backpressure=WAITING_REQUESTS,
        # Its warnings are advice on these numbers.
        log_level=LogLevels.error,
        workers_kill_timeout=REQUEST_SECONDS,
        respawn_failed_workers=True,
    ).serve(target_loader=_application_of_process, wrap_loader=False)


@cli.command()
@click.option("--supervised", is_flag=True, hidden=True)
def worker(supervised: bool) -> None:
    """Send mail and do the periodic work."""
    from campaigns.readiness import require_mailer_key, share_instance
    from campaigns.worker import run_worker

    settings = load_settings()
    require_serving(settings)
    share_instance(settings)
    app = _create_ready_app(settings, writing=True)
    with app.app_context():
        require_mailer_key(settings)
    stop = _stop_on_signals()
    if supervised:
        _end_with_pipe()
    run_worker(app, stop)


@cli.command()
def run() -> None:
    """Run web and worker together, on one machine."""
    settings = load_settings()
    require_serving(settings)
    _require_free_port(settings)
    stop = _stop_on_signals()
    children = [Child("web")]
    try:
        while not stop.wait(0.1):
            if len(children) == 1 and _answers(settings):
                # Only now, so that the two do not compete, nor both say the same is wrong.
                children.append(Child("worker"))
                _announce(settings)
            for child in children:
                child.keep_alive()
    finally:
        _stop(children)


@cli.command()
@click.option("--deploy", is_flag=True, help="Also say what is not fit for the public.")
def check(deploy: bool) -> None:
    """Check settings, database and keys, one sentence a fault."""
    from campaigns.deployment import deployment_faults

    settings = load_settings()
    require_serving(settings)
    _create_ready_app(settings, writing=True)
    faults = deployment_faults(settings) if deploy else []
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("All is well.")


class Child:
    """A process of our own; it ends by itself when the pipe to its standard input closes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._start()

    def keep_alive(self) -> None:
        """Start it again when it has ended. Raises Exit when it would only end again."""
        code, age = self.process.poll(), time.monotonic() - self._started
        if code is None:
            return
        if code > 0 and age < STEADY_SECONDS:
            # It has said what is wrong.
            raise click.exceptions.Exit(code)
        if age > RESTART_SECONDS:
            click.echo(f"The {self.name} process has ended and is started again.", err=True)
            self._start()

    def _start(self) -> None:
        program = Path(sys.argv[0]).resolve()
        # As a script our own file would put its folder, full of common names, on Python's path.
        how = ["-m", "campaigns.cli"] if program.suffix == ".py" else [str(program)]
        # A group of its own: Ctrl-C reaches us alone, and we end it in order.
        self.process = subprocess.Popen(  # noqa: S603 — our own program, with our own words
            [sys.executable, *how, self.name, *SUPERVISED[self.name]],
            stdin=subprocess.PIPE,
            process_group=0,
        )
        self._started = time.monotonic()


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _create_ready_app(settings: Settings | None = None, *, writing: bool = False) -> Flask:
    """Build the application of an instance that `init` has made, or raise what is wrong with it."""
    from campaigns.app import create_app
    from campaigns.readiness import require_ready

    app = create_app(settings)
    require_ready(app, writing=writing)
    return app


def _load_application_to_serve() -> None:
    """Build the application before the server forks: its processes then start at once."""
    from campaigns.db import db
    from campaigns.readiness import require_ready

    app = _application()
    require_ready(app, writing=True)
    with app.app_context():
        # Connections must not be shared.
        db.engine.dispose()


def _application_of_process() -> Flask:
    """Return the application to a process of the server, which then ends with its parent."""
    end_with_parent()
    return _application()


def _application() -> Flask:
    # By its name, as other servers would; it stands above us.
    app: Flask = import_module("campaigns.wsgi").app
    return app


def _require_unreadable_mailer_key(settings: Settings) -> None:
    if os.access(settings.mailer_key_file, os.R_OK):
        raise click.ClickException(
            f"The web process can read the mailer's key, {settings.mailer_key_file}: run it as a "
            "user who cannot, or use “campaigns run” if this is the only machine."
        )


def _make_secret(settings: Settings) -> Settings:
    """Write what a new instance begins with, and return its settings.

    Links, sessions and passwords are worth nothing with another secret, so that one that is lost
    is not made anew.
    """
    from campaigns.app import create_app
    from campaigns.vault.keyring import write_private_file
    from campaigns.web.health import database_revision

    with create_app(settings).app_context():
        if database_revision() is not None:
            raise click.ClickException(
                "CAMPAIGNS_SECRET_KEY is missing, and the database was made with one: put "
                f"{settings.instance_path / 'secret_key'} back."
            )
    write_private_file(settings.instance_path / "secret_key", secrets.token_urlsafe(48) + "\n")
    local = settings.instance_path / "settings.toml"
    if settings.development and not local.exists():
        write_private_file(local, 'env = "development"\n')
    return load_settings()


def _make_keys(settings: Settings) -> str | None:
    """Make the keys that are not there; return the recovery identity when it is new."""
    from campaigns.readiness import require_mailer_key
    from campaigns.vault.operations import (
        check_keys,
        make_key_encryption_key,
        make_mailer_key,
        make_recovery_identity,
    )

    check_keys(settings.keys_path)
    make_key_encryption_key(settings.keys_path)
    make_mailer_key(settings.mailer_key_file)
    if not settings.mailer_key_file.exists() or os.access(settings.mailer_key_file, os.R_OK):
        require_mailer_key(settings)
    return make_recovery_identity(settings.keys_path)


def _make_demo(settings: Settings) -> None:
    from campaigns.accounts.operations import ensure_demo_organiser
    from campaigns.casefiles.operations import load_demo

    ensure_demo_organiser(settings.instance_path / DEMO_PASSWORD)
    load_demo(settings.keys_path)


def _require_free_port(settings: Settings, *, patience: float = 0) -> None:
    """Demand that our address can be listened on, within `patience` seconds."""
    until = time.monotonic() + patience
    while (error := _bind_error(settings)) is not None:
        if error.errno == errno.EADDRINUSE and time.monotonic() < until:
            time.sleep(0.1)
            continue
        reason = {
            errno.EADDRINUSE: f"Port {settings.port} is taken by another program: set PORT to "
            "another number.",
            errno.EACCES: f"Port {settings.port} is not for this user: set PORT to 1024 or more.",
        }.get(error.errno or 0, f"HOST {settings.host} cannot be listened on: {error.strerror}.")
        raise click.ClickException(reason)


def _bind_error(settings: Settings) -> OSError | None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return error
    return None


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _stop(children: list[Child]) -> None:
    for child in children:
        with suppress(ProcessLookupError):
            child.process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _end_with_pipe() -> None:
    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _answers(settings: Settings) -> bool:
    """Return whether the web process answers anything, be it that it does not know this host."""
    with closing(http.client.HTTPConnection(settings.host, settings.port, timeout=1)) as connection:
        try:
            connection.request("HEAD", "/healthz")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
    return True


def _announce(settings: Settings) -> None:
    """Say where the site is, and in development how to get in."""
    click.echo(f"{settings.site_name} is running at {settings.base_url}")
    password = settings.instance_path / DEMO_PASSWORD
    if settings.development and password.exists():
        click.echo(
            f"Sign in at {settings.base_url}/login as demo, password "
            f"{password.read_text(encoding='ascii').strip()}"
        )
    if settings.development and settings.mail_server is None:
        click.echo(f"Its mail is shown at {settings.base_url}/dev/mail")
    click.echo("Press Ctrl-C to stop.")


def _came_of_an_interrupt(error: BaseException) -> bool:
    """Say whether it is Ctrl-C that was seen last in the middle of a library's own work."""
    before = error.__context__
    return before is not None and (
        isinstance(before, KeyboardInterrupt) or _came_of_an_interrupt(before)
    )


def _in_one_sentence(error: Exception) -> str:
    """Say what went wrong; of what nobody foresaw only where: its text may hold what was typed."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, (SettingsError, VaultError)):
        return str(error)
    if isinstance(error, DBAPIError):
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
        return f"The database refused: {reason}."
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or type(error).__name__}."
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    return f"This should not happen, please report it: {type(error).__qualname__} at {place}."


if __name__ == "__main__":
    main()
