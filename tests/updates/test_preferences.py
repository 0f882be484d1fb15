"""Subscribers choose how they are mailed; nothing comes twice, and nothing is left untold."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db
from campaigns.mail.models import Suppression
from campaigns.updates import jobs
from campaigns.updates.models import Frequency, Subscription
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_event, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]
# A Wednesday.
BEGIN = datetime(2031, 1, 1, 12, tzinfo=UTC)
SIX = datetime(2031, 1, 2, 6, 1, tzinfo=UTC)
ADDRESS = "reader@example.org"
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(app: Flask):  # type: ignore[no-untyped-def]
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def reader(campaign: Campaign) -> Subscription:
    return make_subscription(campaign, ADDRESS)


def page_of(reader: UUID) -> str:
    return f"/preferences/{make_token(TokenPurpose.PREFERENCES, reader)}"


def choose(client: AuditingClient, reader: UUID, frequency: Frequency, **ticks: str) -> None:
    answer = client.post(page_of(reader), data={"frequency": frequency.value, **ticks})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def subjects(mailbox: Mailbox) -> list[str]:
    return [mail.subject for mail in mailbox.mails(ADDRESS)]


def test_every_mail_has_the_link(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    make_update(campaign)
    deliver()
    mail = mailbox.last(ADDRESS)
    link = re.search(r"http://[^/\s]+(/preferences/\S+)", mail.text)
    assert link
    assert link[1] in mail.html
    page = client.get(link[1])
    assert page.status_code == 200
    assert ADDRESS not in page.get_data(as_text=True)


def test_at_once_to_daily_tells_nothing_twice(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = reader.id
    make_update(campaign, title="Told at once")
    deliver()
    choose(client, who, Frequency.DAILY)
    clock.shift(HOUR)
    make_update(campaign, title="Told later")
    clock.move_to(SIX)
    deliver()
    assert subjects(mailbox) == ["Told at once", "Told later"]
    assert "Told at once" not in mailbox.last(ADDRESS).text


def test_a_digest_of_which_all_was_told_is_not_sent(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = reader.id
    make_update(campaign, title="Told at once")
    deliver()
    choose(client, who, Frequency.DAILY)
    clock.move_to(SIX)
    assert deliver() == 0
    assert subjects(mailbox) == ["Told at once"]


def test_at_once_to_weekly_before_it_was_queued_still_tells_it_at_once(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = reader.id
    make_update(campaign, title="Just published")
    choose(client, who, Frequency.WEEKLY)
    deliver()
    assert subjects(mailbox) == ["Just published"]
    for day in range(8):
        clock.move_to(SIX + timedelta(days=day))
        deliver()
    assert subjects(mailbox) == ["Just published"]


@pytest.mark.parametrize("chosen", [Frequency.IMMEDIATE, Frequency.WEEKLY])
def test_from_daily_what_waited_for_the_digest_comes_at_once(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    chosen: Frequency,
) -> None:
    who = make_subscription(campaign, ADDRESS, frequency=Frequency.DAILY).id
    make_update(campaign, title="In the first digest")
    clock.move_to(SIX)
    deliver()
    clock.shift(HOUR)
    make_update(campaign, title="Waits")
    clock.shift(HOUR)
    choose(client, who, chosen)
    deliver()
    for day in range(1, 9):
        clock.move_to(SIX + timedelta(days=day))
        deliver()
    assert subjects(mailbox) == ["In the first digest", "Waits"]


def test_what_was_not_asked_for_before_is_not_made_up_for(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = make_subscription(campaign, ADDRESS, frequency=Frequency.STATUS).id
    make_update(campaign, title="A protest")
    deliver()
    clock.shift(HOUR)
    choose(client, who, Frequency.DAILY)
    clock.shift(HOUR)
    choose(client, who, Frequency.IMMEDIATE)
    clock.shift(HOUR)
    make_update(campaign, title="News")
    clock.move_to(SIX)
    deliver()
    assert subjects(mailbox) == ["News"]


def test_only_status_changes_still_come_when_chosen(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = reader.id
    choose(client, who, Frequency.STATUS)
    clock.shift(HOUR)
    make_update(campaign, title="A protest")
    release = make_event(campaign, EventKind.RELEASED, "2031-01-01")
    make_update(campaign, title="Free", event_id=release.id)
    deliver()
    assert subjects(mailbox) == ["Free"]


def test_plain_text_has_no_formatted_part_and_keeps_the_links(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    who = reader.id
    make_subscription(campaign, "other@example.org")
    choose(client, who, Frequency.IMMEDIATE, plain_text="y")
    make_update(campaign)
    deliver()
    mine, other = mailbox.last(ADDRESS), mailbox.last("other@example.org")
    assert not mine.html
    assert other.html
    assert "/unsubscribe/" in mine.text
    assert "/never-mail/" in mine.text


def test_a_discreet_mail_names_the_case_in_no_header(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    who = reader.id
    choose(client, who, Frequency.IMMEDIATE, discreet="y")
    make_update(campaign, title="Bail was granted")
    deliver()
    mail = mailbox.last(ADDRESS)
    assert mail.subject == "News"
    assert "Bail was granted" in mail.text
    for name in ("From", "List-Id"):
        assert campaign.title not in dict(mail.headers)[name]
        assert campaign.run_by_name not in dict(mail.headers)[name]


@pytest.mark.settings(LOCALES="en,ur")
def test_another_language_is_used_from_the_next_mail_on(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    who = reader.id
    campaign.translations = {"ur": {"title": "عمل"}}
    choose(client, who, Frequency.IMMEDIATE, language="ur")
    make_update(campaign, translations={"ur": {"title": "ضمانت", "text": "منظور"}})
    deliver()
    assert mailbox.last(ADDRESS).subject == "ضمانت"


def test_a_language_that_is_not_offered_is_refused(
    client: AuditingClient, campaign: Campaign, reader: Subscription
) -> None:
    answer = client.post(
        page_of(reader.id), data={"frequency": "daily", "language": "xx", "plain_text": "y"}
    )
    assert answer.status_code == 422
    assert "checked" in answer.get_data(as_text=True)


def pause(client: AuditingClient, reader: UUID, days: int) -> int:
    return client.post(f"{page_of(reader)}/pause", data={"days": str(days)}).status_code


def test_a_pause_stops_what_waits_and_what_comes_and_ends_by_itself(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = reader.id
    make_update(campaign, title="Waits")
    jobs.queue_updates()
    assert pause(client, who, 14) == 303
    assert "No mail until" in client.get(page_of(who)).get_data(as_text=True)
    clock.shift(HOUR)
    make_update(campaign, title="Meanwhile")
    deliver()
    clock.shift(timedelta(days=15))
    make_update(campaign, title="Afterwards")
    deliver()
    assert subjects(mailbox) == ["Afterwards"]


def test_a_digest_after_a_pause_tells_what_came_after_it(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    who = make_subscription(campaign, ADDRESS, frequency=Frequency.WEEKLY).id
    pause(client, who, 14)
    clock.shift(HOUR)
    make_update(campaign, title="Meanwhile")
    clock.shift(HOUR)
    assert pause(client, who, 0) == 303
    clock.shift(HOUR)
    make_update(campaign, title="Afterwards")
    for day in range(8):
        clock.move_to(SIX + timedelta(days=day))
        deliver()
    assert subjects(mailbox) == ["Afterwards"]


@pytest.mark.parametrize("days", ["", "-1", "100000", "x"])
def test_a_pause_of_another_length_is_refused(
    client: AuditingClient, campaign: Campaign, reader: Subscription, days: str
) -> None:
    assert client.post(f"{page_of(reader.id)}/pause", data={"days": days}).status_code == 422
    assert db.session.get_one(Subscription, reader.id).paused_until is None


def test_leaving_all_ends_every_campaigns_mail(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    who = reader.id
    other = make_campaign("another")
    make_subscription(other, ADDRESS)
    make_update(campaign)
    jobs.queue_updates()
    answer = client.post(f"{page_of(who)}/leave-all")
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert client.get(page_of(who)).status_code == 410
    deliver()
    assert mailbox.mails(ADDRESS) == []
    jobs.leave_sites()
    make_update(other)
    deliver()
    assert mailbox.mails(ADDRESS) == []
    assert db.session.get(Subscription, who) is None
    assert len(db.session.scalars(select(Suppression.mailbox)).all()) == 1


def test_once_gone_nothing_can_be_changed(
    client: AuditingClient, campaign: Campaign, reader: Subscription
) -> None:
    who = reader.id
    db.session.delete(reader)
    db.session.commit()
    for address in ("", "/pause"):
        answer = client.post(f"{page_of(who)}{address}", data={"frequency": "daily", "days": "14"})
        assert answer.status_code == 410
    assert client.get(page_of(who)).status_code == 410
    assert client.post(f"{page_of(who)}/leave-all").status_code == 303


@pytest.mark.parametrize("purpose", [TokenPurpose.UNSUBSCRIBE, TokenPurpose.MY_SIGNATURE])
def test_a_link_for_something_else_opens_nothing(
    client: AuditingClient, campaign: Campaign, reader: Subscription, purpose: TokenPurpose
) -> None:
    token = make_token(purpose, reader.id)
    assert client.get(f"/preferences/{token}").status_code == 404
    assert client.post(f"/preferences/{token}/leave-all").status_code == 404


def test_whoever_types_their_address_is_mailed_the_links(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    other = make_campaign("another", title="Another campaign")
    make_subscription(other, "READER+tag@example.org")
    pending = make_campaign("third", title="Third campaign")
    make_subscription(pending, ADDRESS, confirmed=False)
    answer = client.post("/preferences", data={"email": ADDRESS})
    assert answer.location == "/preferences/sent"
    deliver()
    mail = mailbox.last(ADDRESS)
    links = re.findall(r"http://[^/\s]+(/preferences/\S+)", mail.text)
    assert len(links) == 2
    assert "Another campaign" in mail.text
    assert "Third campaign" not in mail.text
    assert all(client.get(link).status_code == 200 for link in links)


def test_an_address_without_news_is_answered_and_mailed_alike(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    known = client.post("/preferences", data={"email": ADDRESS})
    unknown = client.post("/preferences", data={"email": "nobody@example.org"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.data == unknown.data
    deliver()
    assert mailbox.last(ADDRESS).subject == mailbox.last("nobody@example.org").subject
    assert "None does." in mailbox.last("nobody@example.org").text


def test_both_kinds_of_links_can_be_asked_for_on_one_day_and_each_once(
    client: AuditingClient,
    campaign: Campaign,
    reader: Subscription,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    for _ in range(2):
        for address in ("/preferences", "/my-signature"):
            assert client.post(address, data={"email": ADDRESS}).status_code == 303
        deliver()
    assert len(mailbox.mails(ADDRESS)) == 2


def test_a_typed_address_is_forgotten_once_its_mail_has_left(
    client: AuditingClient, campaign: Campaign, deliver: Deliver
) -> None:
    from campaigns.petitions.jobs import forget_requested_links
    from campaigns.petitions.models import LinkRequest

    client.post("/preferences", data={"email": ADDRESS})
    forget_requested_links()
    assert db.session.scalars(select(LinkRequest.id)).all()
    deliver()
    forget_requested_links()
    assert not db.session.scalars(select(LinkRequest.id)).all()


def test_no_address_is_asked_for_again(client: AuditingClient, app: Flask) -> None:
    answer = client.post("/preferences", data={"email": "not an address"})
    assert answer.status_code == 422
    assert "not an address" in answer.get_data(as_text=True)
