"""Statistics: drawn by the server, the same as a table, without a number that tells on anybody."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.dashboard.charts import HEIGHT, draw_bars
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.petitions.models import CountryTally, SignatureState
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_campaign,
    make_organiser,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient

PATH = "/console/campaigns/watched/statistics"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign, and one of its viewers signed in."""
    campaign = make_campaign("watched")
    sign_in(client, make_organiser(roles={campaign: Role.VIEWER}))
    return campaign


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_signatures_by_day_are_a_chart_and_a_table(
    campaign: Campaign, client: AuditingClient
) -> None:
    petition = make_petition(campaign, paper=12)
    today = utcnow().date()
    for days_ago in (0, 3, 3, 89, 90):
        make_signature(petition, confirmed_on=today - timedelta(days=days_ago))
    make_signature(petition, confirmed=False)
    make_signature(petition, state=SignatureState.HELD, held=True)
    page = client.get(PATH).text
    chart = re.search(r"<svg[^>]*chart__bars.*?</svg>", page, re.DOTALL)
    assert chart
    assert 'role="img"' in chart[0]
    assert "<title" in chart[0]
    assert "<desc" in chart[0]
    assert chart[0].count("<path") == 3
    assert "4 in all, 2 at most" in page
    assert "Confirmed by mail 5 On paper 12 Not confirmed yet 1 Held 1" in words(page)
    # Five that count and one that is held, of seven.
    assert "86 %" in words(page)
    table = words(page.split("The same as a table")[1].split("</table>")[0])
    assert re.findall(r" (\d+)(?= \d+ \w+ \d{4}| *$)", table)[-1] == "1"
    assert table.endswith("1")


def test_what_became_of_each_update_s_mails_is_told(
    campaign: Campaign, client: AuditingClient
) -> None:
    update = make_update(campaign, title="Bail denied", queued_at=utcnow())
    states = {
        DeliveryState.SENT: 3,
        DeliveryState.DEFERRED: 2,
        DeliveryState.FAILED: 1,
        DeliveryState.SUPPRESSED: 1,
    }
    for state, number in states.items():
        for count in range(number):
            db.session.add(
                Delivery(
                    kind="update.send",
                    about_id=str(update.id),
                    campaign_id=campaign.id,
                    dedupe_key=f"{state} {count}",
                    priority=int(Priority.NEWS),
                    state=state,
                    next_at=None,
                )
            )
    page = words(client.get(PATH).text)
    assert re.search(r"Bail denied , \d+ \w+ \d{4} 3 2 1 1 ", page)


@pytest.mark.database("sqlite")
def test_what_waits_for_its_time_is_not_told_as_being_queued(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_update(campaign, title="In April", published_at=utcnow() + timedelta(days=30))
    page = words(client.get(PATH).text)
    assert "In April" not in page
    assert "still being queued" not in page


def test_subscribers_are_told_by_week(campaign: Campaign, client: AuditingClient) -> None:
    for weeks in (0, 0, 3):
        make_subscription(campaign, confirmed_at=utcnow() - timedelta(weeks=weeks))
    make_subscription(campaign, confirmed=False)
    page = client.get(PATH).text
    assert "3 subscribers get news." in page
    assert "3 in all, 2 at most" in page


@pytest.mark.database("sqlite")
def test_countries_are_told_as_to_the_public(campaign: Campaign, client: AuditingClient) -> None:
    petition = make_petition(campaign)
    petition.tally.online = petition.tally.countries_of = 70
    db.session.add(CountryTally(petition_id=petition.id, country="PK", number=40))
    make_signature(petition, country="DE")
    page = words(client.get(PATH).text)
    assert "Pakistan 40" in page
    assert "Germany" not in page


@pytest.mark.database("sqlite")
def test_a_campaign_of_high_risk_tells_totals_alone(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("watched", mode=Mode.HIGH_RISK)
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    petition = make_petition(campaign)
    make_signature(petition)
    make_update(campaign, title="In the feed only")
    page = client.get(PATH).text
    assert "Confirmed by mail 1" in words(page)
    assert "<svg" not in page
    assert "Countries" not in page
    assert "only totals are told" in page


@pytest.mark.database("sqlite")
def test_a_campaign_without_anything_says_so(campaign: Campaign, client: AuditingClient) -> None:
    page = client.get(PATH).text
    assert "This campaign has no petition." in page
    assert "0 subscribers get news." in page


def test_bars_stand_on_the_ground_and_the_least_is_seen() -> None:
    chart = draw_bars([(date(2024, 3, 1), 0), (date(2024, 3, 2), 1), (date(2024, 3, 3), 10_000)])
    empty, least, most = chart.bars
    assert (empty.height, least.height, most.height) == (0, 1, HEIGHT)
    assert all(bar.y + bar.height == HEIGHT for bar in chart.bars)
    assert (chart.highest, chart.total, chart.peak) == (10_000, 10_001, most)
    assert draw_bars([(date(2024, 3, 1), 0)]).peak is None
