"""Recovery codes: shown once, each good once."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.actions import Action
from campaigns.accounts.factors import make_recovery_codes
from campaigns.accounts.models import AuditEntry, Organiser, RecoveryCode
from campaigns.db import db
from tests.accounts.factories import (
    is_signed_in,
    make_organiser,
    sign_in,
    submit_sign_in,
    token_of,
)

CODE = re.compile(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}")
MAKE = "/console/account/recovery-codes/new"
SHOWN = "/console/account/recovery-codes"


def codes_for(app: Flask, organiser: Organiser) -> list[str]:
    """Recovery codes that are kept on paper."""
    made = make_recovery_codes(app.extensions["settings"].keys_path, organiser)
    db.session.commit()
    return made


def submit(client: FlaskClient, code: str) -> TestResponse:
    """Type a recovery code after the password."""
    submit_sign_in(client)
    data = {"csrf_token": token_of(client.get("/login/second")), "recovery": code}
    return client.post("/login/second/recovery", data=data)


def test_a_code_lets_in_once_and_says_how_many_are_left(app: Flask, client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    code = codes_for(app, organiser)[3]
    assert submit(client, code).location == "/console"
    page = client.get("/console").get_data(as_text=True)
    assert "You used a recovery code: 9 are left." in page
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))
    assert actions == [Action.RECOVERY_CODE_USED, Action.SIGNED_IN]
    again = app.test_client()
    answer = submit(again, code)
    assert answer.status_code == 422
    assert "This recovery code is not right, or was used before" in answer.get_data(as_text=True)
    assert not is_signed_in(again)


def test_a_code_is_known_however_it_is_typed(app: Flask, client: FlaskClient) -> None:
    code = codes_for(app, make_organiser(second_factor=True))[0]
    assert submit(client, f" {code.replace('-', ' ').upper()} ").status_code == 303


@pytest.mark.parametrize("code", ["", "no code", "x" * 10_000, "2222-2222-2222"])
def test_nothing_else_lets_in(app: Flask, client: FlaskClient, code: str) -> None:
    codes_for(app, make_organiser(second_factor=True))
    assert submit(client, code).status_code == 422
    assert not is_signed_in(client)


def test_anothers_code_lets_nobody_in(app: Flask, client: FlaskClient) -> None:
    make_organiser("ayesha", second_factor=True)
    code = codes_for(app, make_organiser("bilal", second_factor=True))[0]
    assert submit(client, code).status_code == 422


def test_new_codes_are_shown_once_and_end_the_old(app: Flask, client: FlaskClient) -> None:
    organiser = make_organiser(second_factor=True)
    old = codes_for(app, organiser)
    sign_in(client)
    page = client.get(MAKE)
    assert "The codes you have until now end." in page.get_data(as_text=True)
    answer = client.post(MAKE, data={"csrf_token": token_of(page)})
    assert (answer.status_code, answer.location) == (303, SHOWN)
    new = CODE.findall(client.get(SHOWN).get_data(as_text=True))
    assert len(set(new)) == 10
    assert client.get(SHOWN).location == "/console/account"
    said = client.get("/console/account").get_data(as_text=True)
    assert "Recovery codes are shown once." in said
    assert "10 recovery codes left" in said
    phone = app.test_client()
    assert submit(phone, old[0]).status_code == 422
    assert submit(phone, new[0]).status_code == 303
    assert db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == Action.RECOVERY_CODES_MADE)
    ).one()


def test_codes_are_stored_nowhere(app: Flask) -> None:
    organiser = make_organiser(second_factor=True)
    codes = codes_for(app, organiser)
    stored = db.session.scalars(select(RecoveryCode.mac)).all()
    assert len(stored) == 10
    assert not [code for code in codes for mac in stored if code.encode() in mac]


def test_without_a_second_factor_there_are_none(client: FlaskClient) -> None:
    make_organiser()
    sign_in(client)
    assert "set one up first" in client.get(MAKE).get_data(as_text=True)
    token = {"csrf_token": token_of(client.get("/console"))}
    assert client.post(MAKE, data=token).status_code == 404
    assert not db.session.scalars(select(RecoveryCode)).all()
