"""Invitations: a link that lets somebody choose a password, once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.errors import InvitationUsed
from campaigns.accounts.models import Invitation, Organiser
from campaigns.accounts.operations import (
    accept_invitation,
    add_organiser,
    disable_organiser,
    invite_organiser,
    reset_organiser,
)
from campaigns.accounts.passwords import LONGEST
from campaigns.db import db, utcnow
from tests.accounts.factories import (
    PASSWORD,
    is_signed_in,
    make_organiser,
    sign_in,
    submit_sign_in,
    token_of,
)


def invite(username: str = "ayesha") -> str:
    """The address of the link of somebody just added."""
    token = invite_organiser(add_organiser(username))
    db.session.commit()
    return f"/invitation/{token}"


def choose(
    client: FlaskClient, address: str, password: str = PASSWORD, again: str | None = None
) -> TestResponse:
    """Open a link and choose a password."""
    data = {"password": password, "again": password if again is None else again}
    data["csrf_token"] = token_of(client.get(address))
    return client.post(address, data=data)


def test_whoever_is_invited_chooses_a_password_and_is_signed_in(
    app: Flask, client: FlaskClient
) -> None:
    address = invite()
    assert "ayesha" in client.get(address).get_data(as_text=True)
    answer = choose(client, address)
    assert (answer.status_code, answer.location) == (303, "/console")
    assert is_signed_in(client)
    assert submit_sign_in(app.test_client()).status_code == 303


def test_looking_at_a_link_does_not_use_it_up(client: FlaskClient) -> None:
    address = invite()
    for _look in range(3):
        assert client.get(address).status_code == 200
    assert choose(client, address).status_code == 303


def test_a_link_works_once_and_then_says_so(app: Flask, client: FlaskClient) -> None:
    address = invite()
    thief = app.test_client()
    token = token_of(thief.get(address))
    choose(client, address)
    for answer in (
        thief.get(address),
        thief.post(address, data={"password": "x" * 20, "again": "x" * 20, "csrf_token": token}),
    ):
        assert answer.status_code == 410
        assert "This link was used already" in answer.get_data(as_text=True)
    assert not is_signed_in(thief)
    assert submit_sign_in(app.test_client()).status_code == 303


def test_two_who_use_a_link_at_the_same_moment_do_not_both_succeed(app: Flask) -> None:
    organiser = add_organiser("ayesha")
    token = invite_organiser(organiser)
    db.session.commit()
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def use(password_hash: str) -> None:
        with app.app_context():
            start.wait()
            try:
                accept_invitation(token, password_hash)
                db.session.commit()
            except InvitationUsed:
                db.session.rollback()
                outcomes.append("used")
            else:
                outcomes.append(password_hash)

    threads = [threading.Thread(target=use, args=(f"hash {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["used"] * 3
    db.session.expire_all()
    assert organiser.password == min(outcomes)


def test_a_link_expires_after_72_hours_and_says_so(client: FlaskClient) -> None:
    address = invite()
    with time_machine.travel(utcnow() + timedelta(hours=71, minutes=59)):
        assert client.get(address).status_code == 200
    with time_machine.travel(utcnow() + timedelta(hours=72, minutes=1)):
        answer = client.get(address)
    assert answer.status_code == 410
    assert "This link has expired" in answer.get_data(as_text=True)


def test_a_new_link_ends_the_one_before(client: FlaskClient) -> None:
    first = invite()
    organiser = db.session.scalars(select(Organiser)).one()
    second = f"/invitation/{invite_organiser(organiser)}"
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_a_disabled_organisers_link_has_expired(client: FlaskClient) -> None:
    make_organiser("bilal", site_admin=True)
    address = invite()
    disable_organiser(db.session.scalars(select(Organiser).filter_by(username="ayesha")).one())
    assert client.get(address).status_code == 410


@pytest.mark.parametrize("token", ["made-up", "x" * 5_000, "ʼʼʼ"])
def test_an_unknown_link_is_not_found_and_says_what_to_do(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/invitation/{token}")
    assert answer.status_code == 404
    assert "This link is not one of ours" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("password", "again", "message"),
    [
        ("", "", "Choose a password."),
        ("too short", "too short", "Use 12 characters or more."),
        ("x" * 10_000, "x" * 10_000, "Shorten your password to 256 characters or fewer."),
        (PASSWORD, "something else", "Type the same password twice."),
        ("Password2026!", "Password2026!", "easy to guess"),
        ("ayesha-ayesha-1", "ayesha-ayesha-1", "easy to guess"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused_politely(
    client: FlaskClient, password: str, again: str, message: str
) -> None:
    address = invite()
    answer = choose(client, address, password, again)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert "<title>Error: Choose your password" in page
    assert db.session.scalars(select(Invitation)).one().used_at is None


def test_the_longest_password_allowed_signs_in(app: Flask, client: FlaskClient) -> None:
    password = ("long words " * 40)[: LONGEST - 6] + "unique"
    assert len(password) == LONGEST
    choose(client, invite(), password)
    assert submit_sign_in(app.test_client(), "ayesha", password).status_code == 303


def test_a_reset_ends_sessions_and_the_old_password_at_once(
    app: Flask, client: FlaskClient
) -> None:
    organiser = make_organiser()
    sign_in(client)
    token = reset_organiser(organiser)
    assert not is_signed_in(client)
    assert submit_sign_in(client).status_code == 422
    new = "another kettle of nouns"
    assert choose(app.test_client(), f"/invitation/{token}", new).status_code == 303
    assert submit_sign_in(client, "ayesha", new).status_code == 303


def test_only_digests_of_tokens_are_stored(client: FlaskClient) -> None:
    address = invite()
    token = address.rpartition("/")[2]
    stored = db.session.scalars(select(Invitation)).one().token_digest
    assert token.encode() not in stored
    assert len(stored) == 32
