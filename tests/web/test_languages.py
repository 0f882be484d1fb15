"""The language of display is chosen in the address, and never fails."""

import pytest
from flask import Flask

from tests.factories import make_campaign
from tests.fixtures.auditing import AuditingClient

BILINGUAL = pytest.mark.settings(LOCALES="en,ur")
pytestmark = pytest.mark.database("sqlite")
NONSENSE = (
    "xx", "", "en-XX", "en_", "../../etc", "ur%00", "%ff", "ur'--", "a" * 5000, "ur&locale=en"
)  # fmt: skip


@pytest.fixture(autouse=True)
def campaign(app: Flask) -> None:
    """A campaign with a title in two languages."""
    make_campaign("two", title="Free Zarina", translations={"ur": {"title": "زرینہ کو رہا کرو"}})


@BILINGUAL
def test_the_language_asked_for_is_shown_and_kept_in_links(client: AuditingClient) -> None:
    page = client.get("/campaigns/two?locale=ur").text
    assert '<html lang="ur" dir="rtl">' in page
    assert "زرینہ کو رہا کرو" in page
    assert 'href="/campaigns/two/feed.atom?locale=ur"' in page
    assert 'action="/campaigns/two/sign?locale=ur"' in page or "/sign" not in page
    assert "stylesheets/" in page
    assert ".css?locale" not in page
    english = client.get("/campaigns/two").text
    assert '<html lang="en" dir="ltr">' in english
    assert "Free Zarina" in english
    assert "locale=en" not in english


@BILINGUAL
@pytest.mark.parametrize("locale", NONSENSE)
@pytest.mark.parametrize("path", ["/", "/campaigns/two", "/campaigns/two.json", "/nowhere"])
def test_an_unknown_language_means_the_usual_one(
    client: AuditingClient, path: str, locale: str
) -> None:
    response = client.get(f"{path}?locale={locale}")
    assert response.status_code == (404 if path == "/nowhere" else 200)
    if response.mimetype == "text/html" and "ur" not in locale:
        assert '<html lang="en" dir="ltr">' in response.text


@BILINGUAL
def test_the_other_language_is_one_link_away_and_what_was_asked_stays(
    client: AuditingClient,
) -> None:
    page = client.get("/?q=zarina&status=held&endpoint=x&_scheme=javascript&slug=two").text
    assert 'href="/?q=zarina&amp;status=held&amp;locale=ur" lang="ur" hreflang="ur"' in page
    assert "javascript" not in page
    back = client.get("/campaigns/two?locale=ur").text
    assert 'href="/campaigns/two?locale=en"' in back


def test_with_one_language_none_is_offered(client: AuditingClient) -> None:
    assert "locale=" not in client.get("/campaigns/two?locale=ur").text
