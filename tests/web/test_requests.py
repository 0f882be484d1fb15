"""Requests that are too large or come without their length."""

import pytest
from flask import Flask

from tests.factories import make_campaign, make_petition
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
