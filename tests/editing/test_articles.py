"""Articles: fetched by their address or written by hand, found again however they are linked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from campaigns.cases.addresses import canonical_address
from campaigns.cases.models import Article, Campaign, Revision
from campaigns.cases.reports import Report, read_report
from campaigns.db import db
from campaigns.web import fetching
from campaigns.web.fetching import Page
from tests.editing.writing import ARTICLES, EVENTS, filled, said
from tests.factories import make_article
from tests.fixtures.auditing import AuditingClient
from tests.web.outside import Outside, page, serving

STORY = """<!doctype html><html lang="en-GB"><head>
<title>Bail granted to Zarina - Example News</title>
<meta property="og:title" content="Bail granted to  Zarina">
<meta property="og:site_name" content="Example News">
<meta name="author" content="Amal Reporter">
<meta property="article:published_time" content="2024-03-09T08:00:00+05:00">
</head><body><article><h1>Bail granted to Zarina</h1><p>She is to be freed.</p></article></body>"""
FORM = {"title": "Readers held", "outlet": "The Example", "language": "en"}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """The web, as far as this server reaches: one page on every host."""
    with serving(page(STORY)) as outside:
        monkeypatch.setattr(fetching, "OUTSIDE", replace(outside.reach(), seconds=4))
        yield outside


def added() -> list[Article]:
    return list(db_articles())[1:]


def db_articles() -> Iterator[Article]:
    yield from db.session.scalars(select(Article).order_by(Article.id))


def add(client: AuditingClient, **changed: str) -> tuple[int, str]:
    form = filled(client.get(f"{ARTICLES}/new"), **(FORM | changed))
    answer = client.post(f"{ARTICLES}/new", data=form)
    return answer.status_code, said(answer)


def test_what_a_page_says_of_itself_fills_the_form_and_can_be_mended(
    campaign: Campaign, client: AuditingClient, outside: Outside
) -> None:
    address = f"http://news.example.org:{outside.port}/story?utm_source=x"
    campaign.locale = "ur"
    db.session.commit()
    form = filled(client.get(f"{ARTICLES}/new"), url=address, author="A. Reporter")
    assert form["language"] == "ur"
    chosen = client.post(f"{ARTICLES}/fetch", data=form | {"language": "fr"})
    assert filled(chosen)["language"] == "fr"
    answer = client.post(f"{ARTICLES}/fetch", data=form)
    assert answer.status_code == 200
    assert added() == []
    found = filled(answer)
    assert (found["title"], found["outlet"]) == ("Bail granted to Zarina", "Example News")
    assert (found["language"], found["published"], found["author"]) == (
        "en",
        "2024-03-09",
        "A. Reporter",
    )
    assert "Understood as: 9 March 2024" in said(answer)
    kept = found | {"title": "Bail granted"}
    assert client.post(f"{ARTICLES}/new", data=kept).status_code == 303
    assert client.post(f"{ARTICLES}/new", data=kept).status_code == 303
    (article,) = added()
    assert (article.title, article.url, article.published) == (
        "Bail granted",
        address,
        "2024-03-09",
    )
    assert "Bail granted" in said(client.get("/campaigns/watched"))
    assert "Example News: Bail granted" in client.get(f"{EVENTS}/new").text
    # The same article again, however it is linked.
    again = form | {"url": f"https://news.example.org.:{outside.port}/story#top"}
    answer = client.post(f"{ARTICLES}/fetch", data=again)
    assert answer.location == f"{ARTICLES}/{article.id}"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/secret", "http://2130706433/"],
)
@pytest.mark.database("sqlite")
def test_when_fetching_fails_the_form_says_so_and_keeps_what_was_typed(
    campaign: Campaign, client: AuditingClient, address: str
) -> None:
    form = filled(client.get(f"{ARTICLES}/new"), url=address, **FORM)
    answer = client.post(f"{ARTICLES}/fetch", data=form)
    assert answer.status_code == 422
    assert "The page could not be fetched. Fill the rest in by hand" in said(answer)
    kept = filled(answer)
    assert {name: kept[name] for name in FORM} == FORM
    assert client.post(f"{ARTICLES}/new", data=kept).status_code == 303
    assert added()[0].url == address


@pytest.mark.database("sqlite")
def test_nobody_waits_for_a_slow_site(
    app: Flask, campaign: Campaign, client: AuditingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a page is fetched no transaction is open: others write."""
    wrote: list[str] = []

    def writing(host: str, _port: int) -> list[str]:
        with app.app_context():
            db.session.execute(update(Campaign).values(summary="Written meanwhile"))
            db.session.commit()
            wrote.append(host)
        return []

    form = filled(client.get(f"{ARTICLES}/new"), url="http://slow.example.org/")
    monkeypatch.setattr(fetching, "OUTSIDE", fetching.Reach(look_up=writing, seconds=4))
    assert client.post(f"{ARTICLES}/fetch", data=form).status_code == 422
    assert wrote == ["slow.example.org"]


@pytest.mark.database("sqlite")
def test_a_printed_article_needs_no_address(campaign: Campaign, client: AuditingClient) -> None:
    assert add(client, published="9 March 2024", excerpt="They are held.")[0] == 303
    (article,) = added()
    assert (article.url, article.published) == (None, "2024-03-09")
    assert "in print only" in said(client.get(ARTICLES))
    status, words = 0, ""
    form = filled(client.get(f"{ARTICLES}/new"))
    answer = client.post(f"{ARTICLES}/fetch", data=form)
    status, words = answer.status_code, said(answer)
    assert (status, "Give the address first." in words) == (422, True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": ""}, "Give the title of the article."),
        ({"outlet": ""}, "Say where it appeared."),
        ({"language": "klingon"}, "Choose a language from the list."),
        ({"language": ""}, "Choose a language from the list."),
        ({"url": "gopher://example.org/"}, "Give a web address that begins with"),
        ({"url": "https://user:x@example.org/"}, "Give a web address that begins with"),
        ({"archived_url": "ftp://example.org/"}, "Give a web address that begins with"),
        ({"published": "3/4/2024"}, "This can be two different days"),
        ({"url": "http://NEWS.example.org./1?fbclid=x#y"}, "There is an article with this address"),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_of_an_article_is_named(
    campaign: Campaign, client: AuditingClient, changed: dict[str, str], message: str
) -> None:
    status, words = add(client, **changed)
    assert status == 422
    assert message in words
    assert added() == []


def test_an_article_is_mended_by_one_at_a_time_and_on_record(
    app: Flask, campaign: Campaign, client: AuditingClient
) -> None:
    original = campaign.articles[0]
    path = f"{ARTICLES}/{original.id}"
    stale = filled(client.get(path))
    changed = {"title": "Three held", "archived_at": "2024-03-10T12:00"}
    assert client.post(path, data=stale | changed).status_code == 303
    conflict = client.post(path, data=stale | {"title": "Four held"})
    assert conflict.status_code == 409
    words = said(conflict)
    assert "Title Saved by somebody else Three held Yours Four held" in words
    assert client.post(path, data=filled(conflict)).status_code == 303
    history = said(client.get(f"{path}/history"))
    assert "Title Before Three held After Four held" in history
    assert "Changed by amina" in history
    assert original.title == "Four held"
    revisions = [it for it in db_revisions() if it.object_id == original.id]
    assert [it.number for it in revisions] == [1, 2]


@pytest.mark.database("sqlite")
def test_no_article_is_over_others_its_own_translation(
    campaign: Campaign, client: AuditingClient
) -> None:
    first, second = campaign.articles[0], make_article(campaign, translation_of=None)
    for article, original in ((first, second), (second, first)):
        path = f"{ARTICLES}/{article.id}"
        answer = client.post(path, data=filled(client.get(path), translation_of=str(original.id)))
    assert answer.status_code == 422
    assert "That one is, in turn, a translation of this one." in said(answer)


def db_revisions() -> Iterator[Revision]:
    yield from db.session.scalars(select(Revision).order_by(Revision.id))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/story?id=1",
        "http://EXAMPLE.org:80/story?id=1#top",
        "https://example.org.:443/story?utm_source=a&id=1&fbclid=b",
        "https://example.org/st%6fry?gclid=x&id=1",
    ],
)
def test_what_makes_no_difference_to_an_address_is_left_out(address: str) -> None:
    assert canonical_address(address) == "https://example.org/story?id=1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org:8443/", "https://example.org/"),
        ("https://www.example.org/", "https://example.org/"),
        ("https://example.org/a?source=x", "https://example.org/a"),
    ],
)
def test_what_makes_a_difference_stays(one: str, other: str) -> None:
    assert canonical_address(one) != canonical_address(other)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (b"", Report(outlet="example.org")),
        ("<html lang='xx-none'><title>A\u00a0b\u202e</title>".encode(), Report("A b")),
        ("<html lang='ur'><title>خبر</title>".encode(), Report("خبر", "example.org", "", "ur")),
        ("<html><meta charset=iso-8859-1><title>\xe9t\xe9 ici".encode("latin-1"),
         Report("été ici", "example.org")),
        (b"<title>" + b"x" * 5_000 + b"</title><p>Text</p>", Report("x" * 300)),
    ],
)  # fmt: skip
def test_a_page_that_says_little_or_odd_things_is_read_as_far_as_it_goes(
    html: bytes, expected: Report
) -> None:
    found = read_report(Page("https://example.org/", html, None))
    assert (found.title, found.language) == (expected.title, expected.language)
    assert found.published == ""


def test_no_day_that_has_not_come_is_taken_over() -> None:
    year = datetime.now(UTC).year + 1
    html = f"<meta property='article:published_time' content='{year}-01-01'><title>Big news</title>"
    assert read_report(Page("https://example.org/", html.encode(), None)).published == ""
