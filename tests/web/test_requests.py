"""Requests that are too large or come without their length."""

import pytest
from flask import Flask

from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_organiser, make_petition
from tests.fixtures.auditing import AuditingClient

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def signable(app: Flask) -> None:
    """A campaign to sign."""
    make_petition(make_campaign("large"))


@pytest.mark.parametrize("path", ["/campaigns/large/sign", "/confirm/x", "/nowhere"])
@pytest.mark.database("sqlite")
def test_more_than_a_megabyte_is_too_much(client: AuditingClient, path: str) -> None:
    response = client.post(path, data=b"name=" + b"x" * 1_000_000, content_type=FORM)
    assert response.status_code == 413
    assert "Shorten what you typed" in response.text


@pytest.mark.database("sqlite")
def test_so_is_one_very_long_field(client: AuditingClient) -> None:
    response = client.post("/campaigns/large/sign", data={"comment": "x" * 900_000})
    assert response.status_code in (413, 422)


@pytest.mark.database("sqlite")
def test_and_very_many_fields(client: AuditingClient) -> None:
    response = client.post(
        "/campaigns/large/sign",
        data={f"field{number}": "x" for number in range(2_000)},
        content_type="multipart/form-data",
    )
    assert response.status_code == 413


@pytest.mark.parametrize("coding", ["chunked", "gzip, Chunked"])
@pytest.mark.database("sqlite")
def test_a_body_in_chunks_is_not_taken(client: AuditingClient, coding: str) -> None:
    response = client.post("/campaigns/large/sign", data={}, headers={"Transfer-Encoding": coding})
    assert response.status_code == 411
    assert "send the form once more" in response.text


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 2**63, 10**400])
def test_a_number_no_row_can_have_is_missing(client: AuditingClient, number: int) -> None:
    sign_in(client, make_organiser(site_admin=True))
    pages = ("account/passkeys", "campaigns/large/events")
    token = {"csrf_token": token_of(client.get("/console"))}
    assert [client.get(f"/console/{page}/{number}").status_code for page in pages] == [404, 404]
    for address in (f"account/sessions/{number}/end", f"organisers/{number}/reset"):
        assert client.post(f"/console/{address}", data=token).status_code == 404
