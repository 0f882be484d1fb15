"""Days are those of the campaign's place, on every surface that tells one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind, HearingStatus
from campaigns.db import db, utcnow
from tests.factories import make_campaign, make_detainee, make_event, make_update
from tests.fixtures.auditing import AuditingClient


@pytest.fixture(autouse=True)
def half_past_midnight() -> Iterator[None]:
    """It is half past midnight on 2 March in Karachi, and still 1 March in London."""
    with time_machine.travel(datetime(2026, 3, 1, 19, 30, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    campaign = make_campaign("free-hafsa", title="Free Hafsa", timezone="Asia/Karachi")
    hafsa = make_detainee(campaign, "Hafsa Example")
    long_ago = utcnow() - timedelta(days=90)
    make_event(
        campaign, date="2025-11-01", detainees=[hafsa], published_at=long_ago, updated_at=long_ago
    )
    return campaign


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_what_was_entered_after_midnight_there_is_of_the_new_day(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = make_event(campaign, EventKind.RELEASED, "2026-03-02", published_at=utcnow())
    update = make_update(campaign, title="Hafsa is free", event_id=event.id)

    home = words(client.get("/").text)
    assert "Free Hafsa News on 2 March 2026" in home
    assert "Updated 2 March 2026" in home
    assert "Published on 2 March 2026" in words(
        client.get(f"/campaigns/free-hafsa/events/{event.id}").text
    )
    for page in ("", "/updates", f"/updates/{update.id}"):
        told = words(client.get(f"/campaigns/free-hafsa{page}").text)
        assert "2 March 2026" in told
        assert "1 March 2026" not in told


def test_a_hearing_announced_after_midnight_there_is_no_news_of_yesterday(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_event(
        campaign,
        EventKind.HEARING,
        "2026-03-20",
        published_at=utcnow(),
        hearing_starts_at=utcnow() + timedelta(days=18),
        hearing_court="Sessions Court, Quetta",
        hearing_status=HearingStatus.SCHEDULED,
    )

    assert "day ago" not in words(client.get("/campaigns/free-hafsa").text)
    status = client.get("/campaigns/free-hafsa.json").get_json()["detainees"][0]["status"]
    assert status["days_since_news"] == 0


def test_a_correction_does_not_make_old_news_new(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = make_event(
        campaign,
        EventKind.CHARGED,
        "2026-02-28",
        published_at=utcnow() - timedelta(hours=40),
    )
    event.updated_at = utcnow()
    campaign.version += 1
    db.session.commit()

    home = words(client.get("/").text)
    assert "Free Hafsa News on 28 February 2026" in home
    assert "Updated 2 March 2026" in home
