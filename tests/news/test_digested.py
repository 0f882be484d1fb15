"""Whoever reads the mail of a day or week is not forgotten once the others have been mailed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery
from campaigns.updates import jobs
from campaigns.updates.hiding import set_hidden
from campaigns.updates.models import DIGEST, Frequency
from campaigns.updates.purging import remove_update
from tests.accounts.factories import sign_out
from tests.dashboard.desk import sign_in
from tests.dashboard.making import typed
from tests.factories import make_event, make_organiser, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.news.pages import UPDATES, press, the_update, words_of

Deliver = Callable[[], int]
WEEKLY = "weekly@example.org"
# The week's digest is due; half an hour before, nobody's session ends in between.
MONDAY = datetime(2031, 3, 17, 6, 2, tzinfo=UTC)
BEFORE = MONDAY - timedelta(minutes=32)
SENT_AT_ONCE = (
    "Sent to those who get it at once; 1 reader gets it in the mail of the day or the week"
)


@pytest.fixture
def page(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> str:
    """The page of an update that one has been mailed, and another gets on Monday."""
    clock.move_to(BEFORE)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    make_subscription(campaign, WEEKLY, frequency=Frequency.WEEKLY)
    page = f"{UPDATES}/{make_update(campaign).id}"
    assert deliver() == 1
    return page


def queue_digest(clock: time_machine.Traveller) -> None:
    """Let Monday come, and the worker get as far as queueing."""
    clock.move_to(MONDAY)
    jobs.queue_updates()
    jobs.queue_digests()


def digests() -> list[str]:
    """The state of every mail of digests."""
    db.session.expire_all()
    kept = select(Delivery.state).where(Delivery.kind == DIGEST).order_by(Delivery.id)
    return [state.value for state in db.session.scalars(kept)]


def test_its_page_says_who_is_still_to_get_it_until_they_have(
    page: str, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    assert SENT_AT_ONCE in words_of(client.get(page))
    assert SENT_AT_ONCE in words_of(client.get(UPDATES))
    queue_digest(clock)
    assert SENT_AT_ONCE in words_of(client.get(page))
    assert deliver() == 1
    assert "1 reader" not in words_of(client.get(page))
    assert "Pause" not in client.get(page).text


@pytest.mark.database("sqlite")
def test_whoever_asked_for_digests_only_since_then_is_not_counted(
    page: str, campaign: Campaign, client: AuditingClient
) -> None:
    later = utcnow() + timedelta(days=1)
    make_subscription(campaign, frequency=Frequency.DAILY, frequency_since=later)
    make_subscription(campaign, frequency=Frequency.DAILY, paused_until=later)
    make_subscription(campaign, frequency=Frequency.DAILY, confirmed=False)
    assert SENT_AT_ONCE in words_of(client.get(page))


def test_pausing_it_keeps_back_the_digest_and_letting_it_go_on_sends_it(
    page: str, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    press(client, page, "pause")
    clock.move_to(MONDAY)
    assert deliver() == 0
    assert digests() == []
    press(client, page, "resume")
    assert deliver() == 1


def test_pausing_it_stops_a_digest_that_is_queued_already(
    page: str, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    queue_digest(clock)
    press(client, page, "pause")
    assert digests() == ["paused"]
    assert deliver() == 0
    press(client, page, "resume")
    assert deliver() == 1
    assert digests() == ["sent"]


def test_stopping_it_takes_it_out_of_the_digest(
    page: str, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    press(client, page, "cancel")
    clock.move_to(MONDAY)
    assert deliver() == 0
    assert "Stopped" in words_of(client.get(page))


def test_what_was_edited_meanwhile_stands_in_the_digest(
    page: str,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    edited = typed(client, f"{page}/edit", title="Bail was refused")
    assert client.post(f"{page}/edit", data=edited).status_code == 303
    clock.move_to(MONDAY)
    assert deliver() == 1
    assert mailbox.last(WEEKLY).subject == "Bail was refused"


def test_what_an_entry_overtakes_is_held_before_a_digest_tells_it(
    campaign: Campaign,
    page: str,
    client: AuditingClient,
    deliver: Deliver,
    clock: time_machine.Traveller,
) -> None:
    make_event(campaign, EventKind.ARRESTED, "2031-03-01", published_at=utcnow())
    clock.shift(timedelta(minutes=10))
    make_event(campaign, EventKind.RELEASED, "2031-03-13", published_at=utcnow())
    clock.move_to(MONDAY)
    assert deliver() == 0
    assert "An update is held: is it still right?" in client.get("/console").text
    press(client, page, "resume")
    assert deliver() == 1


def test_hidden_while_its_digest_is_queued_it_is_told_once_it_is_shown_again(
    campaign: Campaign,
    page: str,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    queue_digest(clock)
    set_hidden(campaign, the_update(), hidden=True)
    db.session.commit()
    assert deliver() == 0
    assert digests() == ["paused"]
    assert f"{page}/resume" not in client.get(page).text
    hidden = words_of(client.get(page))
    assert "Hidden while a report is looked into" in hidden
    assert "Its public page" not in hidden
    assert "Hidden while a report is looked into" in words_of(client.get(UPDATES))
    press(client, page, "resume")
    assert "decide that first" in words_of(client.get(page))
    assert deliver() == 0
    set_hidden(campaign, the_update(), hidden=False)
    db.session.commit()
    press(client, page, "resume")
    assert deliver() == 1
    assert digests() == ["sent"]
    assert mailbox.last(WEEKLY).subject == "Bail was granted"


def test_a_digest_waits_while_the_entry_of_what_it_tells_is_hidden(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, WEEKLY, frequency=Frequency.WEEKLY)
    event = make_event(campaign, EventKind.PROTEST, "2031-03-10", published_at=utcnow())
    make_update(campaign, event_id=event.id)
    deliver()
    event.hidden_at = utcnow()
    clock.move_to(MONDAY)
    assert deliver() == 0
    event.hidden_at = None
    assert deliver() == 1


def test_a_digest_whose_paused_update_was_purged_tells_the_others(
    campaign: Campaign,
    page: str,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    purged = the_update()
    clock.shift(timedelta(minutes=1))
    make_update(campaign, title="A letter came")
    deliver()
    queue_digest(clock)
    press(client, page, "pause")
    assert deliver() == 0
    remove_update(campaign, purged)
    assert deliver() == 1
    assert mailbox.last(WEEKLY).subject == "A letter came"


@pytest.mark.database("sqlite")
def test_owners_and_nobody_else_are_led_from_an_update_to_its_purge(
    page: str, campaign: Campaign, client: AuditingClient
) -> None:
    assert f"{page}/purge" not in client.get(page).text
    sign_out(client)
    sign_in(client, make_organiser("olga", roles={campaign: Role.OWNER}))
    assert f'href="{page}/purge"' in client.get(page).text
    assert f'href="{page}">Back' in client.get(f"{page}/purge").text
