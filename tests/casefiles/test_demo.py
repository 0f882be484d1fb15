"""The demo campaigns come in as a user's would, and say what their facts say."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.casefiles.demo.texts import demo_case_files
from campaigns.casefiles.document import CaseFile
from campaigns.casefiles.operations import load_demo
from campaigns.casefiles.reading import read_case_file
from campaigns.cases.dates import parse_edtf
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind, NamePolicy, Stance
from campaigns.config import Settings
from campaigns.db import db
from tests.casefiles.conftest import exported

NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def demo() -> dict[str, CaseFile]:
    cases = [read_case_file(text, now=NOW) for text in demo_case_files(NOW)]
    return {case.campaign.slug: case for case in cases}


def test_there_are_three_each_in_its_own_colour(demo: dict[str, CaseFile]) -> None:
    assert list(demo) == ["rawal-asad", "seven-of-karachi", "example-campaign"]
    assert len({case.campaign.colour for case in demo.values()}) == 3


def test_they_are_loaded_into_an_empty_database_and_only_there(
    app: Flask, settings: Settings
) -> None:
    assert load_demo(settings.keys_path) == 3
    db.session.commit()
    assert load_demo(settings.keys_path) == 0
    slugs = db.session.scalars(select(Campaign.slug).order_by(Campaign.id)).all()
    assert slugs == ["rawal-asad", "seven-of-karachi", "example-campaign"]
    for slug in slugs:
        assert read_case_file(exported(slug)).campaign.slug == slug


def test_the_names_of_the_seven_stand_nowhere(demo: dict[str, CaseFile]) -> None:
    case = demo["seven-of-karachi"]
    assert [one.name for one in case.detainees] == list("1234567")
    assert {one.name_policy for one in case.detainees} == {NamePolicy.WITHHELD}
    assert "The numbers 1 to 7 are labels only" in case.campaign.body


def test_each_of_the_seven_was_taken_and_released_on_days_of_their_own(
    demo: dict[str, CaseFile],
) -> None:
    def days(kind: EventKind) -> dict[str, str]:
        return {
            ref[-1]: event.date
            for event in demo["seven-of-karachi"].events
            if event.kind == kind
            for ref in event.detainees
        }

    assert days(EventKind.ABDUCTED) == dict.fromkeys("123456", "2018-04-22") | {
        "7": "2018-04-22/2018-04-23"
    }
    assert days(EventKind.RELEASED) == (
        dict.fromkeys("123", "2018-04-26")
        | {"4": "2018-04-22/2018-04-26"}
        | dict.fromkeys("567", "2018-04-27")
    )


def test_rawal_asad_is_not_released_and_sources_differ_about_his_bail(
    demo: dict[str, CaseFile],
) -> None:
    case = demo["rawal-asad"]
    kinds = {event.kind: event for event in case.events}
    assert not any(kind.startswith("released") for kind in kinds)
    assert case.campaign.closed_on == date(2019, 3, 6)
    assert kinds[EventKind.CHARGED].date == "../2019-03-06"
    stances = [source.stance for source in kinds[EventKind.BAIL_DENIED].sources]
    assert Stance.CONTRADICTS in stances


def test_the_example_moves_with_the_day_it_is_loaded(demo: dict[str, CaseFile]) -> None:
    case = demo["example-campaign"]
    kinds = {event.kind: event for event in case.events}
    arrested = parse_edtf(kinds[EventKind.ARRESTED].date)
    assert (arrested.earliest, arrested.latest) == (
        TODAY - timedelta(days=402), TODAY - timedelta(days=398),
    )  # fmt: skip
    hearing = kinds[EventKind.HEARING].hearing
    assert hearing is not None
    assert hearing.starts_at.date() == TODAY + timedelta(days=7)
    assert kinds[EventKind.HUNGER_STRIKE_ENDED].retracted is not None
    assert case.detainees[0].confirmed[-1].on == TODAY - timedelta(days=2)


@pytest.mark.parametrize("day", ["2024-02-29", "2025-12-31", "2027-01-01"])
def test_the_example_can_be_loaded_on_any_day(day: str) -> None:
    now = datetime.fromisoformat(f"{day}T19:30:00+00:00")
    assert len([read_case_file(text, now=now) for text in demo_case_files(now)]) == 3


def test_what_is_invented_says_so(demo: dict[str, CaseFile]) -> None:
    case = demo["example-campaign"]
    assert case.campaign.title.startswith("Example campaign")
    assert "invented" in case.campaign.summary
    assert "Everything on this page is invented" in case.campaign.body
    for article in case.articles:
        assert re.search(r"\(invented\)|\(مثال\)", article.title)
        assert article.url is None or article.url.startswith("https://example.org/")


def test_nobody_real_is_written_to(demo: dict[str, CaseFile]) -> None:
    for case in demo.values():
        assert case.campaign.run_by.contact.endswith("@example.org")
