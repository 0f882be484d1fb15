"""What was written before somebody's custody changed is not mailed until somebody says it may."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import time_machine
from sqlalchemy import select

from campaigns.accounts.models import AuditEntry
from campaigns.cases.models import Campaign, Event
from campaigns.cases.retracting import retract_event
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db, utcnow
from campaigns.updates import jobs
from tests.dashboard.making import typed
from tests.factories import make_event, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.news.pages import UPDATES, make_draft, press, the_update, words_of

Deliver = Callable[[], int]
NEEDS = "An update is held: is it still right?"


def arrest(campaign: Campaign) -> None:
    make_event(campaign, EventKind.ARRESTED, "2031-03-01", published_at=utcnow())


def release(campaign: Campaign) -> None:
    make_event(
        campaign,
        EventKind.RELEASED,
        "2031-03-12",
        summary="She is home.",
        published_at=utcnow(),
    )


def test_a_scheduled_update_is_held_with_the_reason_and_sent_when_somebody_says_so(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=1))
    release(campaign)
    clock.shift(timedelta(minutes=10))
    assert deliver() == 0
    assert client.get(f"/campaigns/watched/updates/{the_update().id}").status_code == 404
    words = words_of(client.get(page))
    assert "Since this was written, an entry has changed how somebody is: She is home." in words
    assert NEEDS in client.get("/console").text
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("update_held") == 1
    press(client, page, "resume")
    assert deliver() == 1
    assert NEEDS not in client.get("/console").text
    assert client.get(f"/campaigns/watched/updates/{the_update().id}").status_code == 200


def test_that_what_held_an_update_was_retracted_is_said(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=1))
    release(campaign)
    clock.shift(timedelta(minutes=10))
    assert deliver() == 0
    again = "That entry has been retracted since."
    assert again not in words_of(client.get(page))
    event = db.session.scalars(select(Event).where(Event.kind == EventKind.RELEASED)).one()
    assert retract_event(campaign, event, reason="A mix-up.", version=event.version, organiser_id=1)
    db.session.commit()
    assert again in words_of(client.get(page))
    assert NEEDS in client.get("/console").text


def test_one_held_before_its_time_is_sent_anyway_at_that_time(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    press(client, page, "send", when="later", at="2031-03-14T09:00")
    clock.shift(timedelta(minutes=1))
    release(campaign)
    assert deliver() == 0
    held = words_of(client.get(page))
    assert "It was to go out at this time, and does if you send it anyway:" in held
    assert "Friday 14 March 2031, 09:00 (time in Asia/Karachi)" in held
    press(client, page, "resume")
    assert deliver() == 0
    assert "It goes out Friday 14 March 2031, 09:00" in words_of(client.get(page))
    clock.move_to(datetime(2031, 3, 14, 4, 0, tzinfo=UTC))
    assert deliver() == 1


def test_a_held_update_that_is_edited_says_that_it_is_a_draft_which_needs_somebody(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    assert "An update is not sent yet" in client.get("/console").text
    press(client, page, "send", when="now")
    assert "An update is not sent yet" not in client.get("/console").text
    clock.shift(timedelta(minutes=1))
    release(campaign)
    deliver()
    edited = typed(client, f"{page}/edit", title="She is home")
    assert client.post(f"{page}/edit", data=edited).status_code == 303
    assert "It is a draft again: send it." in client.get(page).text
    assert "An update is not sent yet" in client.get("/console").text


def test_what_is_left_of_a_run_rests_and_goes_on_with_what_was_edited(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    arrest(campaign)
    make_subscription(campaign, "bilal@example.org")
    page = f"{UPDATES}/{make_update(campaign).id}"
    jobs.queue_updates()
    clock.shift(timedelta(seconds=1))
    release(campaign)
    assert deliver() == 0
    assert "What was left of its mail rests." in words_of(client.get(page))
    assert client.get(f"/campaigns/watched/updates/{the_update().id}").status_code == 200
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", title="She is home"))
    press(client, page, "resume")
    assert deliver() == 2
    assert {mail.subject for mail in mailbox.mails()} == {"She is home"}


def test_when_the_entry_is_taken_back_it_is_a_draft_like_any_other(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=1))
    release(campaign)
    deliver()
    db.session.delete(
        db.session.scalars(select(Event).where(Event.summary == "She is home.")).one()
    )
    db.session.commit()
    assert NEEDS not in client.get("/console").text
    assert press(client, page, "send", when="now").status_code == 303
    clock.shift(timedelta(minutes=10))
    assert deliver() == 1


def test_a_draft_says_so_and_cannot_be_sent_before_somebody_has_looked(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    clock.shift(timedelta(minutes=1))
    release(campaign)
    refused = press(client, page, "send", when="now")
    assert refused.status_code == 422
    assert "say first that it is right" in words_of(refused)
    press(client, page, "confirm")
    assert press(client, page, "send", when="now").status_code == 303
    clock.shift(timedelta(minutes=10))
    assert deliver() == 1


def test_what_changes_nobodys_custody_today_holds_nothing(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    page = make_draft(client)
    press(client, page, "send", when="now")
    clock.shift(timedelta(minutes=5))
    now, tomorrow = utcnow(), utcnow() + timedelta(days=1)
    make_event(campaign, EventKind.ARRESTED, "2019-05-01", published_at=now)
    make_event(campaign, EventKind.RELEASED, "2019-05-09", published_at=now)
    make_event(campaign, EventKind.PROTEST, "2031-03-12", published_at=now)
    make_event(campaign, EventKind.RELEASED, "2031-03-12", published_at=now, embargo_until=tomorrow)
    clock.shift(timedelta(minutes=5))
    assert deliver() == 1


def test_the_entry_an_update_tells_of_does_not_overtake_it(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    arrest(campaign)
    event = make_event(campaign, EventKind.RELEASED, "2031-03-12", published_at=utcnow())
    written = utcnow() - timedelta(minutes=1)
    make_update(campaign, event_id=event.id, written_at=written)
    assert deliver() == 1
