"""Passkeys: made, used as second factor or alone, and nothing of theirs is good twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry, Organiser, Passkey, Session
from campaigns.accounts.operations import disable_organiser
from campaigns.accounts.passkeys import Site
from campaigns.db import db
from tests.accounts.authenticator import Device, options_of
from tests.accounts.factories import (
    is_signed_in,
    make_organiser,
    sign_in,
    submit_sign_in,
    token_of,
)

NEW = "/console/account/passkeys/new"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def device(app: Flask) -> Device:
    """A device on a page of this site, by the name that passkeys can be bound to."""
    base_url = app.extensions["settings"].base_url
    return Device(base_url.replace("127.0.0.1", "localhost"))


def add(client: FlaskClient, device: Device, name: str = "blue key") -> TestResponse:
    """Make a passkey on the page for it."""
    page = client.get(NEW)
    answer = device.make(page.get_data(as_text=True))
    data = {"csrf_token": token_of(page), "answer": answer, "name": name}
    return client.post(NEW, data=data)


def use_alone(client: FlaskClient, device: Device) -> TestResponse:
    """Sign in by the passkey, without a name and a password."""
    page = client.get("/login")
    answer = device.use(page.get_data(as_text=True))
    return client.post("/login/passkey", data={"csrf_token": token_of(page), "answer": answer})


def use_second(client: FlaskClient, device: Device) -> TestResponse:
    """Sign in by password and passkey."""
    submit_sign_in(client)
    page = client.get("/login/second")
    data = {"csrf_token": token_of(page), "answer": device.use(page.get_data(as_text=True))}
    return client.post("/login/second/passkey", data=data)


@pytest.fixture
def owner(app: Flask, device: Device) -> FlaskClient:
    """The browser in which ayesha has added her passkey."""
    make_organiser()
    browser = app.test_client()
    sign_in(browser)
    assert add(browser, device).location == "/console/account/recovery-codes"
    return browser


def passkey() -> Passkey:
    return db.session.scalars(select(Passkey)).one()


def test_a_passkey_is_added_named_and_listed(owner: FlaskClient) -> None:
    page = owner.get("/console/account").get_data(as_text=True)
    assert "blue key" in page
    assert "10 recovery codes left" in page
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))
    assert actions[-2:] == [Action.RECOVERY_CODES_MADE, Action.PASSKEY_ADDED]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry
    assert entry.about == f"passkey:{passkey().id}"


def test_a_passkey_is_a_second_factor(
    client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    answer = use_second(client, device)
    assert (answer.status_code, answer.location) == (303, "/console")
    assert is_signed_in(client)
    newest = db.session.scalars(select(Session).order_by(Session.id.desc())).first()
    assert newest
    assert newest.second_factor
    assert passkey().sign_count == 1
    assert passkey().used_at


def test_a_passkey_alone_counts_as_two_factors(
    client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    assert use_alone(client, device).location == "/console"
    assert is_signed_in(client)
    newest = db.session.scalars(select(Session).order_by(Session.id.desc())).first()
    assert newest
    assert newest.second_factor


def test_alone_the_device_must_have_verified_who_uses_it(
    app: Flask, client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    device.flags = 0x01
    answer = use_alone(client, device)
    assert answer.status_code == 422
    assert "This passkey did not work here. Use your password." in answer.get_data(as_text=True)
    assert not is_signed_in(client)
    # Beside the password a touch is enough.
    assert use_second(client, device).status_code == 303


def test_an_answer_is_good_once(app: Flask, client: FlaskClient, owner: FlaskClient) -> None:
    """Even of a device that does not count, to whoever has copied the cookie with the challenge."""
    name = app.config["SESSION_COOKIE_NAME"]
    device = Device(app.extensions["settings"].base_url.replace("127.0.0.1", "localhost"))
    device.credential_id = b"one that does not count"
    add(owner, device)
    page = client.get("/login")
    cookie = client.get_cookie(name, domain="127.0.0.1")
    assert cookie
    device.count = -1
    data = {"csrf_token": token_of(page), "answer": device.use(page.get_data(as_text=True))}
    assert client.post("/login/passkey", data=data).status_code == 303
    assert db.session.scalars(select(Passkey.sign_count).order_by(Passkey.id.desc())).first() == 0
    thief = app.test_client()
    thief.set_cookie(name, cookie.value, domain="127.0.0.1")
    assert thief.post("/login/passkey", data=data).status_code == 422
    assert not is_signed_in(thief)


def test_a_copy_of_the_device_that_counts_lower_is_refused(
    client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    device.count = 7
    assert use_alone(client, device).status_code == 303
    device.count = 7
    client.post("/logout", data={"csrf_token": token_of(client.get("/console"))})
    assert use_alone(client, device).status_code == 422


def test_a_challenge_is_answered_within_five_minutes(
    app: Flask, client: FlaskClient, device: Device
) -> None:
    make_organiser()
    with time_machine.travel(NOON, tick=False) as clock:
        browser = app.test_client()
        sign_in(browser)
        add(browser, device)
        clock.shift(timedelta(minutes=1))
        page = client.get("/login")
        data = {"csrf_token": token_of(page), "answer": device.use(page.get_data(as_text=True))}
        clock.shift(timedelta(minutes=5))
        assert client.post("/login/passkey", data=data).status_code == 422


def test_an_answer_given_to_another_site_is_refused(
    client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    device.origin = "https://evil.example"
    assert use_alone(client, device).status_code == 422
    assert use_second(client, device).status_code == 422
    assert not is_signed_in(client)


def test_anothers_passkey_is_no_second_factor_of_mine(
    app: Flask, client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    make_organiser("bilal", second_factor=True)
    submit_sign_in(client, "bilal")
    page = client.get("/login/second")
    assert "data-passkey" not in page.get_data(as_text=True)
    answer = device.use(client.get("/login").get_data(as_text=True))
    data = {"csrf_token": token_of(client.get("/login/second")), "answer": answer}
    assert client.post("/login/second/passkey", data=data).status_code == 422
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"id": 5}', '{"id": "AA"}', "[" * 20_000, "x" * 100_000],
)
def test_nonsense_is_refused(client: FlaskClient, owner: FlaskClient, answer: str) -> None:
    page = client.get("/login")
    data = {"csrf_token": token_of(page), "answer": answer}
    assert client.post("/login/passkey", data=data).status_code == 422
    page = owner.get(NEW)
    data = {"csrf_token": token_of(page), "answer": answer, "name": "phone"}
    refused = owner.post(NEW, data=data)
    assert refused.status_code == 422
    assert "The passkey was not made, or too late." in refused.get_data(as_text=True)
    assert 'value="phone"' in refused.get_data(as_text=True)


def test_a_disabled_organiser_does_not_get_in_by_a_passkey(
    client: FlaskClient, owner: FlaskClient, device: Device
) -> None:
    disable_organiser(passkey_owner())
    assert use_alone(client, device).status_code == 422


def test_one_is_not_added_twice_nor_without_a_name(owner: FlaskClient, device: Device) -> None:
    page = owner.get(NEW).get_data(as_text=True)
    assert options_of(page, "create")["excludeCredentials"]
    assert add(owner, device).status_code == 422
    device.credential_id = b"another"
    for name in ("", " ", "x" * 41, "two\u202elines"):
        assert add(owner, device, name).status_code == 422
    assert passkey().name == "blue key"


def test_one_is_renamed_and_removed(app: Flask, owner: FlaskClient, device: Device) -> None:
    address = f"/console/account/passkeys/{passkey().id}"
    token = {"csrf_token": token_of(owner.get(address))}
    assert owner.post(address, data=token | {"name": ""}).status_code == 422
    assert owner.post(address, data=token | {"name": "phone"}).status_code == 303
    assert passkey().name == "phone"
    assert owner.post(f"{address}/remove", data=token).status_code == 303
    assert not db.session.scalars(select(Passkey)).all()
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry
    assert entry.action == Action.PASSKEY_REMOVED
    assert use_alone(app.test_client(), device).status_code == 422
    assert submit_sign_in(app.test_client()).location == "/console"


def test_anothers_looks_missing(app: Flask, owner: FlaskClient) -> None:
    make_organiser("bilal")
    other = app.test_client()
    sign_in(other, "bilal")
    address = f"/console/account/passkeys/{passkey().id}"
    token = {"csrf_token": token_of(other.get("/console"))}
    assert other.get(address).status_code == 404
    assert other.post(address, data=token | {"name": "mine"}).status_code == 404
    assert other.post(f"{address}/remove", data=token).status_code == 404
    assert passkey().name == "blue key"


def test_the_handle_tells_nobody_who_somebody_is(owner: FlaskClient) -> None:
    user = options_of(owner.get(NEW).get_data(as_text=True), "create")["user"]
    assert "ayesha" not in json.dumps(user["id"])
    assert len(user["id"]) >= 43


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("base_url", "host", "origin"),
    [
        ("https://campaigns.example.org", "campaigns.example.org", "https://campaigns.example.org"),
        ("https://a.example:8443", "a.example", "https://a.example:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_passkeys_are_bound_to_the_public_address(base_url: str, host: str, origin: str) -> None:
    site = Site.at(base_url, "Site")
    assert (site.host, site.origin) == (host, origin)


def passkey_owner() -> Organiser:
    return db.session.get_one(Organiser, passkey().organiser_id)
