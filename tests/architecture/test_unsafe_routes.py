"""Whatever changes something is refused without its form's own token, and from other sites."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from werkzeug.routing import Rule

from campaigns.accounts.models import Organiser
from campaigns.accounts.sessions import has_session
from campaigns.db import db
from tests.architecture.world import (
    Visitor,
    address_of,
    browser,
    make_people,
    make_world,
    routes,
    visitor,
)
from tests.factories import make_organiser

SAFE = ("GET", "HEAD")
# What a page of another site makes a browser say; old ones know no Sec-Fetch-Site.
FOREIGN_HEADERS = {
    "a foreign origin": {"Origin": "https://evil.example"},
    "no origin it would name": {"Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another site under ours": {"Sec-Fetch-Site": "same-site"},
    "another site that names ours": {"Sec-Fetch-Site": "cross-site", "Origin": "OURS"},
}
REFUSED = (400, 403)


def unsafe_routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every route that changes something."""
    for method, rule in routes(app):
        if method not in SAFE:
            yield method, rule


@pytest.mark.database("sqlite")  # what is refused never gets as far as a database
def test_no_request_another_site_could_send_changes_anything(app: Flask) -> None:
    world, people = make_world(), make_people(app)
    ours = str(app.extensions["settings"].base_url)
    before = everything()
    wrong: list[str] = []
    for method, rule in unsafe_routes(app):
        data = {"csrf_token": people["admin"].token or ""}
        for what, given in FOREIGN_HEADERS.items():
            headers = {name: ours if it == "OURS" else it for name, it in given.items()}
            client = browser(app, people["admin"])
            address = address_of(app, rule, world)
            answer = client.open(address, method=method, data=data, headers=headers)
            wrong += faults(f"{method} {rule.rule}, {what}", answer.status_code, before)
    assert not wrong, "\n".join(wrong)


@pytest.mark.database("sqlite")  # as above
def test_nothing_behind_the_sign_in_is_changed_without_the_forms_own_token(app: Flask) -> None:
    world, people = make_world(), make_people(app)
    stranger = visitor(app, make_organiser("another-admin", site_admin=True))
    before = everything()
    wrong: list[str] = []
    for method, rule in unsafe_routes(app):
        if not has_session(rule.rule):
            continue
        for what, data in tokens(stranger).items():
            client = browser(app, people["admin"])
            answer = client.open(address_of(app, rule, world), method=method, data=data)
            wrong += faults(f"{method} {rule.rule}, {what}", answer.status_code, before)
    assert not wrong, "\n".join(wrong)


@pytest.mark.database("sqlite")
def test_the_same_requests_are_looked_at_when_a_page_of_ours_sends_them(app: Flask) -> None:
    """Or the two tests above would prove nothing."""
    world, people = make_world(), make_people(app)
    wrong = []
    for method, rule in unsafe_routes(app):
        if has_session(rule.rule) and not rule.rule.startswith("/console"):
            # Its forms have sessions of their own.
            continue
        headers = {"Sec-Fetch-Site": "same-origin"}
        data = {"csrf_token": people["admin"].token or ""}
        client = browser(app, people["admin"])
        answer = client.open(
            address_of(app, rule, world), method=method, data=data, headers=headers
        )
        if answer.status_code in REFUSED and not rule.rule.endswith("/approval"):
            wrong.append(f"{method} {rule.rule}: {answer.status_code}")
        db.session.get_one(Organiser, admin_id()).active = True
        db.session.commit()
    assert not wrong


@pytest.mark.database("sqlite")
def test_a_row_that_changes_is_seen(app: Flask) -> None:
    organiser = make_organiser("ayesha")
    before = everything()
    organiser.site_admin = True
    db.session.commit()
    assert faults("a change", 403, before)


def tokens(stranger: Visitor) -> Mapping[str, Mapping[str, str]]:
    """What stands in a form in the place of its token."""
    return {
        "no token": {},
        "an empty token": {"csrf_token": ""},
        "somebody else's token": {"csrf_token": stranger.token or ""},
    }


def faults(what: str, code: int, before: Mapping[str, Any]) -> Iterator[str]:
    """Say when a request was not refused, or changed something all the same."""
    if code not in REFUSED:
        yield f"{what}: {code}"
    now = everything()
    changed = [name for name, rows in now.items() if rows != before[name]]
    if changed:
        yield f"{what} changed {', '.join(changed)}"


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {table.name: rows_of(connection, table) for table in db.metadata.sorted_tables}


def rows_of(connection: Connection, table: Any) -> list[tuple[Any, ...]]:
    """The rows of a table, in the order of its key."""
    return [tuple(it) for it in connection.execute(select(table).order_by(*table.primary_key))]


def admin_id() -> int:
    """Who sends the requests."""
    return db.session.scalars(select(Organiser.id).where(Organiser.username == "admin")).one()
