"""Which unsafe requests are taken: those no other site made a visitor's browser send."""

import pytest
from flask import Flask

from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient

SITE = "Sec-Fetch-Site"


def _sign(client: AuditingClient, headers: dict[str, str]) -> int:
    # An empty form: 422 means that it was looked at.
    return client.post("/campaigns/ours/sign", data={}, headers=headers).status_code


@pytest.fixture
def own_origin(app: Flask) -> str:
    """A campaign to sign, and the origin its page has."""
    make_petition(make_campaign("ours"))
    return str(app.extensions["settings"].base_url)


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("same-origin", "ours", 422),
        ("same-origin", None, 422),
        ("same-origin", "null", 422),
        ("none", None, 422),
        ("same-site", "ours", 403),
        ("same-site", None, 403),
        ("cross-site", None, 403),
        ("cross-site", "ours", 403),
        ("cross-site", "https://evil.example", 403),
        ("something-new", "ours", 403),
        ("", None, 403),
        (None, "ours", 422),
        (None, None, 422),
        (None, "null", 403),
        (None, "https://evil.example", 403),
        (None, "http://127.0.0.1:1", 403),
        (None, "", 403),
    ],
)
@pytest.mark.database("sqlite")
def test_the_browsers_own_word_decides_then_the_origin(
    client: AuditingClient, own_origin: str, site: str | None, origin: str | None, status: int
) -> None:
    headers = {SITE: site, "Origin": own_origin if origin == "ours" else origin}
    assert _sign(client, {name: it for name, it in headers.items() if it is not None}) == status


@pytest.mark.database("sqlite")
def test_a_refusal_says_what_to_do(client: AuditingClient, own_origin: str) -> None:
    page = client.post("/campaigns/ours/sign", data={}, headers={SITE: "cross-site"})
    assert page.status_code == 403
    assert "page and send the form from there." in page.text


@pytest.mark.parametrize("path", ["/campaigns/ours/subscribe", "/confirm/x", "/login", "/logout"])
@pytest.mark.database("sqlite")
def test_it_holds_for_everything_that_changes_something(
    client: AuditingClient, own_origin: str, path: str
) -> None:
    assert client.post(path, data={}, headers={SITE: "cross-site"}).status_code == 403


@pytest.mark.database("sqlite")
def test_reading_is_open_to_links_from_everywhere(client: AuditingClient, own_origin: str) -> None:
    headers = {SITE: "cross-site", "Origin": "https://evil.example"}
    assert client.get("/campaigns/ours", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [({"List-Unsubscribe": "One-Click"}, 404), ({"List-Unsubscribe": "Other"}, 403), ({}, 403)],
)
@pytest.mark.database("sqlite")
def test_a_mail_programs_one_click_comes_from_anywhere(
    client: AuditingClient, data: dict[str, str], status: int
) -> None:
    # 404, because the token is nobody's.
    headers = {SITE: "cross-site", "Origin": "https://mail.example"}
    assert client.post("/unsubscribe/x", data=data, headers=headers).status_code == status


@pytest.mark.settings(
    ENV="production",
    BASE_URL="https://campaigns.example.org",
    TRUSTED_HOSTS="campaigns.example.net",
    MAIL_SERVER="127.0.0.1",
    MAIL_DEFAULT_SENDER="news@example.org",
)
@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("campaigns.example.org", "https://campaigns.example.org", 422),
        ("campaigns.example.net", "https://campaigns.example.net", 422),
        ("campaigns.example.net", "https://campaigns.example.org", 422),
        # Somebody on the way can put a page there.
        ("campaigns.example.org", "http://campaigns.example.org", 403),
        ("campaigns.example.org", "https://campaigns.example.net", 403),
    ],
)
@pytest.mark.database("sqlite")
def test_behind_a_proxy_that_ends_tls_our_origin_is_still_https(
    client: AuditingClient, own_origin: str, host: str, origin: str, status: int
) -> None:
    response = client.post(
        "/campaigns/ours/sign", data={}, headers={"Origin": origin}, base_url=f"http://{host}"
    )
    assert response.status_code == status
