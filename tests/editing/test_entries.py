"""Writing entries: everything a case can say, and nothing that a kind does not need."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.casefiles.queries import export_case_file
from campaigns.casefiles.reading import read_case_file
from campaigns.cases.models import Campaign, Event, Revision
from campaigns.cases.vocabulary import EventKind, NamePolicy
from campaigns.db import db, utcnow
from tests.dashboard.desk import sign_in
from tests.editing.writing import EVENTS, filled, said, write
from tests.factories import make_article, make_campaign, make_detainee, make_event, make_organiser
from tests.fixtures.auditing import AuditingClient

HEARING = {"kind": "hearing", "hearing_court": "Sessions Court"}


def newest() -> Event:
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()


def test_an_entry_stands_on_the_page_dated_as_it_was_understood(
    campaign: Campaign, client: AuditingClient
) -> None:
    article = str(campaign.articles[0].id)
    answer = write(
        client,
        kind="transferred",
        date="between 8 and 9 March 2024",
        summary="They were moved at night.",
        text="Nobody was **told**.",
        place="Camp Example",
        disclosure="withheld",
        actor_name="Example Police",
        actor_kind="police",
        sources__0__article=article,
        sources__0__note="Page two",
    )
    assert (answer.status_code, answer.location) == (303, EVENTS)
    assert "It is dated between 8 March and 9 March 2024." in said(client.get(EVENTS))
    page = said(client.get("/campaigns/watched"))
    for words in ("They were moved at night.", "Camp Example", "Example Police", "Page two"):
        assert words in page
    event = newest()
    assert (event.date_edtf, event.everyone, event.actor_state_link) == (
        "2024-03-08/2024-03-09",
        True,
        "unknown",
    )
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert (entry.action, entry.about) == ("event_recorded", f"event:{event.id}")
    (revision,) = db.session.scalars(select(Revision).where(Revision.object_id == event.id))
    assert (revision.was, revision.number) == ({}, 1)


def test_a_hearing_lies_ahead_at_its_hour_in_the_zone_of_the_campaign(
    campaign: Campaign, client: AuditingClient
) -> None:
    day = (utcnow() + timedelta(days=20)).date()
    answer = write(
        client,
        kind="hearing",
        date="",
        summary="The court hears them.",
        hearing_starts_at=f"{day}T10:30",
        hearing_court="Sessions Court",
        accepted="no_source",
    )
    assert answer.status_code == 303
    words = said(client.get(EVENTS))
    assert "Saved. It is dated" in words
    assert f"{day.day} {day:%B %Y}." in words
    event = newest()
    assert event.date_edtf == day.isoformat()
    assert event.hearing_starts_at is not None
    assert event.hearing_starts_at.hour == 5
    assert "10:30" in client.get("/campaigns/watched").text
    assert event.hearing_status == "scheduled"


def test_an_hour_that_the_clocks_skip_is_refused_instead_of_changed(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.timezone = "America/New_York"
    db.session.commit()
    answer = write(client, **HEARING, hearing_starts_at="2032-03-14T02:30", accepted="no_source")
    assert answer.status_code == 422
    assert "This time does not exist: the clocks are put forward over it." in said(answer)
    assert newest().kind == EventKind.ARRESTED


def test_a_date_that_is_not_known_is_said_back_as_that(
    campaign: Campaign, client: AuditingClient
) -> None:
    assert write(client, date="", accepted="no_source").status_code == 303
    assert "Saved. Its date is not known." in said(client.get(EVENTS))


def test_a_handover_says_how_many_went_to_whom(campaign: Campaign, client: AuditingClient) -> None:
    given = {"kind": "petition_handover", "handover_count": "1200", "accepted": "no_source"}
    refused = write(client, **given)
    assert refused.status_code == 422
    assert "Say to whom it was handed." in refused.text
    assert write(client, **given, handover_to="The Ministry").status_code == 303
    assert "1,200 signatures handed to The Ministry." in said(client.get("/campaigns/watched"))


@pytest.mark.database("sqlite")
def test_a_handover_may_have_been_of_more(campaign: Campaign, client: AuditingClient) -> None:
    given = {"kind": "petition_handover", "handover_count": "600", "handover_to": "The Ministry"}
    write(client, **given, handover_at_least="y", accepted="no_source")
    assert "At least 600 signatures handed to The Ministry." in said(
        client.get("/campaigns/watched")
    )
    address = f"{EVENTS}/{newest().id}"
    assert filled(client.get(address))["handover_at_least"] == ["y"]
    exact = filled(client.get(address), note="They counted.", accepted="no_source")
    del exact["handover_at_least"]
    assert client.post(address, data=exact).status_code == 303
    text = said(client.get("/campaigns/watched"))
    assert "Handover, as it read before at least 600: The Ministry" in text
    assert "600, or more, The Ministry" in said(client.get(f"{address}/history"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": ""}, "Choose what happened."),
        ({"summary": ""}, "Say in one line what happened."),
        ({"date": "3/4/2024"}, "This can be two different days"),
        ({"date": "long ago"}, "Write the date like 22 April 2018"),
        ({"date": "31 April 2024"}, "There is no such day in the calendar."),
        ({"date": "1 May 2999"}, "This day is still to come: only a hearing can lie ahead."),
        ({"hearing_court": "Sessions Court"}, "Only a hearing has a court"),
        ({"handover_to": "The Ministry"}, "Only a handover of the petition has these"),
        ({"handover_at_least": ["y"]}, "Only a handover of the petition has these"),
        ({"kind": "hearing", "hearing_court": "Court"}, "Give the day and time at which"),
        ({"kind": "hearing", "hearing_starts_at": "2199-01-01T10:00"}, "Name the court."),
        ({"actor_kind": "police"}, "Name the institution"),
        ({"sources-0-article": "999999"}, "Choose the sources from the articles"),
        ({"sources-0-note": "whose?"}, "Choose the article that each note is about."),
        ({"proceeding": "FIR 2"}, "Not among the proceedings on record: FIR 1."),
        ({"place": "\u202eegalp"}, "Remove the invisible control characters"),
        ({"summary": "Shirin Canaria came."}, "Somebody is named here whose name is not public"),
        ({"text": "x Shirin Canaria"}, "Somebody is named here whose name is not public"),
        ({"handover_count": "many"}, "Not a valid integer value."),
        ({"learned_at": "yesterday"}, "Write day and time like 2031-04-22T10:30."),
        ({"learned_at": "2024-13-01T10:00"}, "Write day and time like 2031-04-22T10:30."),
        ({"learned_at": "0001-01-01T00:00"}, "Choose a year from 1900 to 2199."),
        ({"embargo_until": "9999-12-31T23:59"}, "Choose a year from 1900 to 2199."),
        (HEARING | {"hearing_starts_at": "0001-01-01T00:00"}, "Choose a year from 1900 to 2199."),
        (HEARING | {"hearing_starts_at": "9999-12-31T23:30"}, "Choose a year from 1900 to 2199."),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_is_named_and_nothing_typed_is_lost(
    campaign: Campaign, client: AuditingClient, changed: dict[str, Any], message: str
) -> None:
    campaign.detainees[0].proceedings = ["FIR 1"]
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    form = filled(client.get(f"{EVENTS}/new"), kind="protest", date="9 March 2024", summary="Came.")
    sent = form | {"text": "Kept <b>text</b>", "place": "Camp"} | changed
    answer = client.post(f"{EVENTS}/new", data=sent)
    assert answer.status_code == 422
    assert answer.text.split("<title>")[1].startswith("Error: Write an entry")
    assert message in said(answer)
    kept = filled(answer)
    for name, value in sent.items():
        if name not in ("csrf_token", "sources-0-article"):
            assert kept[name] == value, name
    assert newest().kind == EventKind.ARRESTED


def test_what_is_unlikely_is_doubted_once_and_saved_anyway(
    campaign: Campaign, client: AuditingClient
) -> None:
    doubted = write(client, kind="arrested", date="5 March 2024", summary="Arrested again.")
    assert doubted.status_code == 422
    words = said(doubted)
    assert "Still held according to earlier entries." in words
    assert "No source is given: the page will say so." in words
    assert 'name="accepted" value="still_held no_source"' in doubted.text
    assert newest().date_edtf == "2024-03-01"
    # Another doubt than those that were accepted is shown again.
    again = client.post(
        f"{EVENTS}/new", data=filled(doubted, accepted="still_held no_source", date="1 March 2024")
    )
    assert again.status_code == 422
    assert "There is an entry of the same kind on the same day already." in said(again)
    saved = client.post(f"{EVENTS}/new", data=filled(doubted, accepted="still_held no_source"))
    assert saved.status_code == 303
    assert newest().date_edtf == "2024-03-05"


@pytest.mark.database("sqlite")
def test_before_a_death_is_published_the_family_is_told(
    campaign: Campaign, client: AuditingClient
) -> None:
    given = {"kind": "died_in_custody", "accepted": "no_source", "detainees": []}
    asked = write(client, **given)
    assert asked.status_code == 422
    assert "Has the family been told?" in said(asked)
    told = filled(asked, accepted="no_source", family_told="y")
    assert client.post(f"{EVENTS}/new", data=told).status_code == 303
    # What is known to be so is not asked again.
    path = f"{EVENTS}/{newest().id}"
    page = client.get(path)
    assert "family_told" not in page.text
    mended = filled(page, text="At dawn.", note="Added the hour.")
    assert client.post(path, data=mended).status_code == 303


def test_the_same_form_sent_twice_makes_one_entry(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = filled(
        client.get(f"{EVENTS}/new"),
        kind="protest",
        date="2024-03-09",
        summary="They came.",
        accepted="no_source",
    )
    for _ in range(3):
        assert client.post(f"{EVENTS}/new", data=form).status_code == 303
    assert len(db.session.scalars(select(Event)).all()) == 2
    other = client.post(f"{EVENTS}/new", data=form | {"summary": "Others came."})
    assert other.status_code == 422
    assert "This form was sent before with another text" in said(other)
    renewed = filled(other, accepted="no_source like_another")
    assert client.post(f"{EVENTS}/new", data=renewed).status_code == 303
    assert len(db.session.scalars(select(Event)).all()) == 3


@pytest.mark.database("sqlite")
def test_a_preview_shows_the_entry_and_what_becomes_of_the_status_and_saves_nothing(
    campaign: Campaign, client: AuditingClient
) -> None:
    zarina = str(campaign.detainees[0].id)
    form = filled(
        client.get(f"{EVENTS}/new"),
        kind="released_on_bail",
        date="9 March 2024",
        summary="She is home.",
        text="On **bail**.",
        detainees=[zarina],
    )
    page = client.post(f"{EVENTS}/preview", data=form)
    assert page.status_code == 200
    words = said(page)
    assert "<strong>bail</strong>" in page.text
    assert "Zarina Example : In police custody becomes → Released on bail" in words
    assert "Karim" not in words.split("What becomes of the status")[1].split("What happened")[0]
    assert "Understood as: 9 March 2024" in words
    assert newest().kind == EventKind.ARRESTED
    again = client.post(f"{EVENTS}/new", data=filled(page, accepted="no_source"))
    assert again.status_code == 303
    bad = client.post(f"{EVENTS}/preview", data=filled(page, date="3/4/2024"))
    assert bad.status_code == 422


def test_an_embargo_keeps_an_entry_back_and_lifting_it_publishes_now(
    campaign: Campaign, client: AuditingClient
) -> None:
    until = (utcnow() + timedelta(days=1)).replace(microsecond=0)
    kept = write(client, embargo_until=f"{until:%Y-%m-%dT%H:%M}", accepted="no_source")
    assert kept.status_code == 303
    assert "Two hundred came." not in client.get("/campaigns/watched").text
    assert "Kept back until" in said(client.get(EVENTS))
    event = newest()
    event.published_at -= timedelta(hours=3)
    db.session.commit()
    path = f"{EVENTS}/{event.id}"
    form = filled(client.get(path), embargo_until="", summary="Three hundred came.")
    # Nobody has read it: nothing is to be explained.
    assert client.post(path, data=form).status_code == 303
    assert "Three hundred came." in client.get("/campaigns/watched").text
    event = newest()
    assert event.corrections == []
    assert utcnow() - event.published_at < timedelta(minutes=1)


@pytest.mark.database("sqlite")
def test_what_is_written_goes_out_as_a_case_file_and_comes_in_again(
    campaign: Campaign, client: AuditingClient
) -> None:
    article = str(campaign.articles[0].id)
    for given in (
        {
            "kind": "hearing",
            "hearing_starts_at": "2024-05-01T10:00",
            "hearing_court": "Court",
            "hearing_status": "held",
        },
        {"kind": "petition_handover", "handover_count": "3", "handover_to": "The Ministry"},
        {"kind": "appeal_filed", "by": "defence", "proceeding": "FIR 7", "confidence": "likely"},
        {"kind": "protest", "date": "", "detainees": [str(campaign.detainees[1].id)]},
    ):
        assert write(client, sources__0__article=article, **given).status_code == 303
    case = read_case_file(export_case_file(campaign))
    assert len(case.events) == 5


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("page", ["events/new", "events/{event}"])
def test_a_viewer_reads_and_an_editor_of_another_campaign_sees_nothing(
    campaign: Campaign, client: AuditingClient, page: str
) -> None:
    path = page.format(event=campaign.events[0].id)
    other = make_campaign("other")
    event = make_event(other)
    make_article(other)
    assert client.get(f"/console/campaigns/other/{path}").status_code == 404
    assert client.get(f"{EVENTS}/{event.id}").status_code == 404
    assert client.get(f"{EVENTS}/{event.id}/history").status_code == 404
    browser = client.application.test_client()
    assert isinstance(browser, AuditingClient)
    sign_in(browser, make_organiser(roles={campaign: Role.VIEWER}))
    assert browser.get(EVENTS).status_code == 200
    assert browser.get(f"{EVENTS}/{campaign.events[0].id}/history").status_code == 200
    assert browser.get(f"/console/campaigns/watched/{path}").status_code == 403
