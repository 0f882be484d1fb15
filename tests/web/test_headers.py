"""Headers that hold on every response, whatever came of the request."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import make_campaign
from tests.fixtures.auditing import AuditingClient

PRODUCTION = pytest.mark.settings(
    ENV="production",
    BASE_URL="https://campaigns.example.org",
    MAIL_SERVER="127.0.0.1",
    MAIL_DEFAULT_SENDER="news@example.org",
)
ANSWERS = (
    ("GET", "/", 200),
    ("GET", "/about", 200),
    ("GET", "/static/images/icon.svg", 200),
    ("GET", "/robots.txt", 200),
    ("GET", "/healthz", 200),
    ("GET", "/login", 200),
    ("GET", "/console", 303),
    ("GET", "/nowhere", 404),
    ("GET", "/campaigns/nobody.json", 404),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/confirm/nonsense", 404),
    ("PUT", "/", 405),
    ("POST", "/login", 400),
)


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
@pytest.mark.database("sqlite")
def test_every_answer_is_of_the_safe_kind(
    client: AuditingClient, method: str, path: str, status: int
) -> None:
    # The client looks at the headers of everything it fetches, and at the pages.
    response = client.open(path, method=method)
    assert response.status_code == status
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "'unsafe" not in policy
    assert "http" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/about", "/campaigns.json", "/static/images/icon.svg"])
@pytest.mark.database("sqlite")
def test_asking_for_the_headers_alone_gives_the_same_ones(
    app: Flask, client: AuditingClient, path: str
) -> None:
    whole = client.get(path)
    # Without the audit, which would miss the page.
    bare = FlaskClient(app, TestResponse).head(path, base_url=whole.request.host_url)
    assert (bare.status_code, bare.data) == (200, b"")
    assert dict(bare.headers) == dict(whole.headers)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/", {"GET", "HEAD", "OPTIONS"}), ("/campaigns/x/sign", {"POST", "OPTIONS"})],
)
@pytest.mark.database("sqlite")
def test_asking_what_is_possible_changes_nothing(app: Flask, path: str, allowed: set[str]) -> None:
    base = app.extensions["settings"].base_url
    answer = FlaskClient(app, TestResponse).options(path, base_url=base)
    assert (answer.status_code, answer.data) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert "Content-Security-Policy" in answer.headers
    assert "Set-Cookie" not in answer.headers


@PRODUCTION
@pytest.mark.database("sqlite")
@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/images/icon.svg", "/login"])
def test_production_asks_browsers_to_stay_with_https(client: AuditingClient, path: str) -> None:
    assert "max-age=31536000" in client.get(path).headers["Strict-Transport-Security"]


@pytest.mark.database("sqlite")
def test_development_does_not(client: AuditingClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_only_the_embedded_page_may_be_framed(app: Flask, client: AuditingClient) -> None:
    make_campaign("framed")
    embed = client.get("/campaigns/framed/embed")
    assert "frame-ancestors *" in embed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed.headers
    assert embed.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    page = client.get("/campaigns/framed")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/campaigns.json", True),
        ("/campaigns/open.json", True),
        ("/campaigns/open/timeline.json", True),
        ("/campaigns/open/articles.json", True),
        ("/campaigns/open/count.json", True),
        ("/campaigns/nobody.json", True),
        ("/campaigns/open/feed.atom", True),
        ("/campaigns/open/hearings.ics", True),
        ("/campaigns/open", False),
        ("/", False),
        ("/campaigns/open/embed", False),
        ("/healthz", False),
    ],
)
@pytest.mark.database("sqlite")
def test_scripts_of_other_sites_may_read_open_data_and_nothing_else(
    app: Flask, client: AuditingClient, path: str, shared: bool
) -> None:
    make_campaign("open")
    allowed = client.get(path).headers.get("Access-Control-Allow-Origin")
    assert allowed == ("*" if shared else None)


@pytest.mark.parametrize(
    "path", ["/campaigns/posted/sign", "/campaigns/posted/subscribe", "/login", "/nowhere"]
)
@pytest.mark.database("sqlite")
def test_the_answer_to_a_post_is_kept_nowhere(
    app: Flask, client: AuditingClient, path: str
) -> None:
    make_campaign("posted")
    assert client.post(path, data={}).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/confirm/x", "/unsubscribe/x", "/invitation/x"])
@pytest.mark.database("sqlite")
def test_a_page_under_a_token_is_kept_nowhere(client: AuditingClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
