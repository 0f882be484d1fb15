"""An organiser's account: where they are signed in, their password, being asked for it again."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from campaigns.accounts import passwords, securing
from campaigns.accounts.access import require_fresh, require_second_factor
from campaigns.accounts.actions import Action
from campaigns.accounts.browsers import family_of
from campaigns.accounts.errors import SignInRefused
from campaigns.accounts.models import AuditEntry, Passkey, RecoveryCode, Session, Totp
from campaigns.accounts.operations import change_password, reset_organiser
from campaigns.accounts.queries import Credentials, find_organiser
from campaigns.db import db, utcnow
from tests.accounts.factories import (
    PASSWORD,
    browser_with,
    cookie_of,
    is_signed_in,
    make_organiser,
    sign_in,
    sign_out,
    submit_sign_in,
    token_of,
)
from tests.factories.accounts import code_at

ACCOUNT = "/console/account"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
NEW_PASSWORD = "three other words: lantern"


def change(
    client: FlaskClient, password: str = NEW_PASSWORD, old: str = PASSWORD, again: str | None = None
) -> TestResponse:
    """Fill in the form for another password."""
    data = {"old": old, "password": password, "again": password if again is None else again}
    data["csrf_token"] = token_of(client.get(f"{ACCOUNT}/password"))
    return client.post(f"{ACCOUNT}/password", data=data)


def actions() -> list[str]:
    """What the audit trail tells, in its order."""
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_sessions_are_listed_by_kind_of_browser_and_hour(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    with time_machine.travel(NOON + timedelta(minutes=41), tick=False) as clock:
        phone = app.test_client()
        phone.environ_base["HTTP_USER_AGENT"] = ANDROID
        sign_in(phone)
        clock.shift(timedelta(minutes=25))
        sign_in(client)
        page = client.get(ACCOUNT).get_data(as_text=True)
    assert "Firefox on Android" in page
    assert "An unknown browser" in page
    assert page.count("this one") == 1
    assert '<time datetime="2026-11-23T12+00:00">23 November 2026, 12</time>' in page
    assert "12:41" not in page
    assert "145.0" not in str(db.session.execute(select(Session.browser, Session.system)).all())


def test_one_session_is_ended_and_the_others_go_on(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    phone, laptop = app.test_client(), app.test_client()
    sign_in(phone)
    lost = db.session.scalars(select(Session.id)).one()
    sign_in(laptop)
    sign_in(client)
    kept = cookie_of(phone, app)
    token = {"csrf_token": token_of(client.get(ACCOUNT))}
    assert client.post(f"{ACCOUNT}/sessions/{lost}/end", data=token).status_code == 303
    assert "Signed out there." in client.get(ACCOUNT).get_data(as_text=True)
    assert not is_signed_in(phone)
    assert not is_signed_in(browser_with(kept, app))
    assert is_signed_in(laptop)
    assert actions()[-1] == Action.SESSION_ENDED
    assert client.post(f"{ACCOUNT}/sessions/{lost}/end", data=token).status_code == 404


def test_all_other_sessions_are_ended_at_once(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    others = [app.test_client() for _ in range(2)]
    for browser in (*others, client):
        sign_in(browser)
    token = {"csrf_token": token_of(client.get(ACCOUNT))}
    assert client.post(f"{ACCOUNT}/sessions/end", data=token).status_code == 303
    page = client.get(ACCOUNT).get_data(as_text=True)
    assert "Signed out in 2 places." in page
    assert "Sign out everywhere else" not in page
    assert not any(map(is_signed_in, others))


def test_anothers_session_looks_missing(app: Flask, client: FlaskClient) -> None:
    make_organiser("ayesha")
    make_organiser("bilal")
    other = app.test_client()
    sign_in(other, "bilal")
    theirs = db.session.scalars(select(Session.id)).one()
    sign_in(client)
    token = {"csrf_token": token_of(client.get(ACCOUNT))}
    assert client.post(f"{ACCOUNT}/sessions/{theirs}/end", data=token).status_code == 404
    client.post(f"{ACCOUNT}/sessions/end", data=token)
    assert is_signed_in(other)


def test_a_session_that_was_idle_ends_whatever_its_cookie_says(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser()
    sign_in(client)
    fresh_cookie = cookie_of(client, app)
    idle = utcnow() - timedelta(minutes=61)
    db.session.execute(update(Session).values(last_used_at=idle))
    assert not is_signed_in(browser_with(fresh_cookie, app))


def test_signing_in_and_out_is_on_record(client: FlaskClient) -> None:
    organiser = make_organiser()
    submit_sign_in(client, password="wrong")
    sign_in(client)
    sign_out(client)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    told = [(entry.action, entry.organiser_id, entry.detail) for entry in entries]
    assert told == [
        (Action.SIGNED_IN, organiser.id, {"factor": "password"}),
        (Action.SIGNED_OUT, organiser.id, {}),
    ]


def test_another_password_ends_every_other_session_and_copy_of_this_one(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser()
    phone = app.test_client()
    sign_in(phone)
    sign_in(client)
    before, of_phone = cookie_of(client, app), cookie_of(phone, app)
    answer = change(client)
    assert (answer.status_code, answer.location) == (303, ACCOUNT)
    assert is_signed_in(client)
    assert not is_signed_in(phone)
    for cookie in (before, of_phone):
        assert not is_signed_in(browser_with(cookie, app))
    assert actions()[-1] == Action.PASSWORD_CHANGED
    assert submit_sign_in(app.test_client()).status_code == 422
    assert submit_sign_in(app.test_client(), password=NEW_PASSWORD).status_code == 303


def test_the_second_factor_of_a_session_outlives_a_change_of_password(client: FlaskClient) -> None:
    make_organiser(site_admin=True)
    sign_in(client)
    assert change(client).status_code == 303
    assert client.get("/console").status_code == 200


def reset(app: Flask) -> None:
    """Let ayesha in anew, as somebody else does in another process."""
    with app.app_context():
        organiser = find_organiser("ayesha")
        assert organiser
        reset_organiser(organiser)
        db.session.commit()


def test_a_password_whose_change_was_under_way_at_a_reset_is_not_set(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organiser()
    sign_in(client)
    hash_of = passwords.hash_of

    def while_reset(password: str) -> str:
        reset(app)
        return hash_of(password)

    monkeypatch.setattr(passwords, "hash_of", while_reset)
    answer = change(client)
    assert (answer.status_code, answer.location) == (303, "/login")
    monkeypatch.undo()
    for password in (PASSWORD, NEW_PASSWORD):
        assert submit_sign_in(app.test_client(), password=password).status_code == 422
    assert not is_signed_in(client)
    assert actions() == [Action.SIGNED_IN]


def test_a_password_that_was_changed_meanwhile_stays_as_it_is(app: Flask) -> None:
    organiser = make_organiser()
    typed = Credentials(organiser.id, organiser.password)
    organiser.password = "another hash"
    db.session.commit()
    with pytest.raises(SignInRefused):
        change_password(typed, "a third")
    assert organiser.password == "another hash"


@pytest.mark.parametrize("what", ["totp", "passkeys/new", "recovery-codes/new"])
def test_a_factor_whose_adding_was_under_way_at_a_reset_is_not_added(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    make_organiser(second_factor=what != "totp")
    sign_in(client)
    page = client.get(f"{ACCOUNT}/{what}")
    data = {"csrf_token": token_of(page), "name": "phone", "answer": "{}"}
    if secret := re.search(r"[?&]secret=([A-Z2-7]+)", page.text):
        data["code"] = code_at(utcnow(), secret[1])
    monkeypatch.setattr(securing, "require_fresh", lambda: reset(app))
    answer = client.post(f"{ACCOUNT}/{what}", data=data)
    assert (answer.status_code, answer.location) == (303, "/login")
    for model in (Totp, Passkey, RecoveryCode):
        assert not db.session.scalars(select(model.id)).all()
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old": "wrong"}, "This is not your password."),
        ({"old": ""}, "Enter your password."),
        ({"old": "x" * 10_000}, "This is not your password."),
        ({"password": "short"}, "Use 12 characters or more."),
        ({"password": "ayesha ayesha 1"}, "This password is easy to guess."),
        ({"password": "x y" * 3334}, "Shorten your password to 256 characters or fewer."),
        ({"again": "another one: kettle"}, "Type the same password twice."),
    ],
)
def test_what_is_wrong_with_a_change_is_said(
    client: FlaskClient, typed: dict[str, str], said: str
) -> None:
    make_organiser()
    sign_in(client)
    answer = change(client, **typed)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert "<title>Error: Change your password" in answer.get_data(as_text=True)
    assert is_signed_in(client)
    assert actions() == [Action.SIGNED_IN]


@pytest.mark.database("sqlite")
def test_a_password_of_ten_thousand_characters_is_refused_quickly(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    token = token_of(client.get(f"{ACCOUNT}/password"))
    long = "correct horse " * 714
    data = {"csrf_token": token, "old": PASSWORD, "password": long, "again": long}
    started = time.process_time()
    answer = client.post(f"{ACCOUNT}/password", data=data)
    assert time.process_time() - started < 1
    assert "256 characters or fewer" in answer.get_data(as_text=True)


@pytest.fixture
def dangerous(app: Flask) -> str:
    """A page of the console where harm could be done."""

    @app.get("/console/for-a-test/harm")
    def page() -> str:
        require_fresh()
        return "<html lang=en dir=ltr><title>Harm</title><h1>Harm</h1></html>"

    @app.post("/console/for-a-test/harm")
    def do() -> str:
        require_fresh()
        return "<html lang=en dir=ltr><title>Done</title><h1>Done</h1></html>"

    return "/console/for-a-test/harm"


def test_before_harm_the_password_is_asked_for_once_more(
    client: FlaskClient, dangerous: str
) -> None:
    make_organiser()
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        assert client.get(dangerous).status_code == 200
        clock.shift(timedelta(minutes=15))
        sent_on = client.get(f"{dangerous}?day=2")
        assert sent_on.location == f"{ACCOUNT}/fresh?next={dangerous}?day%3D2"
        token = {"csrf_token": token_of(client.get(sent_on.location))}
        wrong = client.post(sent_on.location, data=token | {"password": "wrong"})
        assert wrong.status_code == 422
        assert "This is not your password." in wrong.get_data(as_text=True)
        assert client.get(dangerous).status_code == 303
        right = client.post(sent_on.location, data=token | {"password": PASSWORD})
        assert (right.status_code, right.location) == (303, f"{dangerous}?day=2")
        assert client.get(dangerous).status_code == 200
        clock.shift(timedelta(minutes=14))
        assert client.get(dangerous).status_code == 200


def test_a_form_sent_too_late_does_nothing_and_says_how_to_go_on(
    client: FlaskClient, dangerous: str
) -> None:
    make_organiser()
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        token = {"csrf_token": token_of(client.get(ACCOUNT))}
        clock.shift(timedelta(minutes=16))
        page = f"http://127.0.0.1:{client.get('/login').request.host.partition(':')[2]}{dangerous}"
        answer = client.post(dangerous, data=token, headers={"Referer": page})
        assert answer.status_code == 403
        text = answer.get_data(as_text=True)
        assert "Nothing was changed." in text
        assert f'href="{ACCOUNT}/fresh?next={dangerous}"' in text
        foreign = {"Referer": "https://evil.example/console/x"}
        assert "evil.example" not in client.post(dangerous, data=token, headers=foreign).text


@pytest.mark.parametrize(
    "forged", ["https://evil.example/", "//evil.example", "/\\evil.example", "/login", "/consoles"]
)
def test_after_the_password_the_way_leads_nowhere_but_into_the_console(
    client: FlaskClient, forged: str
) -> None:
    make_organiser()
    sign_in(client)
    page = client.get(f"{ACCOUNT}/fresh", query_string={"next": forged})
    data = {"csrf_token": token_of(page), "password": PASSWORD}
    answer = client.post(f"{ACCOUNT}/fresh", query_string={"next": forged}, data=data)
    assert (answer.status_code, answer.location) == (303, ACCOUNT)


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    "address", ["totp", "totp/remove", "passkeys/new", "passkeys/1", "recovery-codes/new"]
)
def test_factors_are_changed_only_by_whoever_has_just_shown_who_they_are(
    client: FlaskClient, address: str
) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client)
        clock.shift(timedelta(minutes=15))
        assert client.get(f"{ACCOUNT}/{address}").location.startswith(f"{ACCOUNT}/fresh?next=")
        token = {"csrf_token": token_of(client.get(ACCOUNT))}
        sent = f"{ACCOUNT}/{address}" + ("/remove" if address == "passkeys/1" else "")
        assert client.post(sent, data=token).status_code == 403


@pytest.mark.database("sqlite")
def test_a_password_is_guessed_at_slowly_in_a_stolen_session(client: FlaskClient) -> None:
    make_organiser()
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        sign_in(client)
        token = {"csrf_token": token_of(client.get(f"{ACCOUNT}/fresh"))}
        for _ in range(10):
            client.post(f"{ACCOUNT}/fresh", data=token | {"password": ""})
        refused = client.post(f"{ACCOUNT}/fresh", data=token | {"password": PASSWORD})
        assert refused.status_code == 429


def test_what_needs_a_second_factor_says_how_to_get_one(app: Flask, client: FlaskClient) -> None:
    @app.get("/console/for-a-test/names")
    def page() -> str:
        require_second_factor()
        return "<html lang=en dir=ltr><title>Names</title><h1>Names</h1></html>"

    make_organiser("ayesha")
    sign_in(client)
    refused = client.get("/console/for-a-test/names")
    assert refused.status_code == 403
    assert f'href="{ACCOUNT}/second-factor"' in refused.get_data(as_text=True)
    make_organiser("bilal", second_factor=True)
    other = app.test_client()
    sign_in(other, "bilal")
    assert other.get("/console/for-a-test/names").status_code == 200


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (ANDROID, ("Firefox", "Android")),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
         ("Chrome", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0",
         ("Edge", "Windows")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
         ("Safari", "iPhone")),
        ("curl/8.5.0", ("", "")),
        ("", ("", "")),
    ],
)  # fmt: skip
def test_of_a_browser_its_family_is_known(user_agent: str, family: tuple[str, str]) -> None:
    assert family_of(user_agent) == family
