"""What an entry says in other languages: written with it, corrected with it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from babel.localedata import locale_identifiers
from sqlalchemy import select

from campaigns.cases.languages import is_language
from campaigns.cases.models import Campaign, Correction, Event, EventSource
from campaigns.cases.vocabulary import NamePolicy, Stance
from campaigns.db import db, utcnow
from tests.editing.writing import EVENTS, filled, mend, said, write
from tests.factories import make_article, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

URDU = "دو سو لوگ آئے۔"
pytestmark = pytest.mark.settings(LOCALES="en,ur,de")


def translated(campaign: Campaign, client: AuditingClient, **more: str) -> Event:
    answer = write(client, accepted="no_source", translations__0__summary=URDU, **more)
    assert answer.status_code == 303
    return newest()


def newest() -> Event:
    db.session.expire_all()
    return db.session.scalars(select(Event).order_by(Event.id.desc())).first()  # type: ignore[return-value]


def corrections() -> list[Correction]:
    return list(db.session.scalars(select(Correction)))


def test_an_entry_is_read_in_the_language_of_the_visitor(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = translated(campaign, client, translations__0__text="**بہت** لوگ")
    assert event.translations == {"ur": {"summary": URDU, "text": "**بہت** لوگ"}}
    page = client.get("/campaigns/watched?locale=ur")
    assert f'lang="ur" dir="auto">{URDU}' in page.text
    assert "<strong>بہت</strong>" in page.text
    assert 'lang="en" dir="auto">Two hundred came.' in client.get("/campaigns/watched").text
    assert URDU in client.get("/campaigns/watched/timeline.csv?locale=ur").text


def test_a_translation_that_is_added_later_takes_nothing_from_what_visitors_read(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    answer = mend(client, event.id, translations__1__summary="Zwei wurden verhaftet.")
    assert answer.status_code == 303
    assert corrections() == []
    assert "Zwei wurden verhaftet." in client.get("/campaigns/watched?locale=de").text


def test_a_translation_that_visitors_have_read_is_corrected_in_the_open(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = translated(campaign, client)
    with time_machine.travel(utcnow() + timedelta(minutes=1)):
        changed = {"translations__0__summary": "تین سو لوگ آئے۔"}
        assert "Say what was corrected" in said(mend(client, event.id, **changed))
        answer = mend(client, event.id, note="A number was misread.", **changed)
    assert answer.status_code == 303
    (correction,) = corrections()
    assert correction.was == {"translations": {"ur": {"summary": URDU}}}
    assert f"<del>{URDU}</del>" in client.get("/campaigns/watched?locale=ur").text
    english = client.get("/campaigns/watched")
    assert "A number was misread." in said(english)
    assert URDU not in english.text


def test_a_translation_of_what_was_corrected_is_asked_after(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = translated(campaign, client)
    doubted = mend(client, event.id, summary="Three hundred came.", note="Counted again.")
    assert doubted.status_code == 422
    assert "not what a translation says" in said(doubted)
    both = filled(doubted, translations__0__summary="تین سو لوگ آئے۔")
    assert client.post(f"{EVENTS}/{event.id}", data=both).status_code == 303
    assert newest().translations["ur"]["summary"] == "تین سو لوگ آئے۔"


def test_what_was_known_earlier_is_not_told_in_words_that_came_later(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    old, yesterday = event.summary, campaign.today - timedelta(days=1)
    event.published_at = utcnow() - timedelta(days=2)
    db.session.commit()
    corrected = mend(client, event.id, note="They were three.", summary="Three were arrested.")
    assert corrected.status_code == 303
    added = mend(client, event.id, translations__1__summary="Drei verhaftet.")
    assert added.status_code == 303
    assert len(corrections()) == 1
    earlier = client.get(f"/campaigns/watched?locale=de&known_on={yesterday}")
    assert old in said(earlier)
    assert "Drei verhaftet." not in said(earlier)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"text": "بہت لوگ"}, "Translate the line too"),
        ({"summary": "x" * 2_001}, "A translation is too long"),
        ({"summary": "x\u202ey"}, "control characters"),
        ({"summary": "Sana Hidden کو رہا کرو"}, "whose name is not public"),
        ({"summary": "x", "language": "../etc"}, "Choose a language from the list."),
        ({"summary": "x", "language": "en"}, "once into each other language"),
        ({"summary": "x" * 201, "tell": "y"}, "too long for a mail"),
        ({"summary": "x", "text": "x" * 50_001, "tell": "y"}, "too long for a mail"),
    ],
)
@pytest.mark.database("sqlite")
def test_half_a_translation_or_one_that_harms_is_refused_and_nothing_typed_is_lost(
    campaign: Campaign, client: AuditingClient, typed: dict[str, str], message: str
) -> None:
    hidden = campaign.detainees[0]
    hidden.name, hidden.name_policy = "Sana Hidden", NamePolicy.INITIALS
    db.session.commit()
    before = newest().id
    answer = write(
        client,
        accepted="no_source",
        **{
            name if name == "tell" else f"translations__0__{name}": value
            for name, value in typed.items()
        },
    )
    assert answer.status_code == 422
    assert message in said(answer)
    kept = filled(answer)
    for name, value in typed.items():
        assert kept.get(f"translations-0-{name}", "y") == value
    assert newest().id == before


@pytest.mark.database("sqlite")
def test_a_translation_into_no_language_is_refused(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = filled(client.get(f"{EVENTS}/new"), kind="protest", summary="Two hundred came.")
    del form["translations-0-language"]
    refused = client.post(f"{EVENTS}/new", data=form | {"translations-0-summary": "x"})
    assert refused.status_code == 422
    assert "Choose a language from the list." in said(refused)


def test_a_text_that_is_not_translated_keeps_its_language(
    campaign: Campaign, client: AuditingClient
) -> None:
    translated(campaign, client, text="Nobody was hurt.")
    page = client.get("/campaigns/watched?locale=ur").text
    assert f'lang="ur" dir="auto">{URDU}' in page
    assert 'lang="en" dir="auto"><p>Nobody was hurt.' in page


@pytest.mark.database("sqlite")
def test_an_entry_with_more_languages_and_sources_than_anybody_writes_loses_none(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    codes = [it for it in locale_identifiers() if is_language(it) and it != "en"][:70]
    event.translations = {code: {"summary": code} for code in codes}
    for number in range(2, 62):
        article = make_article(campaign, url=f"https://news.example.org/{number}")
        event.sources.append(EventSource(position=number, article=article, stance=Stance.SUPPORTS))
    db.session.commit()
    answer = mend(client, event.id, place="Lahore", note="A place was missing.")
    assert answer.status_code == 303
    mended = db.session.get_one(Event, event.id, populate_existing=True)
    assert (mended.place, len(mended.translations), len(mended.sources)) == ("Lahore", 70, 61)


def test_subscribers_are_told_in_their_language(
    campaign: Campaign, client: AuditingClient, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    make_subscription(campaign, "amal@example.org", locale="ur")
    make_subscription(campaign, "bilal@example.org")
    translated(campaign, client, tell="y")
    deliver()
    assert mailbox.last("amal@example.org").subject == URDU
    assert mailbox.last("bilal@example.org").subject == "Two hundred came."
