"""What is hidden stands nowhere, changes nothing, and its own address does not exist."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Article, Campaign, Correction, Detainee, Event, EventSource
from campaigns.cases.vocabulary import CampaignState, Disclosure, EventKind, NamePolicy, Stance
from campaigns.db import db, utcnow
from campaigns.petitions.models import SignatureState
from campaigns.updates.purging import purge_event
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.public.surfaces import CHANGING, read_everything

pytestmark = pytest.mark.settings(LOCALES="en,ur")

CANARY = "canary"
IN_TWO_DAYS = timedelta(days=2)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Somebody held, with everything a page can show."""
    campaign = make_campaign("watched", translations={"ur": {"title": "زرینہ کو رہا کرو"}})
    zarina = make_detainee(campaign)
    report = make_article(campaign)
    make_event(campaign, EventKind.ARRESTED, "2024-03-01", detainees=[zarina], sources=[report])
    make_petition(campaign, paper=12)
    make_update(campaign)
    return campaign


def hidden_event(campaign: Campaign, kind: EventKind, **when: object) -> Event:
    """An entry that would change whatever an entry can change, and says “canary” everywhere."""
    event = make_event(
        campaign,
        kind,
        "2024-05-01",
        detainees=list(campaign.detainees),
        ref=f"canary-{kind}",
        summary="The canary is here.",
        text="A canary sings.",
        place="Canary Street",
        disclosure=Disclosure.DISCLOSED,
        actor_name="Canary Police",
        actor_kind="police",
        actor_state_link="yes",
        proceeding="Canary 1/24",
        hearing_starts_at=utcnow() + timedelta(days=3) if kind == EventKind.HEARING else None,
        hearing_court="Canary Court" if kind == EventKind.HEARING else None,
        translations={"ur": {"summary": "canary", "text": "canary"}},
        sources=list(campaign.articles),
        **when,
    )
    event.sources[0].stance = Stance.CONTRADICTS
    event.corrections.append(
        Correction(position=1, on=date(2024, 5, 2), note="canary", was={"summary": "canary"})
    )
    make_update(campaign, event_id=event.id, title="The canary", text="A canary sings.")
    return event


def embargoed(campaign: Campaign, kind: EventKind) -> Event:
    """An entry visitors may read in two days."""
    return hidden_event(campaign, kind, embargo_until=utcnow() + IN_TWO_DAYS)


def published_later(campaign: Campaign, kind: EventKind) -> Event:
    """An entry that is published in two days."""
    return hidden_event(campaign, kind, published_at=utcnow() + IN_TWO_DAYS)


HIDING = pytest.mark.parametrize("hide", [embargoed, published_later])
KINDS = (EventKind.RELEASED, EventKind.HEARING, EventKind.PETITION_HANDOVER)


@HIDING
def test_a_hidden_entry_changes_not_one_letter_anywhere(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    hide: Callable[[Campaign, EventKind], Event],
) -> None:
    before = read_everything(app, client, campaign)
    assert len(before) > 40
    hidden = [hide(campaign, kind) for kind in KINDS]
    after = read_everything(app, client, campaign)
    for address, (status, text) in after.items():
        assert CANARY not in text.lower(), address
        if address in before:
            assert (status, text) == before[address], address
        else:
            # Its own page, and that of the update that tells of it.
            assert status == 404, address
    assert all(after[f"/campaigns/watched/events/{event.id}"][0] == 404 for event in hidden)


@HIDING
@pytest.mark.database("sqlite")
def test_at_its_time_it_appears_everywhere(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    hide: Callable[[Campaign, EventKind], Event],
) -> None:
    begun = utcnow()
    event = hide(campaign, EventKind.RELEASED)
    read_everything(app, client, campaign)
    appears = utcnow() + IN_TWO_DAYS + timedelta(seconds=1)
    with time_machine.travel(appears, tick=True):
        answers = read_everything(app, client, campaign)
        assert answers[f"/campaigns/watched/events/{event.id}"][0] == 200
        for path in ("", "/timeline.json", "/feed.atom", "/updates"):
            assert CANARY in answers[f"/campaigns/watched{path}"][1].lower(), path
        assert client.get("/campaigns/watched.json").get_json()["totals"]["free"] == 1
        timeline = client.get("/campaigns/watched/timeline.json").get_json()["events"]
        told = next(it for it in timeline if it["ref"] == "canary-released")
        # Not when it was written, which would tell that it was held back.
        assert told["published_at"] >= (begun + IN_TWO_DAYS).isoformat()
        assert "embargo" not in answers["/campaigns/watched/timeline.json"][1]


def test_a_draft_is_nowhere(app: Flask, client: AuditingClient, campaign: Campaign) -> None:
    before = read_everything(app, client, campaign)
    draft = make_campaign(
        "canary-case",
        title="Free the canary",
        state=CampaignState.DRAFT,
        tags=["canary"],
        run_by_name="Canary Committee",
    )
    make_event(draft, EventKind.ARRESTED, detainees=[make_detainee(draft, "Canary Bird")])
    make_petition(draft, title="Canary petition")
    make_update(draft, title="Canary news")
    assert read_everything(app, client, campaign) == before
    for address, (status, text) in read_everything(app, client, draft).items():
        assert CANARY not in text.replace("canary-case", "").lower(), address
        assert status == (404 if "/canary-case" in address else 200), address
    for action in ("sign", "subscribe"):
        assert client.post(f"/campaigns/canary-case/{action}", data={}).status_code == 404


def test_what_was_taken_down_is_gone_everywhere(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    before = read_everything(app, client, campaign)
    removed = make_campaign("canary-case", title="Free the canary")
    make_event(removed, EventKind.ARRESTED, detainees=[make_detainee(removed, "Canary Bird")])
    make_petition(removed)
    make_update(removed, title="Canary news")
    shown = read_everything(app, client, removed)
    assert CANARY in shown["/"][1].lower()
    removed.state = CampaignState.REMOVED
    db.session.commit()
    for address, (status, text) in read_everything(app, client, removed).items():
        assert CANARY not in text.replace("canary-case", "").lower(), address
        assert status == (410 if "/canary-case" in address else 200), address
    assert read_everything(app, client, campaign) == before
    for action in ("sign", "subscribe"):
        assert client.post(f"/campaigns/canary-case/{action}", data={}).status_code == 410


def test_a_retracted_entry_is_struck_through_and_does_not_count(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    before = client.get("/campaigns/watched.json").get_json()
    event = hidden_event(
        campaign,
        EventKind.RELEASED,
        retracted_on=date(2024, 5, 3),
        retracted_reason="A mix-up of names.",
    )
    at_length = {"text": "A canary sings.", "translations": {"ur": {"text": "A canary sings."}}}
    was = {"summary": "She sang."} | at_length
    event.corrections.append(Correction(position=2, on=date(2024, 5, 2), note="No.", was=was))
    db.session.commit()
    answers = read_everything(app, client, campaign)
    after = client.get("/campaigns/watched.json").get_json()
    assert before | {"version": 0} == after | {"version": 0}
    own = answers[f"/campaigns/watched/events/{event.id}"]
    assert own[0] == 200
    for path in ("/campaigns/watched", f"/campaigns/watched/events/{event.id}"):
        text = answers[path][1]
        assert "<del>The canary is here.</del>" in text
        assert "A mix-up of names." in text
    for address, (_, text) in answers.items():
        assert "A canary sings." not in text, address
    timeline = client.get("/campaigns/watched/timeline.json").get_json()["events"]
    told = next(it for it in timeline if it["id"] == event.id)
    assert told["retracted"] == {"on": "2024-05-03", "reason": "A mix-up of names."}
    assert "text" not in told
    assert told["corrections"][-1]["was"] == {"summary": "She sang."}
    feed = answers["/campaigns/watched/feed.atom"][1]
    assert "<title>Retracted: The canary is here.</title>" in feed
    assert "<del>The canary</del>" in answers["/campaigns/watched/updates"][1]
    assert "Canary Court" not in answers["/campaigns/watched/hearings.ics"][1]


def test_what_was_purged_leaves_every_page_as_if_it_had_never_been(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    before = read_everything(app, client, campaign)
    events = [hidden_event(campaign, kind) for kind in KINDS]
    shown = read_everything(app, client, campaign)
    assert CANARY in shown["/campaigns/watched"][1].lower()
    for event in events:
        purge_event(campaign, event)
    db.session.commit()
    app.extensions["finished"].clear()
    app.extensions["fresh"].clear()
    for address in shown:
        answer = client.get(address)
        read = (answer.status_code, CHANGING.sub("", answer.text))
        if address in before:
            assert read == before[address], address
        else:
            assert read[0] == 404, address
            assert CANARY not in read[1].lower(), address


def test_a_retracted_hearing_is_in_no_calendar(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    hidden_event(campaign, EventKind.HEARING, retracted_on=date(2024, 5, 3), retracted_reason="No.")
    assert "VEVENT" not in client.get("/campaigns/watched/hearings.ics").text
    assert "next_hearing" not in client.get("/campaigns/watched.json").get_json()


NAMES = ("shirin", "canaria", "شیرین", "کناریا")


@pytest.mark.parametrize(
    ("policy", "shown"), [(NamePolicy.WITHHELD, "Name withheld"), (NamePolicy.INITIALS, "S. C.")]
)
def test_a_hidden_name_stands_nowhere_in_no_script_and_in_no_ref(
    app: Flask, client: AuditingClient, policy: NamePolicy, shown: str
) -> None:
    campaign = make_campaign("unnamed")
    shirin = make_detainee(
        campaign,
        "شیرین کناریا",
        name_romanised="Shirin Canaria",
        ref="shirin-canaria",
        name_policy=policy,
        consent_by=None,
        consent_on=None,
        consent_scope="Shirin Canaria said so herself",
    )
    article = make_article(campaign, ref="shirin-in-the-news")
    event = make_event(campaign, detainees=[shirin], ref="canaria-arrested", sources=[article])
    make_event(campaign, EventKind.PROTEST, "2024-04-01", ref="marchforcanaria")
    _correct(event, shirin, article)
    make_petition(campaign)
    make_update(campaign, event_id=event.id)
    answers = read_everything(app, client, campaign)
    assert shown in answers["/campaigns/unnamed"][1]
    assert shown in answers["/campaigns/unnamed.json"][1]
    for address, (_, text) in answers.items():
        assert not [name for name in NAMES if name in text.lower()], address
    corrected = next(
        it
        for it in client.get("/campaigns/unnamed/timeline.json").get_json()["events"]
        if "corrections" in it
    )
    assert corrected["detainees"] == corrected["corrections"][0]["was"]["detainees"]
    assert [corrected["sources"][0]["article"]] == [
        source["article"] for source in corrected["corrections"][0]["was"]["sources"]
    ]
    for query in NAMES:
        found = client.get("/", query_string={"q": query}).text
        assert "No campaign is like that." in found, query


def _correct(event: Event, detainee: Detainee, article: Article) -> None:
    source = EventSource(article=article, position=2, stance=Stance.MENTIONS)
    event.sources.append(source)
    event.corrections.append(
        Correction(
            position=1,
            on=date(2024, 3, 5),
            note="The day was wrong.",
            was={
                "date": "2024-02-29",
                "detainees": [detainee.ref],
                "sources": [{"article": article.ref, "stance": "supports"}],
            },
        )
    )
    db.session.commit()


@pytest.mark.database("sqlite")
def test_pages_behind_a_mailed_link_hide_the_same(app: Flask, client: AuditingClient) -> None:
    other = make_campaign("mailed")
    petition = make_petition(other)
    embargoed_text = make_event(
        other, embargo_until=utcnow() + IN_TWO_DAYS, summary="The canary is here."
    )
    assert embargoed_text.embargo_until
    signatures = [make_signature(petition, confirmed=False), make_signature(petition)]
    subscription = make_subscription(other)
    with app.test_request_context():
        paths = [
            f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, it.id)}" for it in signatures
        ]
        paths.append(f"/confirm/{make_token(TokenPurpose.CONFIRM_SUBSCRIPTION, subscription.id)}")
        paths.append(f"/unsubscribe/{make_token(TokenPurpose.UNSUBSCRIBE, subscription.id)}")
    assert signatures[0].state == SignatureState.PENDING
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200
        assert CANARY not in response.text.lower()
    other.state = CampaignState.REMOVED
    db.session.commit()
    for path in paths[:3]:
        assert client.get(path).status_code == 410


@pytest.mark.database("sqlite")
def test_the_signer_is_shown_only_by_what_they_ticked(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(make_campaign("signed"))
    make_signature(petition, "canary@example.org", name="Canary Signer", comment="canary")
    for path in ("", ".json", "/count.json", "/embed", "/feed.atom", "/timeline.json"):
        assert CANARY not in client.get(f"/campaigns/signed{path}").text.lower()
    assert client.get("/campaigns/signed/count.json").get_json()["count"] == 1


@HIDING
def test_the_sources_of_a_hidden_entry_alone_are_hidden_with_it(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    hide: Callable[[Campaign, EventKind], Event],
) -> None:
    uncited = make_article(campaign, title="What nobody cites")
    before = read_everything(app, client, campaign)
    event = hide(campaign, EventKind.RELEASED)
    del event.sources[1]
    original = make_article(
        campaign, ref="canary", title="The canary is free", url="https://canary.example.org/"
    )
    event.sources.append(EventSource(article=original, position=3, stance=Stance.SUPPORTS))
    uncited.translation_of = original
    after = read_everything(app, client, campaign)
    for address, (status, text) in after.items():
        assert CANARY not in text.lower(), address
        assert address not in before or (status, text) == before[address], address
    titles = [
        it["title"] for it in client.get("/campaigns/watched/articles.json").get_json()["articles"]
    ]
    assert titles == ["Three readers arrested", "What nobody cites"]
    with time_machine.travel(utcnow() + IN_TWO_DAYS + timedelta(seconds=1), tick=True):
        shown = read_everything(app, client, campaign)
    for path in ("", "/articles.json"):
        assert "The canary is free" in shown[f"/campaigns/watched{path}"][1], path


def test_an_article_that_a_visible_entry_cited_once_stays_in_its_correction(
    client: AuditingClient, campaign: Campaign
) -> None:
    once = make_article(campaign, ref="once", title="What was cited first")
    campaign.events[0].corrections.append(
        Correction(
            position=1,
            on=date(2024, 3, 2),
            note="It was another article.",
            was={"sources": [{"article": "once", "stance": "supports"}]},
        )
    )
    make_event(
        campaign,
        EventKind.RELEASED,
        sources=[once],
        embargo_until=utcnow() + IN_TWO_DAYS,
    )
    titles = [
        it["title"] for it in client.get("/campaigns/watched/articles.json").get_json()["articles"]
    ]
    assert "What was cited first" in titles
    assert client.get("/campaigns/watched").status_code == 200
