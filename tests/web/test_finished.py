"""Finished pages: compressed, kept, and never old for long."""

import gzip
import time
from datetime import timedelta

import brotli
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import http_date, parse_date
from werkzeug.test import TestResponse

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.web.codings import choose_coding
from campaigns.web.finished import FRESH_SECONDS, LARGEST_STORE, Store, expire_finished
from tests.factories import make_campaign, make_detainee, make_event
from tests.fixtures.auditing import AuditingClient

PAGES = ("/", "/campaigns/kept", "/campaigns/kept.json", "/feed.atom", "/campaigns/kept/embed")


@pytest.fixture
def kept(app: Flask) -> Campaign:
    """A campaign whose page is kept."""
    campaign = make_campaign("kept", title="The first title")
    make_event(campaign, detainees=[make_detainee(campaign)])
    return campaign


@pytest.mark.parametrize("path", [*PAGES, "/stylesheets/{css}", "/static/images/icon.svg"])
@pytest.mark.database("sqlite")
def test_a_page_is_answered_in_the_coding_asked_for(
    app: Flask, kept: Campaign, client: AuditingClient, path: str
) -> None:
    if "{css}" in path:
        path = client.get("/").text.split('rel="stylesheet" href="')[1].split('"')[0]
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    # Without the audit, which reads what is not coded.
    bare, base = FlaskClient(app, TestResponse), plain.request.host_url
    for coding, decode in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        coded = bare.get(path, headers={"Accept-Encoding": coding}, base_url=base)
        assert coded.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in coded.headers["Vary"]
        assert coded.headers["ETag"] == plain.headers["ETag"]
        assert decode(coded.data) == plain.data


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000,gzip;q=0", "identity"),
        ("brotli, gzipped, zstd", "identity"),
        ("", "identity"),
    ],
)
def test_the_best_coding_that_is_taken_is_used(accepted: str, coding: str) -> None:
    assert choose_coding(accepted) == coding


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.database("sqlite")
def test_who_has_the_page_already_is_told_so(
    kept: Campaign, client: AuditingClient, path: str
) -> None:
    etag = client.get(path).headers["ETag"]
    for asked in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = client.get(path, headers={"If-None-Match": asked})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == etag
        assert "Accept-Encoding" in again.headers["Vary"]
    for asked in ('"other"', 'W/"other"', ""):
        assert client.get(path, headers={"If-None-Match": asked}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.database("sqlite")
def test_who_asks_by_time_alone_is_told_whether_it_has_changed_since(
    kept: Campaign, client: AuditingClient, path: str
) -> None:
    begun = utcnow()
    # Within a second there may be two versions, so that its time says nothing yet.
    with time_machine.travel(begun, tick=False):
        assert "Last-Modified" not in client.get(path).headers
    with time_machine.travel(begun + timedelta(seconds=2), tick=False):
        expire_finished()
        answers = [client.get(path) for _ in range(2)]
        modified = answers[0].headers["Last-Modified"]
        assert parse_date(modified) == begun.replace(microsecond=0)
        assert answers[1].headers["Last-Modified"] == modified
        later, earlier = http_date(begun + timedelta(days=1)), http_date(begun - timedelta(days=1))
        for since, code in ((modified, 304), (later, 304), (earlier, 200), ("yesterday", 200)):
            again = client.get(path, headers={"If-Modified-Since": since})
            assert again.status_code == code, since
        # Whoever names a version as well is answered by that alone (RFC 9110, section 13.2.2).
        both = {"If-Modified-Since": later, "If-None-Match": '"other"'}
        assert client.get(path, headers=both).status_code == 200
        kept.title, kept.version = "The second title", kept.version + 1
        db.session.commit()
        expire_finished()
        changed = client.get(path, headers={"If-Modified-Since": modified})
        assert changed.status_code == 200
        assert "The second title" in changed.text
        assert "Last-Modified" not in changed.headers


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.database("sqlite")
def test_a_page_must_be_asked_for_again_before_it_is_used(
    kept: Campaign, client: AuditingClient, path: str
) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-cache"


def test_a_change_is_seen_at_once_where_it_was_made(
    app: Flask, kept: Campaign, client: AuditingClient
) -> None:
    for path in PAGES:
        client.get(path)
    kept.title, kept.version = "The second title", kept.version + 1
    db.session.commit()
    expire_finished()
    for path in PAGES:
        page = client.get(path).text
        assert "The second title" in page
        assert "The first title" not in page


def test_a_change_made_elsewhere_is_seen_within_a_second(
    kept: Campaign, client: AuditingClient
) -> None:
    client.get("/campaigns/kept")
    # Nobody tells this process.
    kept.title, kept.version = "The second title", kept.version + 1
    db.session.commit()
    until = time.monotonic() + FRESH_SECONDS
    while "The second title" not in client.get("/campaigns/kept").text:
        assert time.monotonic() < until + 0.5
        time.sleep(0.05)
    assert "The second title" in client.get("/campaigns/kept.json").text


def test_time_alone_changes_a_page_too(
    kept: Campaign, client: AuditingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _days(client)
    clock = time.monotonic
    with time_machine.travel(utcnow() + timedelta(days=1), tick=True):
        monkeypatch.setattr("campaigns.web.finished.time.monotonic", lambda: clock() + 86_400)
        assert _days(client) == before + 1


def _days(client: AuditingClient) -> int:
    status = client.get("/campaigns/kept.json").get_json()["detainees"][0]["status"]
    return int(status["days"]["current"]["min"])


@pytest.mark.database("sqlite")
def test_what_addresses_carry_when_passed_on_changes_no_page(
    kept: Campaign, client: AuditingClient
) -> None:
    page = client.get("/campaigns/kept").text
    for query in ("fbclid=abc", "utm_source=x&utm_medium=y", "endpoint=x&_scheme=ftp&_method=POST"):
        assert client.get(f"/campaigns/kept?{query}").text == page


@pytest.mark.database("sqlite")
def test_no_more_pages_are_kept_than_fit() -> None:
    store = Store[int]()
    size = LARGEST_STORE // 10
    for number in range(12):
        store.put(number, number, size)
    assert store.get(11) == 11
    assert [store.get(number) for number in range(2)] == [None, None]


@pytest.mark.database("sqlite")
def test_an_error_is_not_kept(app: Flask, client: AuditingClient) -> None:
    assert client.get("/campaigns/later").status_code == 404
    make_campaign("later")
    assert client.get("/campaigns/later").status_code == 200
