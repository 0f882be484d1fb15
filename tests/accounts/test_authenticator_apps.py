"""Authenticator apps: set up, asked for, and no code of theirs is good twice."""

import re
from base64 import b32decode, b64decode
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from campaigns.accounts import codes
from campaigns.accounts.actions import Action
from campaigns.accounts.errors import CodeRefused
from campaigns.accounts.factors import add_totp, use_totp, wrap_secret
from campaigns.accounts.models import AuditEntry, Passkey, RecoveryCode, Session, Totp
from campaigns.accounts.operations import ensure_demo_organiser, reset_organiser
from campaigns.accounts.sessions import ConsoleSessionInterface
from campaigns.config import Settings
from campaigns.db import db
from tests.accounts.factories import (
    browser_with,
    cookie_of,
    is_signed_in,
    make_organiser,
    sign_in,
    submit_code,
    submit_sign_in,
    token_of,
)
from tests.factories.accounts import SECRET, code_at, code_of

NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
STEP = timedelta(seconds=30)
WRONG_CODE = "This code is not right. Wait for the next one: each is good once."
SETUP = "/console/account/totp"


def set_up(client: FlaskClient) -> TestResponse:
    """Read the letters off the page, as somebody who types them, and type the first code."""
    page = client.get(SETUP).get_data(as_text=True)
    found = re.search(r'class="account__secret" dir="ltr">([A-Z2-7 ]+)<', page)
    assert found
    code = TOTP(key=found[1].replace(" ", "")).generate().token
    return client.post(SETUP, data={"csrf_token": token_of(client.get(SETUP)), "code": code})


def audited() -> list[str]:
    """What the audit trail tells, in its order."""
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def rows(model: type[Totp | RecoveryCode | Passkey | Session]) -> int:
    return db.session.scalars(select(func.count()).select_from(model)).one()


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, cut to six digits."""
    secret = b"12345678901234567890"
    assert codes.step_of(secret, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_the_app_is_asked_for_after_the_password(client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    answer = submit_sign_in(client, address="/login?next=/console/account")
    assert answer.location == "/login/second?next=/console/account"
    assert rows(Session) == 0
    assert not is_signed_in(client)
    answer = submit_code(client, code_of(organiser), answer.location)
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert is_signed_in(client)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.organiser_id) == (Action.SIGNED_IN, organiser.id)
    assert entry.detail == {"factor": "totp"}


@pytest.mark.parametrize(
    ("step", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_off_and_no_more(
    client: FlaskClient, step: int, accepted: bool
) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        answer = submit_code(client, code_at(NOON + step * STEP))
        assert (answer.status_code == 303) is accepted
        assert is_signed_in(client) is accepted


@pytest.mark.parametrize("earlier", [0, -1])
def test_neither_a_used_code_nor_one_before_it_is_accepted(
    app: Flask, client: FlaskClient, earlier: int
) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        assert submit_code(client, code_at(NOON)).status_code == 303
        thief = app.test_client()
        submit_sign_in(thief)
        answer = submit_code(thief, code_at(NOON + earlier * STEP))
        assert answer.status_code == 422
        assert WRONG_CODE in answer.get_data(as_text=True)
        assert "<title>Error: Second step" in answer.get_data(as_text=True)
        assert not is_signed_in(thief)
        # The next one is.
        assert submit_code(thief, code_at(NOON + STEP)).status_code == 303


def test_the_code_that_set_the_app_up_is_used_by_it(app: Flask, client: FlaskClient) -> None:
    organiser = make_organiser()
    folder = app.extensions["settings"].keys_path
    with time_machine.travel(NOON, tick=False):
        add_totp(folder, organiser, wrap_secret(folder, organiser.id, SECRET), code_at(NOON))
        submit_sign_in(client)
        assert submit_code(client, code_at(NOON)).status_code == 422
        assert submit_code(client, code_at(NOON + STEP)).status_code == 303


def test_of_two_who_use_a_code_at_once_one_gets_in(app: Flask) -> None:
    """The second has looked before the first was done."""
    organiser = make_organiser(second_factor=True)
    folder = app.extensions["settings"].keys_path
    with time_machine.travel(NOON, tick=False):
        looked_at_before = db.session.scalars(select(Totp)).one()
        db.session.execute(
            update(Totp).values(last_step=int(NOON.timestamp()) // 30),
            execution_options={"synchronize_session": False},
        )
        assert looked_at_before.last_step == 0
        with pytest.raises(CodeRefused):
            use_totp(folder, organiser.id, code_at(NOON))


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "9" * 5000])
def test_what_is_no_code_of_the_moment_lets_nobody_in(client: FlaskClient, code: str) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        assert submit_code(client, code).status_code == 422
        assert not is_signed_in(client)


def test_a_code_with_a_space_in_it_is_taken(client: FlaskClient) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        code = code_at(NOON)
        assert submit_code(client, f" {code[:3]} {code[3:]} ").status_code == 303


def test_the_second_step_waits_five_minutes(client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False) as clock:
        submit_sign_in(client)
        token = token_of(client.get("/login/second"))
        clock.shift(timedelta(minutes=5))
        code = {"csrf_token": token, "code": code_of(organiser)}
        answer = client.post("/login/second?next=/console/account", data=code)
        assert (answer.status_code, answer.location) == (303, "/login?next=/console/account")
        assert "That took too long." in client.get("/login").get_data(as_text=True)
        assert client.get("/login/second").location == "/login"
        assert not is_signed_in(client)


def test_a_password_that_changes_meanwhile_ends_the_second_step(client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    submit_sign_in(client)
    assert client.get("/login/second").status_code == 200
    organiser.password = "another hash"
    assert client.get("/login/second").status_code == 303


def test_the_second_step_opens_nothing_of_the_console(app: Flask, client: FlaskClient) -> None:
    make_organiser(second_factor=True)
    submit_sign_in(client)
    assert client.get("/login/second").status_code == 200
    for address in ("/console", "/console/account", "/console/account/totp"):
        assert client.get(address).location.startswith("/login?next=")
    assert not is_signed_in(browser_with(cookie_of(client, app), app))


def test_nobody_reaches_the_second_step_without_the_first(client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    token = token_of(client.get("/login"))
    answer = client.post("/login/second", data={"csrf_token": token, "code": code_of(organiser)})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert not is_signed_in(client)


def test_signing_in_anew_ends_the_session_before_already_at_the_first_step(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser("bilal")
    make_organiser("ayesha", second_factor=True)
    sign_in(client, "bilal")
    kept = cookie_of(client, app)
    data = {"username": "ayesha", "password": "four unconnected nouns: kettle"}
    data["csrf_token"] = token_of(client.get("/console"))
    assert client.post("/login", data=data).location == "/login/second"
    assert not is_signed_in(browser_with(kept, app))


@pytest.mark.database("sqlite")
def test_codes_are_guessed_at_thirty_times_an_hour_from_anywhere(client: FlaskClient) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        token = token_of(client.get("/login/second"))

        def guess(code: str, network: str) -> int:
            data = {"csrf_token": token, "code": code}
            answer = client.post("/login/second", data=data, environ_base={"REMOTE_ADDR": network})
            return answer.status_code

        for third in range(3):
            for _ in range(10):
                assert guess("000000", f"198.51.{third}.1") == 422
        assert guess(code_at(NOON), "203.0.113.1") == 429
        assert not is_signed_in(client)


@pytest.mark.database("sqlite")
def test_a_network_that_guesses_codes_has_to_wait(client: FlaskClient) -> None:
    make_organiser(second_factor=True)
    with time_machine.travel(NOON, tick=False):
        submit_sign_in(client)
        for _ in range(10):
            assert submit_code(client, "000000").status_code == 422
        token = {"csrf_token": token_of(client.get("/login/second"))}
        refused = client.post("/login/second", data=token | {"code": code_at(NOON)})
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 61


def test_an_app_is_set_up_by_its_first_code(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    other = app.test_client()
    sign_in(client)
    sign_in(other)
    answer = set_up(client)
    assert (answer.status_code, answer.location) == (303, "/console/account/recovery-codes")
    shown = client.get(answer.location).get_data(as_text=True)
    assert len(re.findall(r">[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}</code>", shown)) == 10
    # Where only the password was asked for, one is signed out.
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert audited()[-2:] == [Action.RECOVERY_CODES_MADE, Action.TOTP_ADDED]
    assert submit_sign_in(app.test_client()).location == "/login/second"


def test_a_wrong_first_code_keeps_the_secret_and_adds_nothing(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    secret = re.compile(r'class="account__secret" dir="ltr">([A-Z2-7 ]+)<')
    page = client.get(SETUP)
    data = {"csrf_token": token_of(page), "code": "000000"}
    answer = client.post(SETUP, data=data)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "This code is not right. Type the one your app shows now." in text
    assert secret.findall(text) == secret.findall(page.get_data(as_text=True))
    assert rows(Totp) == 0


def test_the_secret_is_read_neither_from_the_database_nor_from_the_cookie(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser(second_factor=True)
    assert SECRET not in db.session.scalars(select(Totp.wrapped)).one()
    make_organiser("bilal")
    sign_in(client, "bilal")
    page = client.get(SETUP).get_data(as_text=True)
    found = re.search(r"secret=([A-Z2-7]+)", page)
    assert found
    serializer = ConsoleSessionInterface().get_signing_serializer(app)
    assert serializer
    kept = serializer.loads(cookie_of(client, app))
    wrapped = b64decode(kept["totp"][0])
    assert found[1] not in str(kept)
    assert b32decode(found[1]) not in wrapped


def test_the_secret_of_one_is_worth_nothing_to_another(app: Flask) -> None:
    organiser, other = make_organiser(second_factor=True), make_organiser("bilal")
    row = db.session.scalars(select(Totp)).one()
    row.organiser_id = other.id
    db.session.commit()
    assert organiser.id != other.id
    with pytest.raises(Exception, match="does not open"):
        use_totp(app.extensions["settings"].keys_path, other.id, code_at(NOON))


def test_removing_the_app_removes_the_codes_that_stand_in_for_it(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    set_up(client)
    assert rows(RecoveryCode) == 10
    page = client.get("/console/account/totp/remove")
    assert "It is your only second factor" in page.get_data(as_text=True)
    answer = client.post("/console/account/totp/remove", data={"csrf_token": token_of(page)})
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert (rows(Totp), rows(RecoveryCode)) == (0, 0)
    assert audited()[-1] == Action.TOTP_REMOVED
    assert "With a second factor" in client.get("/console/account").get_data(as_text=True)


def test_a_site_admin_sets_one_up_before_anything_else(client: FlaskClient) -> None:
    make_organiser(site_admin=True, second_factor=False)
    assert submit_sign_in(client).location == "/console"
    sent_on = client.get("/console?locale=en")
    assert sent_on.location.startswith("/console/account/second-factor?next=/console")
    assert "Site admins need a second factor" in client.get(sent_on.location).get_data(as_text=True)
    token = {"csrf_token": token_of(client.get("/console/account"))}
    refused = client.post("/console/campaigns/any/post", data=token)
    assert refused.location == "/console/account/second-factor"
    set_up(client)
    assert client.get("/console").status_code == 200
    assert client.get("/console/account/second-factor").status_code == 200


def test_an_organiser_in_no_need_of_one_goes_without(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    assert client.get("/console").status_code == 200


def test_the_demo_organiser_looks_around_without_one(
    client: FlaskClient, settings: Settings
) -> None:
    password = ensure_demo_organiser(settings.instance_path / "demo-organiser.txt")
    db.session.commit()
    sign_in(client, "demo", password)
    assert client.get("/console").status_code == 200


def test_a_reset_forgets_all_factors(client: FlaskClient) -> None:
    organiser = make_organiser()
    sign_in(client)
    set_up(client)
    reset_organiser(organiser)
    db.session.commit()
    assert (rows(Totp), rows(RecoveryCode)) == (0, 0)
