"""Errors say what to do next, in the form that was asked for, and tell nothing else."""

import logging

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient

NAME, ADDRESS, COMMENT = "Shirin Canary", "shirin.canary@example.org", "A canary sings"


@pytest.fixture(autouse=True)
def campaigns(app: Flask) -> None:
    """One that can be read, one that is not published, one that was taken down."""
    make_petition(make_campaign("open"))
    make_campaign("draft", state=CampaignState.DRAFT)
    make_campaign("removed", state=CampaignState.REMOVED)


@pytest.mark.parametrize(
    ("path", "status", "advice"),
    [
        ("/nowhere", 404, "Look for the campaign in the list."),
        ("/campaigns/nobody", 404, "Look for the campaign in the list."),
        ("/campaigns/draft", 404, "Look for the campaign in the list."),
        ("/campaigns/open/events/1000000", 404, "Look for the campaign in the list."),
        ("/campaigns/open/updates/1000000", 404, "Look for the campaign in the list."),
        ("/confirm/nonsense", 404, "Look for the campaign in the list."),
        ("/campaigns/removed", 410, "Please do not pass copies on."),
        ("/campaigns/open?as_of=yesterday", 400, "After as_of= there must be a day"),
    ],
)
@pytest.mark.database("sqlite")
def test_an_error_is_a_page_that_says_what_to_do(
    client: AuditingClient, path: str, status: int, advice: str
) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert advice in response.text
    assert 'href="/"' in response.text
    assert '<meta name="robots" content="noindex">' in response.text


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/campaigns/nobody.json", None, 404),
        ("/campaigns/nobody.json", "text/html", 404),
        ("/campaigns/removed.json", None, 410),
        ("/campaigns/removed/timeline.json", None, 410),
        ("/nowhere", "application/json", 404),
        ("/campaigns/nobody", "application/problem+json, text/html;q=0.5", 404),
    ],
)
@pytest.mark.database("sqlite")
def test_where_json_is_asked_for_an_error_is_a_problem_document(
    client: AuditingClient, path: str, accept: str | None, status: int
) -> None:
    response = client.get(path, headers={"Accept": accept} if accept else {})
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.get_json(force=True) == {
        "type": "about:blank",
        "status": status,
        "title": response.status.split(" ", 1)[1].title(),
    }


@pytest.mark.database("sqlite")
def test_a_problem_says_what_was_asked_wrongly(client: AuditingClient) -> None:
    response = client.get("/campaigns/open.json?as_of=2024-02-30")
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"
    assert response.get_json(force=True) == {
        "type": "about:blank",
        "status": 400,
        "title": "Bad Request",
        "detail": "After as_of= there must be a day, written like 2024-03-01.",
    }


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", ""])
@pytest.mark.database("sqlite")
def test_browsers_and_those_who_do_not_mind_get_a_page(client: AuditingClient, accept: str) -> None:
    assert client.get("/nowhere", headers={"Accept": accept}).mimetype == "text/html"


@pytest.mark.database("sqlite")
def test_a_draft_answers_exactly_like_what_does_not_exist(client: AuditingClient) -> None:
    for path in ("", ".json", "/embed", "/feed.atom", "/hearings.ics", "/updates", "/count.json"):
        draft = client.get(f"/campaigns/draft{path}")
        missing = client.get(f"/campaigns/ghost{path}")
        assert (draft.status_code, draft.text) == (404, missing.text)
        assert dict(draft.headers) == dict(missing.headers)


@pytest.mark.database("sqlite")
def test_a_wrong_method_names_the_right_ones(client: AuditingClient) -> None:
    response = client.delete("/campaigns/open")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_what_a_supporter_typed_reaches_no_log_when_something_fails(
    client: AuditingClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    db.session.execute(text("ALTER TABLE signature RENAME COLUMN email_index TO gone"))
    try:
        response = client.post(
            "/campaigns/open/sign",
            data={"name": NAME, "email": ADDRESS, "comment": COMMENT, "public": "y"},
        )
    finally:
        db.session.execute(text("ALTER TABLE signature RENAME COLUMN gone TO email_index"))
        db.session.commit()
    assert response.status_code in (500, 503)
    assert caplog.records
    output = capfd.readouterr()
    for told in (caplog.text, output.out, output.err, response.text):
        assert not any(secret in told for secret in (NAME, ADDRESS, COMMENT, "canary", "Canary"))
    assert "Traceback" not in caplog.text + output.err


@pytest.mark.database("sqlite")
def test_an_unexpected_error_is_logged_by_its_place_and_answered_with_500(
    app: Flask, client: AuditingClient, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        raise LookupError(f"Nobody is called {NAME}")

    app.add_url_rule("/fails", view_func=fail)
    response = client.get("/fails")
    assert response.status_code == 500
    assert "It is not your fault" in response.text
    assert NAME not in response.text + caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "LookupError" in caplog.text
    assert "test_errors.py" in caplog.text


@pytest.mark.database("sqlite")
def test_with_every_connection_busy_the_answer_is_to_try_again(
    app: Flask, client: AuditingClient, caplog: pytest.LogCaptureFixture
) -> None:
    def wait() -> str:
        raise NoConnectionFree

    app.add_url_rule("/busy.json", view_func=wait)
    response = client.get("/busy.json")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert response.mimetype == "application/problem+json"
    assert "TimeoutError" in caplog.text


@pytest.mark.database("sqlite")
def test_a_database_that_is_away_is_answered_with_503_and_comes_back(
    app: Flask, client: AuditingClient
) -> None:
    database = app.extensions["settings"].instance_path / "campaigns.sqlite3"
    aside = database.with_suffix(".aside")
    db.session.remove()
    db.engine.dispose()
    database.rename(aside)
    database.mkdir()
    try:
        response = client.get("/campaigns/open")
        ready = client.get("/readyz")
    finally:
        database.rmdir()
        aside.rename(database)
    assert response.status_code == 503
    assert "Nothing you sent was kept" in response.text
    assert (ready.status_code, ready.json) == (
        503,
        {"database": False, "keys": False, "worker": False},
    )
    assert client.get("/healthz").status_code == 200
    assert client.get("/campaigns/open").status_code == 200
