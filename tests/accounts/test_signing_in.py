"""Signing in."""

import re
import statistics
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from campaigns.accounts.destinations import destination
from campaigns.accounts.models import Session
from campaigns.accounts.operations import disable_organiser
from campaigns.config import Settings
from campaigns.db import db
from tests.accounts.factories import (
    PASSWORD,
    REFUSED,
    browser_with,
    cookie_of,
    is_signed_in,
    make_organiser,
    sign_in,
    submit_sign_in,
    token_of,
)


def test_an_organiser_signs_in_and_sees_who_they_are(client: FlaskClient) -> None:
    make_organiser("ayesha")
    answer = submit_sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/console")
    page = client.get("/console").get_data(as_text=True)
    assert "<bdi>ayesha</bdi>" in page


@pytest.mark.parametrize("typed", ["AYESHA", "Ayesha ", "ａｙｅｓｈａ"])
def test_a_user_name_is_known_in_any_case_and_width(client: FlaskClient, typed: str) -> None:
    make_organiser("ayesha")
    assert submit_sign_in(client, typed).status_code == 303


def test_whoever_may_not_sign_in_reads_the_same_whatever_the_reason(client: FlaskClient) -> None:
    make_organiser("ayesha")
    make_organiser("invited", password=None)
    disable_organiser(make_organiser("disabled"))
    pages = set()
    for username, password in [
        ("ayesha", "not her password"),
        ("nobody", PASSWORD),
        ("invited", PASSWORD),
        ("disabled", PASSWORD),
        ("ayesha", "x" * 10_000),
        ("no name\x00at all", PASSWORD),
        ("n" * 10_000, PASSWORD),
    ]:
        answer = submit_sign_in(client, username, password)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert REFUSED in page
        pages.add(re.sub(r'(?:value|data-options)="[^"]*"', "", page))
        assert not is_signed_in(client)
    assert len(pages) == 1
    assert db.session.query(Session).count() == 0


def test_an_unknown_name_takes_as_long_as_a_wrong_password(client: FlaskClient) -> None:
    make_organiser("ayesha")

    def median_seconds(username: str) -> float:
        taken = []
        for _attempt in range(3):
            token = token_of(client.get("/login"))
            data = {"username": username, "password": "wrong", "csrf_token": token}
            started = time.perf_counter()
            client.post("/login", data=data)
            taken.append(time.perf_counter() - started)
        return statistics.median(taken)

    unknown, wrong = median_seconds("nobody"), median_seconds("ayesha")
    # Without a hash it would answer ten times faster.
    assert unknown > wrong / 3


def test_an_empty_form_says_what_is_missing_and_keeps_the_name(client: FlaskClient) -> None:
    nothing = submit_sign_in(client, "", "")
    assert nothing.status_code == 422
    assert "Enter your user name." in nothing.get_data(as_text=True)
    page = submit_sign_in(client, "ayesha", "").get_data(as_text=True)
    assert "Enter your password." in page
    assert "<title>Error: Sign in" in page
    assert 'value="ayesha"' in page


def test_a_password_is_never_sent_back(client: FlaskClient) -> None:
    make_organiser("ayesha")
    page = submit_sign_in(client, "ayesha", "a secret typed wrong").get_data(as_text=True)
    assert "a secret typed wrong" not in page


def test_signing_in_leads_on_to_the_page_that_was_asked_for(client: FlaskClient) -> None:
    make_organiser("ayesha")
    sent_away = client.get("/console/campaigns/x?tab=2")
    assert sent_away.status_code == 303
    answer = submit_sign_in(client, address=sent_away.location)
    assert answer.location == "/console/campaigns/x?tab=2"


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/console/x", "/console/x"),
        ("/console?locale=en", "/console?locale=en"),
        ("https://evil.example/console", "/console"),
        ("//evil.example/console", "/console"),
        ("/\\evil.example", "/console"),
        ("\\\\evil.example", "/console"),
        ("/console\\@evil.example", "/console"),
        ("/consoles", "/console"),
        ("/console.evil.example", "/console"),
        ("/console@evil.example", "/console"),
        ("/console/\r\nSet-Cookie: a=b", "/console"),
        ("/console/\tx", "/console"),
        ("javascript:alert(1)", "/console"),
        ("console", "/console"),
        ("/", "/console"),
        ("", "/console"),
    ],
)
def test_the_way_leads_nowhere_but_into_the_console(app: Flask, wanted: str, led_to: str) -> None:
    with app.test_request_context("/login", query_string={"next": wanted}):
        assert destination() == led_to


def test_a_forged_way_on_is_forgotten(client: FlaskClient) -> None:
    make_organiser("ayesha")
    forged = "/login?next=//evil.example/console"
    assert "evil.example" not in client.get(forged).get_data(as_text=True)
    assert submit_sign_in(client, address=forged).location == "/console"


def test_whoever_is_signed_in_is_led_past_the_form(client: FlaskClient) -> None:
    make_organiser("ayesha")
    sign_in(client)
    answer = client.get("/login?next=/console/x")
    assert (answer.status_code, answer.location) == (303, "/console/x")
    assert client.get("/login?next=https://evil.example/").location == "/console"


def test_nothing_planted_in_a_browser_lives_on_after_signing_in(app: Flask) -> None:
    make_organiser("ayesha")
    attacker = app.test_client()
    planted_token = token_of(attacker.get("/login"))
    victim = browser_with(cookie_of(attacker, app), app)
    sign_in(victim)
    assert not is_signed_in(attacker)
    # Nor does the token the attacker knows pass for one of the victim's.
    forged = victim.post("/logout", data={"csrf_token": planted_token})
    assert forged.status_code == 400
    assert is_signed_in(victim)


def test_signing_in_again_ends_the_session_before(app: Flask, client: FlaskClient) -> None:
    make_organiser("ayesha")
    make_organiser("bilal")
    form = token_of(client.get("/login"))
    sign_in(client)
    earlier = cookie_of(client, app)
    # The form was open in a second tab; its token went with the session before.
    assert client.post("/login", data={"username": "bilal", "csrf_token": form}).status_code == 400
    data = {"username": "bilal", "password": PASSWORD}
    data["csrf_token"] = token_of(client.get("/console"))
    assert client.post("/login", data=data).status_code == 303
    assert "bilal" in client.get("/console").get_data(as_text=True)
    assert not is_signed_in(browser_with(earlier, app))


@pytest.mark.database("sqlite")  # PostgreSQL has no lock for the whole database
def test_a_failing_sign_in_waits_for_no_writer(client: FlaskClient, settings: Settings) -> None:
    make_organiser("ayesha")
    token = token_of(client.get("/login"))
    data = {"username": "ayesha", "password": "wrong", "csrf_token": token}
    engine = create_engine(settings.database_url)
    with engine.connect() as writer:
        writer.begin()
        started = time.perf_counter()
        answer = client.post("/login", data=data)
        taken = time.perf_counter() - started
    engine.dispose()
    assert answer.status_code == 422
    assert taken < 4, "it waited for the lock, which is given up after five seconds"
