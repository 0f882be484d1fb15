"""Guessing passwords is slowed down, per network and per account."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.factories import make_organiser, submit_sign_in, token_of

FAR_FROM_A_NEW_HOUR = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)


def fail(client: FlaskClient, times: int, username: str, network: str) -> TestResponse:
    """Send wrong passwords, refused before any is looked at so that it is quick."""
    environ = {"REMOTE_ADDR": network}
    token = token_of(client.get("/login"))
    data = {"username": username, "password": "", "csrf_token": token}
    for _attempt in range(times):
        answer = client.post("/login", data=data, environ_base=environ)
    return answer


def test_a_network_that_keeps_failing_has_to_wait_whatever_names_it_tries(
    app: Flask, client: FlaskClient
) -> None:
    make_organiser()
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False) as clock:
        for number in range(10):
            assert fail(client, 1, f"guess{number}", "192.0.2.1").status_code == 422
        refused = submit_sign_in(client, network="192.0.2.77")
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 61
        assert submit_sign_in(client, network="198.51.100.1").status_code == 303
        clock.shift(timedelta(seconds=int(refused.headers["Retry-After"])))
        assert submit_sign_in(app.test_client(), network="192.0.2.1").status_code == 303


@pytest.mark.database("sqlite")
def test_no_network_can_keep_an_organiser_out_of_other_networks(client: FlaskClient) -> None:
    make_organiser("ayesha")
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False) as clock:
        for _minute in range(6):
            for _time in range(10):
                # Refused ones included, which must not count either.
                fail(client, 2, "ayesha", "198.51.100.1")
            clock.shift(timedelta(seconds=61))
        assert submit_sign_in(client, "ayesha", network="198.51.100.1").status_code == 429
        assert submit_sign_in(client, "ayesha", network="203.0.113.1").status_code == 303


@pytest.mark.database("sqlite")
def test_refusals_do_not_count_towards_the_limit_of_the_account(client: FlaskClient) -> None:
    make_organiser("ayesha")
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False):
        assert fail(client, 510, "ayesha", "198.51.100.1").status_code == 429
        assert submit_sign_in(client, "ayesha", network="203.0.113.1").status_code == 303


def test_a_network_may_try_one_account_less_often_than_many(client: FlaskClient) -> None:
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False) as clock:
        for _minute in range(3):
            assert fail(client, 10, "AYESHA", "192.0.2.1").status_code == 422
            clock.shift(timedelta(seconds=61))
        assert fail(client, 1, "ayesha", "192.0.2.1").status_code == 429
        assert fail(client, 1, "bilal", "192.0.2.1").status_code == 422


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("username", ["ayesha", "nobody"])
def test_an_account_is_guarded_against_many_networks_known_or_not_in_any_spelling(
    client: FlaskClient, username: str
) -> None:
    make_organiser("ayesha")
    make_organiser("bilal")
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False):
        for third in range(50):
            spelling = username.upper() if third % 2 else username
            assert fail(client, 10, spelling, f"198.51.{third}.1").status_code == 422
        refused = submit_sign_in(client, username, network="203.0.113.1")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 3601
        assert submit_sign_in(client, "bilal", network="203.0.113.1").status_code == 303


def test_signing_in_costs_nothing(app: Flask) -> None:
    make_organiser()
    with time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False):
        for _time in range(11):
            assert submit_sign_in(app.test_client()).status_code == 303


def test_no_address_and_no_name_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), time_machine.travel(FAR_FROM_A_NEW_HOUR, tick=False):
        assert fail(client, 11, "ayesha", "192.0.2.1").status_code == 429
    assert "exceeded" in caplog.text
    assert "192.0.2" not in caplog.text
    assert "ayesha" not in caplog.text
