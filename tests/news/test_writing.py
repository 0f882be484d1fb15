"""Writing to subscribers: a draft first, looked at, tried, and sent when its time has come."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from campaigns.accounts.models import AuditEntry
from campaigns.cases.models import Campaign, Revision
from campaigns.cases.vocabulary import CampaignState, EventKind, NamePolicy
from campaigns.config import Settings
from campaigns.db import db
from campaigns.updates.models import Update
from tests.dashboard.making import fields_of, typed
from tests.editing.writing import filled
from tests.factories import make_detainee, make_event, make_petition, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.news.conftest import NOON
from tests.news.pages import UPDATES, make_draft, press, the_update, words_of, write

Deliver = Callable[[], int]


def test_a_draft_is_seen_by_organisers_alone_and_made_once(
    campaign: Campaign, client: AuditingClient, deliver: Deliver
) -> None:
    form = typed(client, f"{UPDATES}/new", title="A letter", text="She thanks you all.")
    pages = {client.post(f"{UPDATES}/new", data=form).location for _ in range(2)}
    assert pages == {f"{UPDATES}/{the_update().id}"}
    assert deliver() == 0
    assert "A letter" not in client.get("/campaigns/watched").text
    assert client.get(f"/campaigns/watched/updates/{the_update().id}").status_code == 404
    assert "A letter" in client.get(UPDATES).text


def test_sent_now_it_leaves_ten_minutes_later_and_once(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    page = make_draft(client)
    assert press(client, page, "send", when="now").status_code == 303
    clock.shift(timedelta(minutes=9, seconds=59))
    assert deliver() == 0
    clock.shift(timedelta(seconds=1))
    assert deliver() == 1
    assert deliver() == 0
    assert mailbox.last("amal@example.org").subject == "A letter from Zarina"
    assert "A letter from Zarina" in client.get("/campaigns/watched").text


def test_within_the_ten_minutes_it_can_be_edited_or_taken_back(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    page = make_draft(client)
    press(client, page, "send", when="now")
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", text="She is well."))
    press(client, page, "withdraw")
    clock.shift(timedelta(minutes=11))
    assert deliver() == 0
    assert "Draft" in client.get(page).text
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=11))
    assert deliver() == 1
    assert "She is well." in mailbox.last().text


@pytest.mark.database("sqlite")
def test_a_time_is_one_of_the_campaigns_zone(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    page = make_draft(client)
    # Noon in UTC is five in Karachi.
    assert press(client, page, "send", when="later", at="2031-03-12T17:30").status_code == 303
    assert the_update().published_at == NOON + timedelta(minutes=30)
    assert "Wednesday 12 March 2031, 17:30 (time in Asia/Karachi)" in words_of(client.get(page))
    clock.shift(timedelta(minutes=30))
    assert deliver() == 1


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"when": "later", "at": "2031-03-12T11:59"}, "This time has passed."),
        ({"when": "later", "at": "2031-03-30T02:30"}, "This time does not exist"),
        ({"when": "later", "at": "0001-01-01T00:00"}, "Choose a year from 1900 to 2199."),
        ({"when": "later", "at": "9999-12-31T23:59"}, "Choose a year from 1900 to 2199."),
        ({"when": "later", "at": "2031-13-01T10:00"}, "Write day and time like 2031-04-22T10:30."),
        ({"when": "later", "at": ""}, "Give a day and a time."),
        ({"when": "soon"}, "Choose when."),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_a_sentence(
    campaign: Campaign, client: AuditingClient, data: dict[str, str], message: str
) -> None:
    campaign.timezone = "Europe/Berlin"
    db.session.commit()
    page = make_draft(client)
    answer = press(client, page, "send", **data)
    assert answer.status_code == 422
    assert message in answer.text
    assert the_update().published_at is None


@pytest.mark.database("sqlite")
def test_nobody_is_told_what_they_could_not_read(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    page = make_draft(client)
    answer = press(client, page, "send", when="now")
    assert answer.status_code == 422
    assert "Publish the campaign first" in answer.text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": " \t "}, "Say in one line what is new."),
        ({"text": " \r\n "}, "Write what subscribers should read."),
        ({"title": "x" * 151}, "Shorten the subject to 150 characters or fewer."),
        ({"title": "a\r\nBcc: x@evil.example"}, "Remove the invisible control characters"),
        ({"text": "x" * 50_001}, "This text is too long for a mail."),
        ({"title": "Shirin Canaria is free"}, "Somebody is named here"),
        ({"text": "Her name is Shirin Canaria."}, "Somebody is named here"),
        (
            {"text": "Held for {dias} days."},
            "There is no number called {dias}. There are {days}, {next_hearing}, {signatures}.",
        ),
        ({"title": "{day} days"}, "There is no number called {day}."),
        ({"token": "mine"}, "Invalid input."),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_is_named_and_nothing_typed_is_lost(
    campaign: Campaign, client: AuditingClient, changed: dict[str, Any], message: str
) -> None:
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    answer = write(client, **changed)
    assert answer.status_code == 422
    assert answer.text.split("<title>")[1].startswith("Error: Write to subscribers")
    assert message in answer.text
    assert "A letter from Zarina" in answer.text or "She thanks you **all**." in answer.text
    assert db.session.scalars(select(Update)).all() == []


@pytest.mark.database("sqlite")
def test_a_name_that_is_hidden_since_keeps_a_draft_from_being_sent(
    campaign: Campaign, client: AuditingClient
) -> None:
    page = make_draft(client, text="Shirin Canaria thanks you.")
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    answer = press(client, page, "send", when="now")
    assert answer.status_code == 422
    assert "Somebody is named in it whose name is not public" in answer.text


@pytest.mark.database("sqlite")
def test_a_quick_post_knows_the_same_numbers(campaign: Campaign, client: AuditingClient) -> None:
    path = "/console/campaigns/watched/post"
    post = {"kind": "protest", "summary": "They came.", "text": "Day {dias}"}
    refused = client.post(path, data=filled(client.get(path), **post) | {"tell": "y"})
    assert refused.status_code == 422
    assert "There is no number called {dias}." in refused.text
    post["text"] = "Day {days}"
    told = filled(client.get(path), **post) | {"tell": "y"}
    assert client.post(path, data=told).status_code == 303


@pytest.mark.database("sqlite")
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    campaign: Campaign, client: AuditingClient
) -> None:
    edit = f"{make_draft(client)}/edit"
    mine = typed(client, edit, text="Mine.")
    client.post(edit, data=typed(client, edit, text="Theirs."))
    answer = client.post(edit, data=mine)
    assert answer.status_code == 409
    assert "Somebody else saved this meanwhile" in answer.text
    assert the_update().text == "Theirs."
    assert client.post(edit, data=fields_of(answer.text)).status_code == 303
    assert the_update().text == "Mine."


@pytest.mark.database("sqlite")
def test_a_thrown_away_draft_leaves_nothing(campaign: Campaign, client: AuditingClient) -> None:
    page = make_draft(client)
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", text="Another."))
    assert press(client, page, "discard").location == UPDATES
    assert client.get(page).status_code == 404
    assert db.session.scalars(select(Revision)).all() == []


@pytest.mark.settings(LOCALES="en,ur")
def test_each_subscriber_reads_their_own_language(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "urdu@example.org", locale="ur")
    page = make_draft(client)
    edit = f"{page}/edit/ur"
    half = client.post(edit, data=typed(client, edit, title="زرینہ کا خط"))
    assert half.status_code == 422
    assert "Translate subject and text, or neither." in half.text
    client.post(edit, data=typed(client, edit, title="زرینہ کا خط", text="شکریہ۔"))
    preview = client.get(f"{page}/preview/ur").text
    assert "زرینہ کا خط" in preview
    # The page around it stays in the organiser's language.
    assert '<html lang="en" dir="ltr">' in preview
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=10))
    assert deliver() == 2
    assert mailbox.last("urdu@example.org").subject == "زرینہ کا خط"
    assert mailbox.last("amal@example.org").subject == "A letter from Zarina"
    client.post(edit, data=typed(client, edit, title="", text=""))
    assert client.get(f"{page}/preview/fr").status_code == 404


def test_numbers_are_those_of_the_moment_a_mail_or_page_is_read(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_event(campaign, EventKind.ARRESTED, "2031-03-02")
    make_petition(campaign, paper=1234)
    page = make_draft(
        client,
        title="Day {days}",
        text="{signatures} signed. The next hearing: {next_hearing}.",
    )
    assert "Day 10" in words_of(client.get(f"{page}/preview/en"))
    press(client, page, "send", when="later", at="2031-03-14T12:00")
    clock.shift(timedelta(days=2))
    assert deliver() == 1
    mail = mailbox.last()
    assert mail.subject == "Day 12"
    assert "1,234 signed. The next hearing: not known yet." in mail.text
    clock.shift(timedelta(days=2))
    hearing = NOON + timedelta(days=20)
    make_event(
        campaign,
        EventKind.HEARING,
        "2031-04-01",
        hearing_starts_at=hearing,
        hearing_court="Sessions Court",
        hearing_status="scheduled",
    )
    archived = words_of(client.get(f"/campaigns/watched/updates/{the_update().id}"))
    assert "Day 14" in archived
    assert "The next hearing: Tuesday 1 April 2031, 17:00 (time in Asia/Karachi)." in archived


def lines_above_foot(text: str) -> list[str]:
    return text.split("You get this", maxsplit=1)[0].splitlines()


@pytest.mark.database("sqlite")
def test_the_preview_shows_the_mail_its_text_and_a_message_to_copy(
    campaign: Campaign,
    client: AuditingClient,
    settings: Settings,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    page = make_draft(client, text="She thanks you **all**: [letter](https://a.example/).")
    shown = client.get(f"{page}/preview/en").text
    assert "She thanks you <strong>all</strong>: " in shown
    assert "She thanks you all: letter &lt;https://a.example/&gt;." in shown
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=10))
    assert deliver() == 1
    text = re.findall(r"<pre.*?>(.*?)</pre>", shown, re.DOTALL)[0]
    mailed = mailbox.last("amal@example.org").text
    # Up to the foot, where each has links of their own.
    assert lines_above_foot(mailed) == lines_above_foot(unescape(text))
    assert "Leave this campaign" in shown or "To leave this campaign" in shown
    link = f"{settings.base_url}/campaigns/watched/updates/{the_update().id}"
    assert f"Free Zarina: A letter from Zarina\n{link}</textarea>" in shown


@pytest.mark.database("sqlite")
def test_who_gets_it_is_said_before(campaign: Campaign, client: AuditingClient) -> None:
    for frequency in ("daily", "weekly", "weekly", "status"):
        make_subscription(campaign, frequency=frequency)
    make_subscription(campaign, confirmed=False)
    words = words_of(client.get(make_draft(client)))
    assert "1 subscriber gets it at once" in words
    assert "3 subscribers get it in the mail of the day or the week" in words
    assert "1 subscriber wants only changes of status" in words


@pytest.mark.database("sqlite")
def test_every_step_is_on_record(
    campaign: Campaign, client: AuditingClient, clock: time_machine.Traveller
) -> None:
    page = make_draft(client)
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", text="She is well."))
    press(client, page, "test", email="me@example.org")
    press(client, page, "send", when="now")
    press(client, page, "withdraw")
    press(client, page, "discard")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [entry.action for entry in entries][-6:] == [
        "update_drafted",
        "update_edited",
        "update_tested",
        "update_scheduled",
        "update_withdrawn",
        "update_discarded",
    ]
    assert not any("example.org" in str(entry.detail) for entry in entries)
