"""A hearing goes on: held, adjourned, cancelled. Nothing was wrong, and nobody has to explain."""

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event, Revision
from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus, NamePolicy
from campaigns.db import db
from campaigns.updates.correction_queries import unnoticed_corrections
from campaigns.updates.models import Update
from tests.dashboard.desk import sign_in
from tests.editing.writing import EVENTS, filled, mend, said, write
from tests.factories import make_detainee, make_event, make_organiser
from tests.fixtures.auditing import AuditingClient

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)
START = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
START_TOLD = "Thursday 5 March 2026, 09:30"
NEXT, NEXT_TOLD = "2026-03-17T10:30", "Tuesday 17 March 2026, 10:30"
ASKED = "How did the hearing go?"
PUBLIC = "/campaigns/watched"


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """Two days after the hearing."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def hearing(campaign: Campaign) -> Event:
    """A hearing that is over, and nobody has said how it went."""
    return make_hearing(campaign)


def make_hearing(campaign: Campaign, **fields: Any) -> Event:
    given: dict[str, Any] = {
        "summary": "The court hears the charge.",
        "hearing_starts_at": START,
        "hearing_court": "Sessions Court",
        "hearing_status": HearingStatus.SCHEDULED,
    }
    given |= fields
    return make_event(
        campaign,
        EventKind.HEARING,
        given["hearing_starts_at"].date().isoformat(),
        published_at=NOW - timedelta(days=30),
        **given,
    )


def address(event_id: int) -> str:
    return f"{EVENTS}/{event_id}/hearing"


def say(client: AuditingClient, event_id: int, **given: Any) -> TestResponse:
    """Open the page about a hearing, fill it in and save it."""
    path = address(event_id)
    return client.post(path, data=filled(client.get(path), **given))


def stored(event_id: int) -> Event:
    return db.session.get_one(Event, event_id)


def in_calendar(client: AuditingClient) -> Any:
    parsed = Calendar.from_ical(client.get(f"{PUBLIC}/hearings.ics").data)
    return next(part for part in parsed.walk() if part.name == "VEVENT")


def test_whoever_is_asked_how_it_went_says_so_in_a_line(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    event_id = hearing.id
    was = f"Was set for {START_TOLD} ; how it went is not known yet."
    for path in (PUBLIC, f"{PUBLIC}/events/{event_id}"):
        assert was in said(client.get(path))
    assert f'href="{address(event_id)}">{ASKED}</a>' in client.get("/console").text
    assert address(event_id) in client.get(EVENTS).text
    answer = say(client, event_id, status="held", outcome="Two witnesses were heard.")
    assert answer.status_code == 303
    page = said(client.get(PUBLIC))
    assert f"Held on {START_TOLD} ." in page
    assert "Two witnesses were heard." in page
    assert "Updated on 7 March 2026 . Before: 5 March 2026, 09:30, Sessions Court" in page
    assert "Corrected" not in page
    assert ASKED not in client.get("/console").text
    assert address(event_id) not in client.get(EVENTS).text
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert entry.action == "event_edited"
    assert entry.detail == {"fields": ["hearing", "text"], "told": False}


def test_what_is_told_as_data_and_in_feeds_is_no_correction_either(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    assert say(client, hearing.id, status="adjourned", starts_at=NEXT).status_code == 303
    told = client.get(f"{PUBLIC}/timeline.json").get_json()["events"][0]
    assert (told["hearing"]["status"], told["corrections"][0]["note"]) == ("adjourned", "")
    assert told["corrections"][0]["was"]["date"] == "2026-03-05"
    feed = client.get(f"{PUBLIC}/feed.atom").text
    assert "Updated on" in feed
    assert "Corrected" not in feed
    table = client.get(f"{PUBLIC}/timeline.csv").text
    row = next(csv.DictReader(StringIO(table)))
    assert row["corrections"] == ""
    assert row["hearing before"] == "2026-03-07: scheduled, 2026-03-05T09:30:00+05:00"


def test_a_hearing_is_adjourned_again_and_again_and_is_the_same_appointment(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    event_id, before = hearing.id, in_calendar(client)
    assert say(client, event_id, status="adjourned", starts_at=NEXT).status_code == 303
    assert f"Adjourned from {START_TOLD} to {NEXT_TOLD} ." in said(client.get(PUBLIC))
    assert client.get(f"{PUBLIC}.json").get_json()["next_hearing"]["status"] == "adjourned"
    moved = in_calendar(client)
    assert say(client, event_id, status="adjourned").status_code == 303
    assert f"Adjourned from {NEXT_TOLD} ; no new date is known yet." in said(client.get(PUBLIC))
    # Nobody need come on a day on which it certainly does not take place.
    assert "next_hearing" not in client.get(f"{PUBLIC}.json").get_json()
    gone = in_calendar(client)
    last = say(client, event_id, status="adjourned", starts_at="2026-04-02T10:00")
    assert last.status_code == 303
    again = in_calendar(client)
    assert {it["uid"] for it in (before, moved, gone, again)} == {before["uid"]}
    assert [it["sequence"] for it in (before, moved, gone, again)] == [0, 1, 2, 3]
    statuses = [it["status"] for it in (before, moved, gone, again)]
    assert statuses == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert again["dtstart"].params["TZID"] == "Asia/Karachi"
    page = said(client.get(PUBLIC))
    assert f"Adjourned from {NEXT_TOLD} to Thursday 2 April 2026, 10:00 ." in page
    for earlier in ("5 March 2026, 09:30", "17 March 2026, 10:30"):
        assert f"Before: {earlier}, Sessions Court" in page
    assert "17 March 2026, 10:30, Sessions Court (Adjourned without a new date)" in page


@pytest.mark.database("sqlite")
def test_calendars_follow_too_where_how_it_read_may_not_be_kept(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    """The court bears the name of somebody who is not named."""
    hearing.hearing_court = "Court of Shirin Canaria"
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD, consent_by=None)
    before = in_calendar(client)
    later = "2026-03-05T11:00"
    changed = {"hearing_court": "Sessions Court", "hearing_starts_at": later, "note": "Later."}
    assert mend(client, hearing.id, **changed).status_code == 303
    assert in_calendar(client)["sequence"] > before["sequence"]


@pytest.mark.database("sqlite")
def test_what_came_of_it_while_no_date_is_known_is_told_in_the_open_too(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    for outcome in ("The judge was ill.", "The judge is on leave."):
        assert say(client, hearing.id, status="adjourned", outcome=outcome).status_code == 303
    steps = stored(hearing.id).corrections
    assert [it.note for it in steps] == ["", ""]
    assert steps[1].was["text"] == "The judge was ill."
    assert said(client.get(PUBLIC)).count("Updated on 7 March 2026") == 2
    assert in_calendar(client)["sequence"] == 2


@pytest.mark.parametrize(
    ("corrected", "says"),
    [
        (
            {"hearing_starts_at": "2026-03-18T10:30"},
            f"Adjourned from {START_TOLD} to Wednesday 18 March 2026, 10:30 .",
        ),
        (
            {"hearing_starts_at": "2026-03-05T09:30", "hearing_status": "held"},
            f"Held on {START_TOLD} . Sessions Court",
        ),
        ({"hearing_status": "scheduled"}, f"Moved from {START_TOLD} to {NEXT_TOLD} ."),
    ],
)
@pytest.mark.database("sqlite")
def test_an_adjournment_that_was_wrong_is_not_told_as_one(
    campaign: Campaign,
    client: AuditingClient,
    hearing: Event,
    corrected: dict[str, str],
    says: str,
) -> None:
    say(client, hearing.id, status="adjourned", starts_at=NEXT)
    answer = mend(client, hearing.id, note="We misheard it.", **corrected)
    assert answer.status_code == 303
    assert says in said(client.get(PUBLIC))


@pytest.mark.database("sqlite")
def test_news_of_a_hearing_without_spaces_in_its_line_says_what_fits(
    campaign: Campaign, client: AuditingClient
) -> None:
    hearing = make_hearing(campaign, summary="審" * 300)
    assert say(client, hearing.id, status="held", tell="y").status_code == 303
    (update,) = db.session.scalars(select(Update)).all()
    assert update.title == f"Held: {'審' * 143}…"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (
            "held",
            "Held on Friday 6 March 2026, 10:00 ; adjourned from Thursday 5 March",
        ),
        (
            "cancelled",
            "it was set for Friday 6 March 2026, 10:00 , adjourned from Thursday",
        ),
    ],
)
@pytest.mark.database("sqlite")
def test_that_it_was_adjourned_is_not_lost_when_it_is_over(
    campaign: Campaign, client: AuditingClient, hearing: Event, status: str, says: str
) -> None:
    say(client, hearing.id, status="adjourned", starts_at="2026-03-06T10:00")
    assert "; how it went is not known yet." in said(client.get(PUBLIC))
    assert say(client, hearing.id, status=status).status_code == 303
    assert says in said(client.get(PUBLIC))


@pytest.mark.database("sqlite")
def test_what_was_known_on_a_day_is_how_it_stood_then(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    say(client, hearing.id, status="adjourned", starts_at=NEXT)
    earlier = said(client.get(f"{PUBLIC}?known_on=2026-03-04"))
    assert f"Set for {START_TOLD} ." in earlier
    between = said(client.get(f"{PUBLIC}?known_on=2026-03-06"))
    assert f"Was set for {START_TOLD} ; how it went is not known yet." in between


def test_a_form_sent_twice_is_one_step_told_once(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    event_id, path = hearing.id, address(hearing.id)
    form = filled(
        client.get(path), status="adjourned", starts_at=NEXT, outcome="The judge was ill.",
        link="https://news.example.org/adjourned", tell="y",
    )  # fmt: skip
    assert [client.post(path, data=form).status_code for _ in range(2)] == [303, 303]
    event = stored(event_id)
    assert (event.text, len(event.corrections)) == ("The judge was ill.", 1)
    assert [it.article.url for it in event.sources] == [form["link"]]
    revisions = select(Revision).where(Revision.what == "event", Revision.object_id == event_id)
    assert len(db.session.scalars(revisions).all()) == 1
    (update,) = db.session.scalars(select(Update)).all()
    assert update.event_id == event_id
    assert update.title == "Adjourned: The court hears the charge."
    assert update.text == (
        "The judge was ill.\n\n"
        f"Adjourned from {START_TOLD} to {NEXT_TOLD}. Sessions Court (time in Asia/Karachi)"
    )
    # It is news, not a mistake: the mail that corrects others does not tell it.
    assert unnoticed_corrections() == []


def test_two_taps_in_one_moment_are_one_step(
    campaign: Campaign, app: Flask, client: AuditingClient, hearing: Event
) -> None:
    event_id, path = hearing.id, address(hearing.id)
    organiser = make_organiser("bilal", roles={campaign: Role.EDITOR})
    browsers = [app.test_client() for _ in range(2)]
    for browser in browsers:
        assert isinstance(browser, AuditingClient)
        sign_in(browser, organiser)
    form = filled(browsers[0].get(path), status="held", outcome="It was short.", tell="y")
    forms = [form | {"csrf_token": filled(it.get(path))["csrf_token"]} for it in browsers]
    db.session.commit()
    together = Barrier(2)

    def tap(number: int) -> str | None:
        together.wait(timeout=20)
        with app.app_context():
            return browsers[number].post(path, data=forms[number]).location

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(tap, range(2))) == ["/console", "/console"]
    db.session.expire_all()
    event = stored(event_id)
    assert (event.text, len(event.corrections)) == ("It was short.", 1)
    assert len(db.session.scalars(select(Update)).all()) == 1


def test_two_who_answer_at_once_lose_nothing(
    campaign: Campaign, app: Flask, client: AuditingClient, hearing: Event
) -> None:
    event_id, path = hearing.id, address(hearing.id)
    other = app.test_client()
    assert isinstance(other, AuditingClient)
    sign_in(other, make_organiser("bilal", roles={campaign: Role.EDITOR}))
    mine = filled(client.get(path), status="adjourned", outcome="Until further notice.")
    assert say(other, event_id, status="adjourned", starts_at=NEXT).status_code == 303
    refused = client.post(path, data=mine)
    assert refused.status_code == 409
    assert "Somebody else has changed this meanwhile" in said(refused)
    assert "17 March 2026, 10:30" in said(refused)
    assert filled(refused)["outcome"] == "Until further notice."
    assert stored(event_id).text is None
    assert client.post(path, data=filled(refused, status="adjourned")).status_code == 303
    assert "no new date is known yet" in said(client.get(PUBLIC))
    assert say(other, event_id, status="cancelled").status_code == 303
    late = client.post(path, data=mine | {"status": "held"})
    assert late.status_code == 409
    assert "It is over already" in said(late)
    assert stored(event_id).hearing_status == HearingStatus.CANCELLED


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Choose what became of it."),
        ({"status": "scheduled"}, "Choose what became of it."),
        ({"status": "cancelled", "starts_at": NEXT}, "What is cancelled has no new date"),
        ({"status": "adjourned", "starts_at": "2026-03-05T09:30"}, "That is the date it had."),
        ({"status": "adjourned", "starts_at": "17 March"}, "Write day and time like"),
        ({"status": "held", "link": "news.example.org"}, "Paste the whole address"),
        ({"status": "held", "outcome": "x" * 201}, "This is too long"),
        ({"status": "held", "outcome": "Shirin Canaria spoke."}, "name is not public"),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_is_named_and_nothing_that_was_typed_is_lost(
    campaign: Campaign, client: AuditingClient, hearing: Event, given: dict[str, str], says: str
) -> None:
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    refused = say(client, hearing.id, **{"outcome": "It was short."} | given)
    assert refused.status_code == 422
    assert says in said(refused)
    kept = filled(refused)
    for name, value in ({"outcome": "It was short."} | given).items():
        # What is no date, a date field cannot show again.
        assert kept.get(name) in (value, [value], None)
    assert stored(hearing.id).hearing_status == HearingStatus.SCHEDULED


@pytest.mark.database("sqlite")
def test_of_a_hearing_without_a_date_it_is_asked_when_it_was_held(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    say(client, hearing.id, status="adjourned")
    # The question was answered: it does not come again every day.
    assert ASKED not in client.get("/console").text
    assert "say when it was held" in said(say(client, hearing.id, status="held"))
    when = "2026-03-06T11:00"
    assert say(client, hearing.id, status="held", starts_at=when).status_code == 303
    told = f"Held on Friday 6 March 2026, 11:00 ; adjourned from {START_TOLD} ."
    assert told in said(client.get(PUBLIC))


@pytest.mark.database("sqlite")
def test_a_hearing_that_began_late_was_not_moved(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    assert say(client, hearing.id, status="held", starts_at="2026-03-05T14:00").status_code == 303
    assert "Held on Thursday 5 March 2026, 14:00 . Sessions Court" in said(client.get(PUBLIC))


@pytest.mark.parametrize(("status", "doubted"), [
    ("held", True), ("adjourned", False), ("cancelled", False),
])  # fmt: skip
@pytest.mark.database("sqlite")
def test_only_that_what_is_still_to_come_was_held_is_doubted(
    campaign: Campaign, client: AuditingClient, status: str, doubted: bool
) -> None:
    ahead = make_hearing(campaign, hearing_starts_at=NOW + timedelta(days=3))
    answer = say(client, ahead.id, status=status)
    assert (answer.status_code == 422) is doubted
    if doubted:
        assert "This hearing is still to come: was it held already?" in said(answer)
        form = filled(answer, accepted="held_ahead", status=status)
        assert client.post(address(ahead.id), data=form).status_code == 303
    assert stored(ahead.id).hearing_status == status


@pytest.mark.database("sqlite")
def test_a_hearing_entered_after_its_day_is_doubted_until_it_is_said_how_it_went(
    campaign: Campaign, client: AuditingClient
) -> None:
    given = {"kind": "hearing", "hearing_starts_at": "2026-03-02T10:00", "hearing_court": "Court"}
    assert "how did it go?" in said(write(client, **given, hearing_status="scheduled"))
    assert "how did it go?" not in said(write(client, **given, hearing_status="held"))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"hearing_status": "held"}, 303),
        ({"hearing_starts_at": NEXT}, 303),
        ({"hearing_status": "adjourned", "hearing_starts_at": NEXT}, 303),
        ({"hearing_status": "cancelled", "hearing_court": "High Court"}, 422),
        ({"hearing_status": "held", "summary": "It was another court."}, 422),
        ({"hearing_status": "held", "mail_note": "y"}, 422),
    ],
)
@pytest.mark.database("sqlite")
def test_the_full_form_asks_for_a_note_only_where_something_was_wrong(
    campaign: Campaign, client: AuditingClient, hearing: Event, changed: dict[str, str], status: int
) -> None:
    path = f"{EVENTS}/{hearing.id}"
    form = filled(client.get(path)) | changed
    answer = client.post(path, data=form)
    assert answer.status_code == status
    if status == 422:
        assert "Say what was corrected, and why" in said(answer)
        return
    (step,) = stored(hearing.id).corrections
    assert (step.note, step.mail_at) == ("", None)


@pytest.mark.database("sqlite")
def test_with_a_note_it_is_a_correction_and_so_is_what_changes_once_it_is_over(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    mend(client, hearing.id, hearing_status="held", note="We had it wrong.")
    assert "Corrected on 7 March 2026 : We had it wrong." in said(client.get(PUBLIC))
    assert mend(client, hearing.id, hearing_status="cancelled").status_code == 422
    answer = client.get(address(hearing.id))
    assert answer.location == f"{EVENTS}/{hearing.id}"


@pytest.mark.database("sqlite")
def test_nobody_is_told_what_they_cannot_read_and_nothing_is_saved_then(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    campaign.state = CampaignState.DRAFT
    refused = say(client, hearing.id, status="held", tell="y")
    assert refused.status_code == 422
    assert "Publish the campaign first" in said(refused)
    assert stored(hearing.id).hearing_status == HearingStatus.SCHEDULED


@pytest.mark.database("sqlite")
def test_what_is_no_hearing_or_was_retracted_does_not_go_on(
    campaign: Campaign, client: AuditingClient, hearing: Event
) -> None:
    assert client.get(address(campaign.events[0].id)).status_code == 404
    form = filled(client.get(address(hearing.id)), status="held")
    hearing.retracted_on, hearing.retracted_reason = NOW.date(), "It was somebody else."
    assert client.get(address(hearing.id)).location == f"{EVENTS}/{hearing.id}"
    assert client.post(address(hearing.id), data=form).status_code == 409
    assert stored(hearing.id).hearing_status == HearingStatus.SCHEDULED
