"""`campaigns organiser`, and the demo's organiser."""

import dataclasses
import re
import stat

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigns.accounts.cli import organiser
from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import ensure_demo_organiser
from campaigns.config import Settings
from campaigns.db import db
from tests.accounts.factories import (
    is_signed_in,
    make_organiser,
    sign_in,
    submit_sign_in,
    token_of,
)


def run(*arguments: str) -> Result:
    """Run the command as from a shell."""
    return CliRunner().invoke(organiser, arguments)


def link_of(result: Result, settings: Settings) -> str:
    """The path of the link a command printed."""
    assert result.exit_code == 0, result.output
    found = re.search(rf"^{settings.base_url}(/invitation/\S+)$", result.stdout, re.MULTILINE)
    assert found, result.stdout
    return found[1]


def named(username: str) -> Organiser:
    """The organiser of this name, as stored."""
    return db.session.scalars(select(Organiser).where(Organiser.username == username)).one()


def test_adding_prints_a_link_that_lets_somebody_in(
    client: FlaskClient, settings: Settings
) -> None:
    address = link_of(run("add", "Ayesha"), settings)
    password = "four unconnected nouns: kettle"
    token = token_of(client.get(address))
    data = {"password": password, "again": password, "csrf_token": token}
    assert client.post(address, data=data).status_code == 303
    assert is_signed_in(client)


def test_the_first_organiser_is_site_admin_and_later_ones_only_when_told(app: Flask) -> None:
    assert "Added ayesha, site admin." in run("add", "ayesha").stdout
    assert "Added bilal." in run("add", "bilal").stdout
    assert "Added chandni, site admin." in run("add", "chandni", "--site-admin").stdout
    admins = {name: named(name).site_admin for name in ("ayesha", "bilal", "chandni")}
    assert admins == {"ayesha": True, "bilal": False, "chandni": True}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "ＡＹＥＳＨＡ"), "This user name is taken: choose another."),
        (("add", "Demo"), "This user name is taken: choose another."),
        (("add", "no spaces"), "A user name is 2 to 40 letters and digits"),
        (("disable", "nobody"), "There is no organiser of this name."),
        (("reset", "nobody"), "There is no organiser of this name."),
        (("reset", "no\x00name"), "There is no organiser of this name."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    app: Flask, arguments: tuple[str, ...], sentence: str
) -> None:
    make_organiser("ayesha", password=None)
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not result.stdout


@pytest.mark.parametrize("command", ["add", "reset"])
def test_no_link_is_made_without_a_public_address(
    app: Flask, settings: Settings, command: str
) -> None:
    make_organiser("ayesha", password=None)
    app.extensions["settings"] = dataclasses.replace(settings, base_url=None)
    result = run(command, "bilal" if command == "add" else "ayesha")
    assert result.exit_code == 1
    assert "CAMPAIGNS_BASE_URL is missing" in result.stderr
    assert db.session.scalars(select(Organiser.username)).all() == ["ayesha"]


def test_disabling_says_what_it_did_and_does_it(client: FlaskClient) -> None:
    make_organiser("ayesha")
    sign_in(client)
    result = run("disable", "AYESHA")
    assert result.exit_code == 0
    assert "Disabled ayesha" in result.stdout
    assert not is_signed_in(client)
    assert submit_sign_in(client).status_code == 422


def test_a_reset_lets_a_disabled_organiser_in_again(
    client: FlaskClient, settings: Settings
) -> None:
    make_organiser("ayesha")
    run("disable", "ayesha")
    result = run("reset", "ayesha")
    assert "no longer disabled" in result.stdout
    assert client.get(link_of(result, settings)).status_code == 200


def test_the_demo_organiser_signs_in_with_the_password_in_a_private_file(
    client: FlaskClient, settings: Settings
) -> None:
    path = settings.instance_path / "demo-organiser.txt"
    password = ensure_demo_organiser(path)
    assert path.read_text(encoding="ascii").strip() == password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sign_in(client, "demo", password)
    assert named("demo").site_admin


def test_the_demo_organiser_keeps_their_password_and_sessions_when_started_again(
    client: FlaskClient, settings: Settings
) -> None:
    path = settings.instance_path / "demo-organiser.txt"
    password = ensure_demo_organiser(path)
    sign_in(client, "demo", password)
    assert ensure_demo_organiser(path) == password
    assert is_signed_in(client)


def test_the_demo_organiser_gets_a_new_password_when_the_file_is_gone(
    client: FlaskClient, settings: Settings
) -> None:
    path = settings.instance_path / "demo-organiser.txt"
    first = ensure_demo_organiser(path)
    path.unlink()
    second = ensure_demo_organiser(path)
    assert first != second
    sign_in(client, "demo", second)


def test_the_demo_organiser_is_not_reset_by_a_link(app: Flask, settings: Settings) -> None:
    ensure_demo_organiser(settings.instance_path / "demo-organiser.txt")
    result = run("reset", "demo")
    assert result.exit_code == 1
    assert not result.stdout
