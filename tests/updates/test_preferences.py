"""Subscribers choose how they are mailed; nothing comes twice, and nothing is left untold."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from campaigns.petitions.jobs import forget_requested_links
from campaigns.petitions.models import LinkRequest
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
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@dataclass(frozen=True)
class Reader:
    """A subscriber with a browser and a mailbox, and the worker and clock of the site."""

    id: UUID
    client: AuditingClient
    deliver: Deliver
    mailbox: Mailbox
    clock: time_machine.Traveller

    @property
    def page(self) -> str:
        return f"/preferences/{make_token(TokenPurpose.PREFERENCES, self.id)}"

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.mailbox.mails(ADDRESS)]

    def choose(self, frequency: Frequency, **more: str) -> None:
        answer = self.client.post(self.page, data={"frequency": frequency.value, **more})
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def pause(self, days: int) -> int:
        return self.client.post(f"{self.page}/pause", data={"days": str(days)}).status_code


Subscribe = Callable[[Frequency], Reader]


@pytest.fixture
def subscribe(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> Subscribe:
    def subscribe(frequency: Frequency) -> Reader:
        row = make_subscription(campaign, ADDRESS, frequency=frequency)
        return Reader(row.id, client, deliver, mailbox, clock)

    return subscribe


@pytest.fixture
def reader(subscribe: Subscribe) -> Reader:
    return subscribe(Frequency.IMMEDIATE)


def test_every_mail_has_the_link(campaign: Campaign, reader: Reader) -> None:
    make_update(campaign)
    reader.deliver()
    mail = reader.mailbox.last(ADDRESS)
    link = re.search(r"http://[^/\s]+(/preferences/\S+)", mail.text)
    assert link
    assert link[1] in mail.html
    page = reader.client.get(link[1])
    assert page.status_code == 200
    assert ADDRESS not in page.get_data(as_text=True)


def test_at_once_to_daily_tells_nothing_twice(campaign: Campaign, reader: Reader) -> None:
    make_update(campaign, title="Told at once")
    reader.deliver()
    reader.choose(Frequency.DAILY)
    reader.clock.shift(HOUR)
    make_update(campaign, title="Told later")
    reader.clock.move_to(SIX)
    reader.deliver()
    assert reader.subjects == ["Told at once", "Told later"]
    assert "Told at once" not in reader.mailbox.last(ADDRESS).text


def test_a_digest_of_which_all_was_told_is_not_sent(campaign: Campaign, reader: Reader) -> None:
    make_update(campaign, title="Told at once")
    reader.deliver()
    reader.choose(Frequency.DAILY)
    reader.clock.move_to(SIX)
    assert reader.deliver() == 0
    assert reader.subjects == ["Told at once"]


def test_at_once_to_weekly_before_it_was_queued_still_tells_it_at_once(
    campaign: Campaign, reader: Reader
) -> None:
    make_update(campaign, title="Just published")
    reader.choose(Frequency.WEEKLY)
    reader.deliver()
    assert reader.subjects == ["Just published"]
    for day in range(8):
        reader.clock.move_to(SIX + timedelta(days=day))
        reader.deliver()
    assert reader.subjects == ["Just published"]


@pytest.mark.parametrize("chosen", [Frequency.IMMEDIATE, Frequency.WEEKLY])
def test_from_daily_what_waited_for_the_digest_comes_at_once(
    campaign: Campaign, subscribe: Subscribe, chosen: Frequency
) -> None:
    reader = subscribe(Frequency.DAILY)
    make_update(campaign, title="In the first digest")
    reader.clock.move_to(SIX)
    reader.deliver()
    reader.clock.shift(HOUR)
    make_update(campaign, title="Waits")
    reader.clock.shift(HOUR)
    reader.choose(chosen)
    reader.deliver()
    for day in range(1, 9):
        reader.clock.move_to(SIX + timedelta(days=day))
        reader.deliver()
    assert reader.subjects == ["In the first digest", "Waits"]


def test_what_was_not_asked_for_before_is_not_made_up_for(
    campaign: Campaign, subscribe: Subscribe
) -> None:
    reader = subscribe(Frequency.STATUS)
    make_update(campaign, title="A protest")
    reader.deliver()
    reader.clock.shift(HOUR)
    reader.choose(Frequency.DAILY)
    reader.clock.shift(HOUR)
    reader.choose(Frequency.IMMEDIATE)
    reader.clock.shift(HOUR)
    make_update(campaign, title="News")
    reader.clock.move_to(SIX)
    reader.deliver()
    assert reader.subjects == ["News"]


def test_only_status_changes_still_come_when_chosen(campaign: Campaign, reader: Reader) -> None:
    reader.choose(Frequency.STATUS)
    reader.clock.shift(HOUR)
    make_update(campaign, title="A protest")
    release = make_event(campaign, EventKind.RELEASED, "2031-01-01")
    make_update(campaign, title="Free", event_id=release.id)
    reader.deliver()
    assert reader.subjects == ["Free"]


def test_plain_text_has_no_formatted_part_and_keeps_the_links(
    campaign: Campaign, reader: Reader
) -> None:
    make_subscription(campaign, "other@example.org")
    reader.choose(Frequency.IMMEDIATE, plain_text="y")
    make_update(campaign)
    reader.deliver()
    mine, other = reader.mailbox.last(ADDRESS), reader.mailbox.last("other@example.org")
    assert not mine.html
    assert other.html
    assert "/unsubscribe/" in mine.text
    assert "/never-mail/" in mine.text


def test_a_discreet_mail_names_the_case_in_no_header(campaign: Campaign, reader: Reader) -> None:
    reader.choose(Frequency.IMMEDIATE, discreet="y")
    make_update(campaign, title="Bail was granted")
    reader.deliver()
    mail = reader.mailbox.last(ADDRESS)
    assert mail.subject == "News"
    assert "Bail was granted" in mail.text
    for name in ("From", "List-Id"):
        assert campaign.title not in dict(mail.headers)[name]
        assert campaign.run_by_name not in dict(mail.headers)[name]


@pytest.mark.settings(LOCALES="en,ur")
def test_another_language_is_used_from_the_next_mail_on(campaign: Campaign, reader: Reader) -> None:
    campaign.translations = {"ur": {"title": "عمل"}}
    reader.choose(Frequency.IMMEDIATE, language="ur")
    make_update(campaign, translations={"ur": {"title": "ضمانت", "text": "منظور"}})
    reader.deliver()
    assert reader.mailbox.last(ADDRESS).subject == "ضمانت"


def test_a_language_that_is_not_offered_is_refused(campaign: Campaign, reader: Reader) -> None:
    answer = reader.client.post(
        reader.page, data={"frequency": "daily", "language": "xx", "plain_text": "y"}
    )
    assert answer.status_code == 422
    assert "checked" in answer.get_data(as_text=True)


def test_a_pause_stops_what_waits_and_what_comes_and_ends_by_itself(
    campaign: Campaign, reader: Reader
) -> None:
    make_update(campaign, title="Waits")
    jobs.queue_updates()
    assert reader.pause(14) == 303
    assert "No mail until" in reader.client.get(reader.page).get_data(as_text=True)
    reader.clock.shift(HOUR)
    make_update(campaign, title="Meanwhile")
    reader.deliver()
    reader.clock.shift(timedelta(days=15))
    make_update(campaign, title="Afterwards")
    reader.deliver()
    assert reader.subjects == ["Afterwards"]


def test_a_digest_after_a_pause_tells_what_came_after_it(
    campaign: Campaign, subscribe: Subscribe
) -> None:
    reader = subscribe(Frequency.WEEKLY)
    reader.pause(14)
    reader.clock.shift(HOUR)
    make_update(campaign, title="Meanwhile")
    reader.clock.shift(HOUR)
    assert reader.pause(0) == 303
    reader.clock.shift(HOUR)
    make_update(campaign, title="Afterwards")
    for day in range(8):
        reader.clock.move_to(SIX + timedelta(days=day))
        reader.deliver()
    assert reader.subjects == ["Afterwards"]


@pytest.mark.parametrize("days", ["", "-1", "100000", "x"])
def test_a_pause_of_another_length_is_refused(
    campaign: Campaign, reader: Reader, days: str
) -> None:
    assert reader.client.post(f"{reader.page}/pause", data={"days": days}).status_code == 422
    assert db.session.get_one(Subscription, reader.id).paused_until is None


def test_leaving_all_ends_every_campaigns_mail(campaign: Campaign, reader: Reader) -> None:
    other = make_campaign("another")
    make_subscription(other, ADDRESS)
    make_update(campaign)
    jobs.queue_updates()
    answer = reader.client.post(f"{reader.page}/leave-all")
    assert answer.status_code == 303
    assert reader.client.get(answer.location).status_code == 200
    assert reader.client.get(reader.page).status_code == 410
    reader.deliver()
    assert reader.mailbox.mails(ADDRESS) == []
    jobs.leave_sites()
    make_update(other)
    reader.deliver()
    assert reader.mailbox.mails(ADDRESS) == []
    assert db.session.get(Subscription, reader.id) is None
    assert len(db.session.scalars(select(Suppression.mailbox)).all()) == 1


def test_once_gone_nothing_can_be_changed(campaign: Campaign, reader: Reader) -> None:
    db.session.delete(db.session.get_one(Subscription, reader.id))
    db.session.commit()
    for address in ("", "/pause"):
        answer = reader.client.post(
            f"{reader.page}{address}", data={"frequency": "daily", "days": "14"}
        )
        assert answer.status_code == 410
    assert reader.client.get(reader.page).status_code == 410
    assert reader.client.post(f"{reader.page}/leave-all").status_code == 303


@pytest.mark.parametrize("purpose", [TokenPurpose.UNSUBSCRIBE, TokenPurpose.MY_SIGNATURE])
def test_a_link_for_something_else_opens_nothing(
    campaign: Campaign, reader: Reader, purpose: TokenPurpose
) -> None:
    token = make_token(purpose, reader.id)
    assert reader.client.get(f"/preferences/{token}").status_code == 404
    assert reader.client.post(f"/preferences/{token}/leave-all").status_code == 404


def test_whoever_types_their_address_is_mailed_the_links(
    campaign: Campaign, reader: Reader
) -> None:
    other = make_campaign("another", title="Another campaign")
    make_subscription(other, "READER+tag@example.org")
    pending = make_campaign("third", title="Third campaign")
    make_subscription(pending, ADDRESS, confirmed=False)
    answer = reader.client.post("/preferences", data={"email": ADDRESS})
    assert answer.location == "/preferences/sent"
    reader.deliver()
    mail = reader.mailbox.last(ADDRESS)
    links = re.findall(r"http://[^/\s]+(/preferences/\S+)", mail.text)
    assert len(links) == 2
    assert "Another campaign" in mail.text
    assert "Third campaign" not in mail.text
    assert all(reader.client.get(link).status_code == 200 for link in links)


def test_an_address_without_news_is_answered_and_mailed_alike(
    campaign: Campaign, reader: Reader
) -> None:
    known = reader.client.post("/preferences", data={"email": ADDRESS})
    unknown = reader.client.post("/preferences", data={"email": "nobody@example.org"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.data == unknown.data
    reader.deliver()
    assert reader.mailbox.last(ADDRESS).subject == reader.mailbox.last("nobody@example.org").subject
    assert "None does." in reader.mailbox.last("nobody@example.org").text


def test_both_kinds_of_links_can_be_asked_for_on_one_day_and_each_once(
    campaign: Campaign, reader: Reader
) -> None:
    for _ in range(2):
        for address in ("/preferences", "/my-signature"):
            assert reader.client.post(address, data={"email": ADDRESS}).status_code == 303
        reader.deliver()
    assert len(reader.mailbox.mails(ADDRESS)) == 2


def test_a_typed_address_is_forgotten_once_its_mail_has_left(
    campaign: Campaign, reader: Reader
) -> None:
    reader.client.post("/preferences", data={"email": ADDRESS})
    forget_requested_links()
    assert db.session.scalars(select(LinkRequest.id)).all()
    reader.deliver()
    forget_requested_links()
    assert not db.session.scalars(select(LinkRequest.id)).all()


def test_no_address_is_asked_for_again(campaign: Campaign, reader: Reader) -> None:
    answer = reader.client.post("/preferences", data={"email": "not an address"})
    assert answer.status_code == 422
    assert "not an address" in answer.get_data(as_text=True)
