"""Forms are taken only with the token of the session they were shown to."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.accounts.models import Session
from campaigns.db import db
from tests.accounts.factories import PASSWORD, is_signed_in, make_organiser, sign_in, token_of


def test_a_sign_in_without_a_token_is_refused(client: FlaskClient) -> None:
    make_organiser()
    client.get("/login")
    answer = client.post("/login", data={"username": "ayesha", "password": PASSWORD})
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.get_data(as_text=True)
    assert db.session.query(Session).count() == 0


def test_a_sign_in_with_somebody_elses_token_is_refused(app: Flask, client: FlaskClient) -> None:
    make_organiser()
    foreign = token_of(app.test_client().get("/login"))
    client.get("/login")
    data = {"username": "ayesha", "password": PASSWORD, "csrf_token": foreign}
    assert client.post("/login", data=data).status_code == 400
    assert db.session.query(Session).count() == 0


@pytest.mark.parametrize("data", [{}, {"csrf_token": ""}, {"csrf_token": "made.up.token"}])
def test_signing_out_needs_the_token(client: FlaskClient, data: dict[str, str]) -> None:
    make_organiser()
    sign_in(client)
    assert client.post("/logout", data=data).status_code == 400
    assert is_signed_in(client)


def test_anything_sent_to_the_console_needs_the_token(app: Flask, client: FlaskClient) -> None:
    reached = []

    def change() -> dict[str, str]:
        reached.append(True)
        return {}

    app.add_url_rule("/console/for-a-test", "change", change, methods=["POST", "DELETE", "PUT"])
    make_organiser()
    sign_in(client)
    for method in ("POST", "DELETE", "PUT"):
        assert client.open("/console/for-a-test", method=method).status_code == 400
    assert not reached
    token = token_of(client.get("/console"))
    headers = {"X-CSRFToken": token}
    assert client.put("/console/for-a-test", headers=headers).status_code == 200
    assert reached


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_sign_anybody_out(client: FlaskClient, headers: dict[str, str]) -> None:
    make_organiser()
    sign_in(client)
    token = token_of(client.get("/console"))
    answer = client.post("/logout", data={"csrf_token": token}, headers=headers)
    assert answer.status_code == 403
    assert is_signed_in(client)
