"""Sessions: where they exist, how long they last, what ends them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask, session
from flask.testing import FlaskClient

from campaigns.accounts.operations import disable_organiser, end_all_sessions, ensure_demo_organiser
from campaigns.accounts.sessions import ConsoleSessionInterface
from campaigns.config import Settings
from campaigns.db import db
from tests.accounts.factories import (
    REFUSED,
    browser_with,
    cookie_of,
    is_signed_in,
    make_organiser,
    sign_in,
    sign_out,
    submit_sign_in,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PRODUCTION = {
    "ENV": "production",
    "BASE_URL": "https://campaigns.example.org",
    "MAIL_SERVER": "relay.example.org",
    "MAIL_USE_TLS": "true",
    "MAIL_DEFAULT_SENDER": "campaigns@example.org",
}


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser()
    sign_in(client)
    kept = cookie_of(client, app)
    answer = sign_out(client)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "You are signed out." in client.get("/login").get_data(as_text=True)
    assert not is_signed_in(browser_with(kept, app))
    assert not is_signed_in(client)


def test_one_session_ends_without_the_others(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    phone = app.test_client()
    sign_in(client)
    sign_in(phone)
    sign_out(phone)
    assert is_signed_in(client)


def test_a_disabled_organiser_is_out_at_once(client: FlaskClient) -> None:
    organiser = make_organiser()
    sign_in(client)
    disable_organiser(organiser)
    assert not is_signed_in(client)


def test_all_sessions_of_an_organiser_end_together_and_nobody_elses(
    app: Flask, client: FlaskClient
) -> None:
    organiser = make_organiser("ayesha")
    make_organiser("bilal")
    phone = app.test_client()
    sign_in(client, "ayesha")
    sign_in(phone, "bilal")
    end_all_sessions(organiser)
    assert not is_signed_in(client)
    assert is_signed_in(phone)


def test_a_session_ends_after_an_hour_without_a_request(client: FlaskClient) -> None:
    make_organiser()
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        clock.shift(timedelta(minutes=59))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=59))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=61))
        assert not is_signed_in(client)


def test_a_session_ends_after_twelve_hours_however_busy(client: FlaskClient) -> None:
    make_organiser()
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        for _half_hour in range(23):
            clock.shift(timedelta(minutes=30))
            assert is_signed_in(client)
        clock.shift(timedelta(minutes=31))
        assert not is_signed_in(client)


def test_a_cookie_changed_by_hand_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    cookie = cookie_of(client, app)
    assert is_signed_in(browser_with(cookie, app))
    changed = cookie[:-3] + ("AAA" if not cookie.endswith("AAA") else "BBB")
    assert not is_signed_in(browser_with(changed, app))


@pytest.mark.parametrize("address", ["/console", "/console/anything", "/console/a/b?c=d"])
def test_strangers_are_asked_to_sign_in_wherever_below_the_console(
    client: FlaskClient, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=/console")
    assert client.post(address).location == "/login"


def test_public_pages_neither_set_nor_read_a_cookie(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "cookie" not in answer.headers.get("Vary", "").lower()
    assert "ayesha" not in answer.get_data(as_text=True)


def test_pages_of_organisers_are_kept_by_no_cache(client: FlaskClient) -> None:
    make_organiser()
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    sign_in(client)
    assert client.get("/console").headers["Cache-Control"] == "no-store"


def test_keeping_something_in_the_session_of_a_public_page_is_an_error(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(RuntimeError, match="/console"):
        session["a"] = "b"


def test_a_path_that_only_begins_like_the_console_has_no_session(app: Flask) -> None:
    with app.test_request_context("/console-of-games"), pytest.raises(RuntimeError):
        session["a"] = "b"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    make_organiser()
    cookie = submit_sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.settings(**PRODUCTION)
def test_in_production_the_cookie_is_bound_to_this_host_and_to_tls(client: FlaskClient) -> None:
    make_organiser()
    cookie = client.get("/login").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


@pytest.mark.settings(**PRODUCTION)
def test_the_demo_organiser_does_not_get_into_a_production_site(
    client: FlaskClient, settings: Settings
) -> None:
    password = ensure_demo_organiser(settings.instance_path / "demo-organiser.txt")
    db.session.commit()
    answer = submit_sign_in(client, "demo", password)
    assert answer.status_code == 422
    assert REFUSED in answer.get_data(as_text=True)


def test_the_session_in_the_cookie_tells_nothing_of_the_network(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser()
    sign_in(client)
    interface = app.session_interface
    assert isinstance(interface, ConsoleSessionInterface)
    serializer = interface.get_signing_serializer(app)
    assert serializer
    kept = serializer.loads(cookie_of(client, app))
    # Flask-Login would keep a hash of the address and the browser there.
    assert set(kept) == {"_user_id", "_fresh", "_permanent", "token"}
