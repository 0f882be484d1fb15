"""What living numbers stand for: what the page says at that moment."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import utcnow
from campaigns.updates.living import living_numbers
from campaigns.updates.numbers import put_in, unknown_names
from tests.factories import make_detainee, make_event, make_petition


def told(campaign: Campaign, text: str) -> str:
    return put_in(text, living_numbers(campaign.id), "en")


def day(campaign: Campaign, days_ago: int) -> str:
    return (campaign.today - timedelta(days=days_ago)).isoformat()


def test_of_several_detainees_the_days_are_of_whoever_is_held_longest(campaign: Campaign) -> None:
    one, two, free = (make_detainee(campaign, name) for name in ("One", "Two", "Free"))
    make_event(campaign, EventKind.ARRESTED, day(campaign, 900), detainees=[free])
    make_event(campaign, EventKind.RELEASED, day(campaign, 100), detainees=[free])
    make_event(campaign, EventKind.ARRESTED, day(campaign, 412), detainees=[one])
    make_event(campaign, EventKind.ARRESTED, day(campaign, 30), detainees=[two])
    assert told(campaign, "{days}") == "412"


def test_when_all_are_free_the_days_are_those_of_whoever_was_held_longest(
    campaign: Campaign,
) -> None:
    make_detainee(campaign)
    make_event(campaign, EventKind.ARRESTED, day(campaign, 500))
    make_event(campaign, EventKind.RELEASED, day(campaign, 88))
    assert told(campaign, "{days}") == "412"


@pytest.mark.parametrize(
    ("date", "words"),
    [("2024-03", "{}–{}"), ("2024-03-01~", "about {}"), ("", "an unknown number of")],
)
@pytest.mark.database("sqlite")
def test_days_are_no_surer_than_what_is_known(campaign: Campaign, date: str, words: str) -> None:
    make_detainee(campaign)
    make_event(campaign, EventKind.ARRESTED, date)
    days = living_numbers(campaign.id).days
    assert told(campaign, "{days}").startswith(words.format(days.min, days.max))


@pytest.mark.database("sqlite")
def test_nobody_held_and_nothing_signed_are_numbers_too(campaign: Campaign) -> None:
    assert told(campaign, "{days}, {signatures}, {next_hearing}") == "0, 0, not known yet"


@pytest.mark.database("sqlite")
def test_a_hearing_that_was_cancelled_or_lies_behind_is_not_the_next(campaign: Campaign) -> None:
    for days, status in ((-1, "scheduled"), (1, "cancelled"), (2, "adjourned"), (3, "scheduled")):
        make_event(
            campaign,
            EventKind.HEARING,
            day(campaign, -days),
            hearing_starts_at=utcnow() + timedelta(days=days),
            hearing_court="Sessions Court",
            hearing_status=status,
        )
    hearing = living_numbers(campaign.id).next_hearing
    assert hearing
    assert hearing.date() == (utcnow() + timedelta(days=3)).astimezone(hearing.tzinfo).date()


@pytest.mark.database("sqlite")
def test_the_hour_of_a_hearing_is_told_with_its_zone(campaign: Campaign) -> None:
    starts_at = datetime(2199, 3, 5, 4, 30, tzinfo=UTC)
    make_event(
        campaign,
        EventKind.HEARING,
        "2199-03-05",
        hearing_starts_at=starts_at,
        hearing_court="Sessions Court",
        hearing_status="scheduled",
    )
    words = "Tuesday 5 March 2199, 09:30 (time in Asia/Karachi)"
    assert told(campaign, "{next_hearing}") == words


@pytest.mark.database("sqlite")
def test_names_may_be_typed_as_a_phone_writes_them_and_other_braces_stay(
    campaign: Campaign,
) -> None:
    make_petition(campaign, paper=5)
    assert told(campaign, "{Signatures} { signatures } {} {a b} {x}") == "5 5 {} {a b} {x}"
    assert unknown_names("{Days} {x} {} {a b} {دن} {x}") == ["x", "دن"]
