"""By which name the site was asked, and on whose behalf."""

import pytest
from flask import Flask, request

from campaigns.web.requests import client_network
from tests.factories import make_campaign
from tests.fixtures.auditing import AuditingClient

BEHIND_PROXIES = pytest.mark.settings(
    ENV="production",
    BASE_URL="https://campaigns.example.org",
    TRUSTED_HOSTS="campaigns.example.net,.example.com",
    TRUSTED_PROXIES="10.0.0.0/8,192.0.2.7,2001:db8::/32",
    MAIL_SERVER="127.0.0.1",
    MAIL_DEFAULT_SENDER="news@example.org",
)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "campaigns.example.org", "[::2]", "a b", ""]
)
@pytest.mark.database("sqlite")
def test_a_host_that_is_not_ours_gets_400(client: AuditingClient, host: str) -> None:
    for path in ("/", "/campaigns.json", "/login", "/static/images/icon.svg", "/nowhere"):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 400
        assert "href" not in response.text
    assert client.post("/login", data={}, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8123", "localhost:8000"])
@pytest.mark.database("sqlite")
def test_development_answers_every_loopback_name(client: AuditingClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@BEHIND_PROXIES
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("campaigns.example.org", 200),
        ("campaigns.example.net", 200),
        ("shop.example.com", 200),
        ("example.org", 400),
        ("127.0.0.1", 400),
    ],
)
@pytest.mark.database("sqlite")
def test_the_base_url_and_the_hosts_named_are_answered(
    client: AuditingClient, host: str, status: int
) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == status


@BEHIND_PROXIES
@pytest.mark.database("sqlite")
def test_addresses_to_pass_on_begin_with_the_base_url_whatever_name_was_asked(
    app: Flask, client: AuditingClient
) -> None:
    make_campaign("known")
    expected = "https://campaigns.example.org/campaigns/known"
    for scheme in ("http", "https"):
        base = f"{scheme}://campaigns.example.net"
        page = client.get("/campaigns/known", base_url=base).text
        assert f'<link rel="canonical" href="{expected}">' in page
        assert (
            client.get("/campaigns/known.json", base_url=base).get_json()["links"]["html"]
            == expected
        )
        assert (
            f"<id>{expected}</id>" in client.get("/campaigns/known/feed.atom", base_url=base).text
        )
        assert f"<loc>{expected}</loc>" in client.get("/sitemap.xml", base_url=base).text


@pytest.fixture
def seen(app: Flask) -> list[tuple[str | None, str]]:
    """The address and scheme the application takes each request to have come with."""
    seen: list[tuple[str | None, str]] = []

    @app.before_request
    def note() -> None:
        seen.append((request.remote_addr, request.scheme))

    return seen


@BEHIND_PROXIES
@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.7", "198.51.100.4", "198.51.100.4"),
        ("192.0.2.7", "203.0.113.9, 198.51.100.4", "198.51.100.4"),
        ("192.0.2.7", "198.51.100.4, 10.1.1.1, 10.2.2.2", "198.51.100.4"),
        ("::ffff:192.0.2.7", "198.51.100.4", "198.51.100.4"),
        ("2001:db8::1", "2001:db9::5", "2001:db9::5"),
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.8", "198.51.100.4", "192.0.2.8"),
        ("198.51.100.9", "10.0.0.1", "198.51.100.9"),
    ],
)
@pytest.mark.database("sqlite")
def test_only_trusted_proxies_say_whom_a_request_came_from(
    client: AuditingClient,
    seen: list[tuple[str | None, str]],
    peer: str,
    forwarded: str,
    expected: str,
) -> None:
    client.get(
        "/healthz",
        headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"},
        base_url="http://campaigns.example.org",
        environ_base={"REMOTE_ADDR": peer},
    )
    trusted = peer not in ("192.0.2.8", "198.51.100.9")
    assert seen == [(expected, "https" if trusted else "http")]


@pytest.mark.database("sqlite")
def test_without_trusted_proxies_nobody_is_believed(
    client: AuditingClient, seen: list[tuple[str | None, str]]
) -> None:
    client.get(
        "/healthz",
        headers={"X-Forwarded-For": "198.51.100.4", "X-Forwarded-Host": "evil.example"},
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    assert seen == [("127.0.0.1", "http")]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.4", "198.51.100.0/24"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("nonsense", "unknown"),
        (None, "unknown"),
    ],
)
def test_limits_are_per_network(address: str | None, network: str) -> None:
    assert client_network(address) == network
