"""The `campaigns` command: every process and every chore of an installation."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy.exc import DBAPIError

from campaigns.accounts.cli import organiser
from campaigns.accounts.operations import ensure_demo_organiser
from campaigns.app import create_app
from campaigns.casefiles.cli import export_campaign, import_campaign
from campaigns.casefiles.operations import load_demo
from campaigns.config import Settings, SettingsError, load_settings, require_serving
from campaigns.db import db
from campaigns.mail.cli import mail
from campaigns.petitions.cli import recount
from campaigns.updates.cli import update
from campaigns.vault.cli import show_recovery_identity
from campaigns.vault.errors import VaultError
from campaigns.vault.keyring import write_private_file
from campaigns.vault.operations import (
    check_keys,
    make_key_encryption_key,
    make_mailer_key,
    make_recovery_identity,
)
from campaigns.web.health import database_revision, newest_revision
from campaigns.worker import run_worker

DEMO_PASSWORD = "demo-organiser.txt"  # noqa: S105 — the name of a file
STOP_SECONDS = 10
STEADY_SECONDS = 5


class OneMachineRisk(click.ClickException):
    """The web process could read what only the worker may."""


@click.group()
def cli() -> None:
    """Run a solidarity campaign tracker and look after it."""


for command in (organiser, import_campaign, export_campaign, mail, recount, update):
    cli.add_command(command)


def main() -> NoReturn:
    """Run a command; whatever goes wrong is said in one sentence on standard error."""
    # What an instance holds is for its owner alone.
    os.umask(0o077)
    script = ScriptInfo(create_app=create_app, set_debug_flag=False)
    try:
        sys.exit(cli.main(standalone_mode=False, obj=script))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except (SettingsError, VaultError) as error:
        message = str(error)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
        message = f"The database refused: {reason}."
    except OSError as error:
        message = f"{error.filename or 'The system'}: {error.strerror or type(error).__name__}."
    click.echo(message, err=True)
    sys.exit(1)


@cli.command()
def init() -> None:
    """Make the instance: secret, keys, database. Safe to run again."""
    settings = load_settings()
    settings.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_once(settings.instance_path / "secret_key", secrets.token_urlsafe(48))
    if settings.development:
        _write_once(settings.instance_path / "settings.toml", 'env = "development"')
    settings = load_settings()
    app = create_app(settings)
    with app.app_context():
        upgrade()
        check_keys(settings.keys_path)
        make_key_encryption_key(settings.keys_path)
        make_mailer_key(settings.mailer_key_file)
        identity = make_recovery_identity(settings.keys_path)
        db.session.commit()
        if settings.development:
            ensure_demo_organiser(settings.instance_path / DEMO_PASSWORD)
            load_demo(settings.keys_path)
            db.session.commit()
    if identity:
        show_recovery_identity(identity, settings.keys_path, brief=settings.development)


@cli.command()
@click.option("--supervised", is_flag=True, hidden=True)
@click.option("--one-machine", is_flag=True, hidden=True)
def web(supervised: bool, one_machine: bool) -> None:
    """Answer HTTP requests."""
    settings = _ready_settings()
    if not (settings.development or one_machine) and os.access(settings.mailer_key_file, os.R_OK):
        raise OneMachineRisk(
            f"The web process can read the mailer's key, {settings.mailer_key_file}: run it as a "
            "user who cannot, or use “campaigns run” if this is the only machine."
        )
    _require_free_port(settings)
    if supervised:
        _end_with_pipe()
    Granian(
        "campaigns.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        log_level=LogLevels.warning,
        # Half-sent requests must not be able to hold up a stop.
        workers_kill_timeout=STOP_SECONDS // 2,
    ).serve()


@cli.command()
@click.option("--supervised", is_flag=True, hidden=True)
def worker(supervised: bool) -> None:
    """Send mail and do the periodic work."""
    settings = _ready_settings()
    if supervised:
        _end_with_pipe()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    run_worker(create_app(settings), stop)


@cli.command()
def run() -> None:
    """Run web and worker together, on one machine."""
    settings = _ready_settings()
    _require_free_port(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    commands = {"web": ["--supervised", "--one-machine"], "worker": ["--supervised"]}
    children = {name: _start(name, options) for name, options in commands.items()}
    started = dict.fromkeys(children, time.monotonic())
    threading.Thread(target=_announce, args=(settings, stop), daemon=True).start()
    failed = None
    while not stop.wait(0.2):
        for name, child in children.items():
            if child.poll() is None:
                continue
            if time.monotonic() - started[name] < STEADY_SECONDS:
                failed = name
                stop.set()
                break
            click.echo(f"The {name} process ended unexpectedly and is started again.", err=True)
            children[name], started[name] = _start(name, commands[name]), time.monotonic()
    for child in children.values():
        _stop(child)
    if failed:
        raise click.ClickException(f"The {failed} process could not be started.")


@cli.command()
@click.option("--deploy", is_flag=True, help="Also say what is not fit for the public.")
def check(deploy: bool) -> None:
    """Check settings, database and keys, one sentence a fault."""
    settings = _ready_settings()
    faults = _deployment_faults(settings) if deploy else []
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo("All is well.")


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _ready_settings() -> Settings:
    """Return the settings of an instance that can serve, or raise what is wrong with it."""
    settings = load_settings()
    require_serving(settings)
    app: Flask = create_app(settings)
    with app.app_context():
        if database_revision() != newest_revision(app):
            raise click.ClickException("The database is not up to date: run “campaigns init”.")
        check_keys(settings.keys_path)
    return settings


def _deployment_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.development:
        faults.append("CAMPAIGNS_ENV is development: set it to production.")
    if settings.base_url and not settings.base_url.startswith("https://"):
        faults.append("CAMPAIGNS_BASE_URL does not begin with https://: the site needs TLS.")
    if (settings.keys_path / "recovery-identity.txt").exists():
        faults.append(
            f"The recovery identity can be read on this server: move "
            f"{settings.keys_path / 'recovery-identity.txt'} to paper or another machine."
        )
    if not settings.trusted_proxies:
        faults.append("CAMPAIGNS_TRUSTED_PROXIES is empty: name the proxy in front of this site.")
    return faults


def _write_once(path: Path, line: str) -> None:
    if not path.exists():
        write_private_file(path, line + "\n")


def _require_free_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise click.ClickException(
                f"Port {settings.port} is taken by another program: set PORT to another number."
            ) from None


def _start(name: str, options: list[str]) -> subprocess.Popen[bytes]:
    """Start a process of our own that ends when the pipe to its standard input closes."""
    program = str(Path(sys.argv[0]).resolve())
    # A group of its own: Ctrl-C reaches us alone, and we end it in order.
    return subprocess.Popen(  # noqa: S603 — our own program, with our own words
        [sys.executable, program, name, *options], stdin=subprocess.PIPE, process_group=0
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _end_with_pipe() -> None:
    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _announce(settings: Settings, stop: threading.Event) -> None:
    """Say where the site is as soon as it answers."""
    while not stop.wait(0.1):
        try:
            socket.create_connection((settings.host, settings.port), timeout=1).close()
        except OSError:
            continue
        break
    else:
        return
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


if __name__ == "__main__":
    main()
