"""Every route is open to exactly those access.txt says, and to nobody by an oversight.

A new route is one line there. The columns are people: a visitor who is not signed in; a viewer, an
editor and an owner of the campaign the address names; the owner of another one; a site admin.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from campaigns.config import Settings
from campaigns.db import db
from tests.architecture.source import PROJECT
from tests.architecture.world import (
    Visitor,
    address_of,
    browser,
    make_people,
    make_world,
    routes,
)
from tests.fixtures.databases import SQLITE_FILE

TABLE = PROJECT / "tests" / "architecture" / "access.txt"
COLUMNS = ("anonymous", "viewer", "editor", "stranger", "owner", "admin")
PUBLIC = "public"
ANSWERS = frozenset({"ok", "403", "404", "login"})
# Without access of a kind these answer with codes of their own.
NOT_LET_IN = frozenset({400, 401, 405, 500})


def read_table() -> dict[tuple[str, str], tuple[str, ...]]:
    """The answers of the table for each method and route."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, rule, *answers = line.split()
        assert (method, rule) not in found, f"twice in the table: {method} {rule}"
        assert answers == [PUBLIC] or (len(answers) == len(COLUMNS) and set(answers) <= ANSWERS), (
            f"not understood: {line}"
        )
        found[method, rule] = tuple(answers)
    return found


@pytest.mark.database("sqlite")  # nothing is read from it
def test_every_route_stands_in_the_table_and_nothing_else_does(app: Flask) -> None:
    found = {(method, rule.rule) for method, rule in routes(app)}
    listed = read_table().keys()
    assert not found - listed, "say in access.txt who may use these"
    assert not listed - found, "take these out of access.txt"


@pytest.mark.database("sqlite")  # nobody's rights depend on it, and its file is put back
@pytest.mark.settings(LOCALES="en,ur")
def test_everybody_gets_from_every_route_what_the_table_says(
    app: Flask, settings: Settings
) -> None:
    world, people = make_world(), make_people(app)
    before = Snapshot(settings.instance_path)
    table, wrong = read_table(), []
    for method, rule in routes(app):
        expected = table.get((method, rule.rule), ())
        if expected == (PUBLIC,) or not expected:
            continue
        address = address_of(app, rule, world)
        for column, said in zip(COLUMNS, expected, strict=True):
            answer = ask(app, method, address, people[column])
            if method != "GET" and answer.status_code < 400:
                before.put_back()
            if (got := kind_of(answer)) != said:
                wrong.append(f"{method} {rule.rule}: {column} gets {got}, not {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.database("sqlite")
def test_what_is_public_asks_nobody_to_sign_in(app: Flask) -> None:
    world, table = make_world(), read_table()
    wrong = []
    for method, rule in routes(app):
        if table.get((method, rule.rule)) != (PUBLIC,) or rule.rule.startswith("/login"):
            continue
        answer = ask(app, method, address_of(app, rule, world), Visitor())
        if answer.status_code in (401, 403) or kind_of(answer) == "login":
            wrong.append(f"{method} {rule.rule}: {answer.status_code}")
    assert not wrong


@pytest.mark.database("sqlite")  # nothing is read from it
def test_nothing_below_the_console_is_public() -> None:
    public = [rule for (_, rule), answers in read_table().items() if answers == (PUBLIC,)]
    assert not [rule for rule in public if rule.startswith("/console")]


class Snapshot:
    """A copy of the embedded database, to be put back after something was done."""

    def __init__(self, instance: Path) -> None:
        self._database = instance / SQLITE_FILE
        self._copy = instance / "before"
        self._leave()
        shutil.copy(self._database, self._copy)

    def put_back(self) -> None:
        """Undo everything since."""
        self._leave()
        for log in self._logs():
            log.unlink(missing_ok=True)
        shutil.copy(self._copy, self._database)

    def _leave(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def _logs(self) -> Iterator[Path]:
        for suffix in ("-wal", "-shm"):
            yield self._database.with_name(self._database.name + suffix)


def ask(app: Flask, method: str, address: str, who: Visitor) -> TestResponse:
    """Send an empty form, with the token of whoever sends it."""
    data: Mapping[str, str] = {"csrf_token": who.token} if who.token else {}
    sent = None if method == "GET" else data
    # Read to its end at once, so that what it rests on is closed.
    return browser(app, who).open(address, method=method, data=sent, buffered=True)


def kind_of(answer: TestResponse) -> str:
    """The word of the table for an answer."""
    if answer.status_code == 303 and (answer.location or "").startswith("/login"):
        return "login"
    if answer.status_code in (403, 404):
        return str(answer.status_code)
    return f"{answer.status_code}!" if answer.status_code in NOT_LET_IN else "ok"
