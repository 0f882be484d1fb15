"""What the first screen of a campaign says after the turns of a case: nothing that is past."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign, Confirmation, Detainee
from campaigns.cases.vocabulary import CampaignState, Disclosure, SourceKind
from campaigns.db import db
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_detainee, make_event
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import Kind, acquitted_and_appealed, of_one, words

THANKS = "Thank you to everyone who signed, wrote and came."
CHARGED = ((Kind.ARRESTED, "2025-06-01"), (Kind.CHARGED, "2025-06-10"))
DENIED = (Kind.BAIL_DENIED, "2025-06-15")
ON_BAIL = ((Kind.BAIL_GRANTED, "2025-06-20"), (Kind.RELEASED_ON_BAIL, "2025-06-21"))
NOT_CONFIRMED = "Not confirmed by anyone yet."
NO_NEWS = "No news for more than 30 days: it may have changed."

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=True):
        yield


def band(client: AuditingClient, slug: str, query: str = "") -> str:
    """The words of the status band."""
    page = client.get(f"/campaigns/{slug}{query}").text
    section = page.split('<section class="status-band')[1].split("</section>")[0]
    return words(section.split(">", 1)[1])


def rows(client: AuditingClient, slug: str) -> list[str]:
    """The words of each row of a campaign of several."""
    page = client.get(f"/campaigns/{slug}").text
    found = page.split('<ul class="plate plate--several')[1].split('<div class="case__act">')[0]
    return [words(row) for row in found.split('<li class="plate__row">')[1:]]


def several(slug: str, number: int = 3, **fields: object) -> tuple[Campaign, list[Detainee]]:
    """A campaign for several people who were arrested on one day."""
    campaign = make_campaign(slug, **fields)
    people = [make_detainee(campaign, f"Person {name}") for name in "ABCDEFG"[:number]]
    make_event(campaign, Kind.ARRESTED, "2025-11-01")
    return campaign, people


@pytest.mark.parametrize(
    "turn", [Kind.ACQUITTED, Kind.CONVICTED, Kind.RELEASED, Kind.EXILED, Kind.DIED_IN_CUSTODY]
)
def test_bail_denied_is_not_told_as_todays_once_it_is_not(
    app: Flask, client: AuditingClient, turn: Kind
) -> None:
    campaign = of_one("turned", *CHARGED, DENIED)
    assert "Bail denied ( since 15 June 2025 )" in band(client, "turned")
    make_event(campaign, turn, "2026-01-20", detainees=campaign.detainees)
    expire_finished()
    assert "Bail" not in band(client, "turned")
    # As data it stays, and on the day before it was so.
    (standing,) = client.get("/campaigns/turned.json").get_json()["detainees"][0]["status"]["bail"]
    assert (standing["status"], standing["since"]) == ("denied", "2025-06-15")
    assert "Bail denied" in band(client, "turned", "?as_of=2026-01-19")


def test_bail_that_was_cancelled_stays_with_somebody_out_on_it(
    app: Flask, client: AuditingClient
) -> None:
    of_one("cancelled", *CHARGED, *ON_BAIL, (Kind.BAIL_CANCELLED, "2026-02-20"))
    text = band(client, "cancelled")
    assert "Released on bail since 21 June 2025" in text
    assert "Bail cancelled ( since 20 February 2026 )" in text


def test_a_row_tells_no_more_of_bail_than_the_band(app: Flask, client: AuditingClient) -> None:
    campaign, people = several("rows")
    make_event(campaign, Kind.BAIL_DENIED, "2025-11-10")
    make_event(campaign, Kind.ACQUITTED, "2026-02-01", detainees=people[:1])
    first, second, _third = rows(client, "rows")
    assert "Bail" not in first
    assert "Bail denied ( since 10 November 2025 )" in second


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (Kind.CONVICTED, "after a conviction ( 20 January 2026 )"),
        (Kind.CONVICTION_UPHELD, "after a conviction ( 20 January 2026 )"),
        (Kind.ACQUITTED, "after an acquittal ( 20 January 2026 )"),
        (Kind.CHARGES_DROPPED, "after the charges were dropped ( 20 January 2026 )"),
        (Kind.CASE_DISMISSED, "after the case was dismissed ( 20 January 2026 )"),
    ],
)
def test_an_appeal_says_what_it_is_against(
    app: Flask, client: AuditingClient, verdict: Kind, says: str
) -> None:
    campaign = of_one("appealed", *CHARGED, (verdict, "2026-01-20"))
    appeal = make_event(campaign, Kind.APPEAL_FILED, "2026-02-03", by="prosecution")
    text = band(client, "appealed")
    assert f"Under appeal by the prosecution ( since 3 February 2026 ), {says}" in text
    # Each date leads to its own entry.
    page = client.get("/campaigns/appealed").text
    assert f'events/{appeal.id}">since 3 February 2026</a>' in page
    assert f'events/{campaign.events[2].id}">20 January 2026</a>' in page


def test_an_appeal_against_nothing_that_was_told_stands_alone(
    app: Flask, client: AuditingClient
) -> None:
    of_one("alone", *CHARGED, (Kind.APPEAL_FILED, "2026-02-03"))
    assert "Under appeal ( since 3 February 2026 )" in band(client, "alone")
    assert "after" not in band(client, "alone")


def test_what_an_appeal_is_against_can_be_looked_back_at(
    app: Flask, client: AuditingClient
) -> None:
    campaign = acquitted_and_appealed()
    for event, day in zip(campaign.events, (1, 2, 25, 3, 5), strict=True):
        # That there had been an acquittal was told weeks after the appeal.
        event.published_at = datetime(2026, 2, day, 9, tzinfo=UTC)
    make_event(
        campaign,
        Kind.CONVICTED,
        "2026-02-27",
        detainees=campaign.detainees,
        published_at=datetime(2026, 2, 27, 9, tzinfo=UTC),
    )

    def legal(query: str) -> tuple[str, str | None]:
        document = client.get(f"/campaigns/appealed.json{query}").get_json()
        (standing,) = document["detainees"][0]["status"]["legal"]
        return standing["status"], standing.get("after")

    assert legal("") == ("convicted", None)
    assert legal("?as_of=2026-02-26") == ("under_appeal", "acquitted")
    assert legal("?as_of=2026-01-31") == ("acquitted", None)
    assert legal("?known_on=2026-02-26") == ("under_appeal", "acquitted")
    assert legal("?known_on=2026-02-10") == ("under_appeal", None)


@pytest.mark.parametrize(
    ("turns", "says"),
    [
        ([(Kind.RELEASED, "2026-01-21")], "Free since 21 January 2026; the case goes on."),
        (
            [(Kind.CONVICTED, "2026-01-20"), (Kind.RELEASED, "2026-01-21")],
            "Free since 21 January 2026; the conviction stands.",
        ),
        (
            [*ON_BAIL, (Kind.TRIAL_OPENED, "2026-01-20")],
            "Out on bail since 21 June 2025; the case goes on.",
        ),
        (
            [(Kind.RELEASED_CONDITIONALLY, "2026-01-21")],
            "Out on conditions since 21 January 2026; the case goes on.",
        ),
        ([(Kind.ESCAPED, "2026-01-21")], ""),
        ([(Kind.EXILED, "2026-01-21")], ""),
        ([*ON_BAIL, (Kind.ACQUITTED, "2026-01-20")], ""),
        ([*ON_BAIL, (Kind.BAIL_CANCELLED, "2026-01-20")], ""),
        ([(Kind.ACQUITTED, "2026-01-20"), (Kind.DIED, "2026-01-21")], ""),
        (
            [
                (Kind.ACQUITTED, "2025-07-20"),
                (Kind.RELEASED, "2025-07-21"),
                (Kind.ARRESTED, "2026-01-21"),
            ],
            "",
        ),
    ],
)
def test_thanks_wait_until_nothing_is_held_against_somebody(
    app: Flask, client: AuditingClient, turns: list[tuple[Kind, str]], says: str
) -> None:
    of_one("turned", *CHARGED, *turns)
    text = words(client.get("/campaigns/turned").text)
    assert THANKS not in text
    assert says in text
    assert ("goes on" in text or "conviction stands" in text) is bool(says)


@pytest.mark.parametrize(
    "end",
    [
        Kind.ACQUITTED,
        Kind.CHARGES_DROPPED,
        Kind.CASE_DISMISSED,
        Kind.SENTENCE_SERVED,
        Kind.PARDONED,
    ],
)
def test_thanks_come_with_a_release_that_ends_it(
    app: Flask, client: AuditingClient, end: Kind
) -> None:
    of_one("ended", *CHARGED, (end, "2026-01-20"), (Kind.RELEASED, "2026-01-21"))
    assert f"Free after 234 days. {THANKS}" in words(client.get("/campaigns/ended").text)


def test_several_are_thanked_for_once_all_are_free(app: Flask, client: AuditingClient) -> None:
    campaign, people = several("free")
    make_event(campaign, Kind.RELEASED, "2025-12-01", detainees=people[:2])
    assert THANKS not in words(client.get("/campaigns/free").text)
    on_bail = make_event(campaign, Kind.RELEASED_ON_BAIL, "2025-12-02", detainees=people[2:])
    expire_finished()
    assert THANKS not in words(client.get("/campaigns/free").text)
    on_bail.kind = Kind.RELEASED
    campaign.version += 1
    db.session.commit()
    expire_finished()
    assert f"Everybody is free. {THANKS}" in words(client.get("/campaigns/free").text)


def test_what_is_the_same_of_all_is_said_once(app: Flask, client: AuditingClient) -> None:
    several("same")
    assert f"3 of 3 held {NOT_CONFIRMED} {NO_NEWS}" in band(client, "same")
    page = words(client.get("/campaigns/same").text)
    assert page.count(NOT_CONFIRMED) == page.count(NO_NEWS) == 1


def test_what_is_the_same_of_all_who_are_held_is_said_once_of_them(
    app: Flask, client: AuditingClient
) -> None:
    campaign, people = several("held", 4)
    make_event(campaign, Kind.RELEASED, "2026-02-25", detainees=people[:1])
    make_event(campaign, Kind.MISSING, "2026-01-02", detainees=people[1:2])
    assert f"Of those who are held: {NOT_CONFIRMED} {NO_NEWS}" in band(client, "held")
    released, missing, *held = rows(client, "held")
    assert NO_NEWS not in released
    assert NO_NEWS in missing
    assert not any(NOT_CONFIRMED in row or NO_NEWS in row for row in held)


def test_what_differs_is_said_of_each(app: Flask, client: AuditingClient) -> None:
    _campaign, people = several("differ")
    people[0].confirmations.append(
        Confirmation(position=1, on=date(2026, 2, 27), source_kind=SourceKind.FAMILY)
    )
    db.session.commit()
    assert NOT_CONFIRMED not in band(client, "differ")
    first, second, third = rows(client, "differ")
    assert "Last confirmed on 27 February 2026. Source: Family." in first
    assert NO_NEWS not in first
    assert f"{NOT_CONFIRMED} {NO_NEWS}" in second
    assert f"{NOT_CONFIRMED} {NO_NEWS}" in third


def test_of_one_of_several_arrested_again_this_spell_and_all_days_are_told(
    app: Flask, client: AuditingClient
) -> None:
    campaign, people = several("again")
    first = people[:1]
    make_event(campaign, Kind.RELEASED, "2025-12-01", detainees=first)
    make_event(campaign, Kind.ARRESTED, "2026-02-21", detainees=first)
    again, *others = rows(client, "again")
    days = client.get("/campaigns/again.json").get_json()["detainees"][0]["status"]["days"]
    assert days["current"] == {"min": 8, "max": 8}
    assert f"held 8 days this time; {days['total']['max']} days in all" in again
    assert not any("in all" in other for other in others)


def test_of_a_closed_campaign_no_news_is_due(app: Flask, client: AuditingClient) -> None:
    several("closed", state=CampaignState.CLOSED, closed_on=date(2026, 2, 1))
    text = words(client.get("/campaigns/closed").text)
    assert NOT_CONFIRMED not in text
    assert NO_NEWS not in text


def test_of_a_death_dates_are_told_and_no_confirmation_is_missed(
    app: Flask, client: AuditingClient
) -> None:
    of_one("died", *CHARGED, (Kind.DIED_IN_CUSTODY, "2026-01-21"))
    assert band(client, "died") == "Died in custody 21 January 2026 Charged ( 10 June 2025 )"


@pytest.mark.parametrize("turn", [Kind.RELEASED, Kind.DIED])
def test_nobody_need_confirm_what_will_not_change(
    app: Flask, client: AuditingClient, turn: Kind
) -> None:
    campaign = of_one("settled", *CHARGED, (turn, "2026-01-21"))
    assert NOT_CONFIRMED not in band(client, "settled")
    campaign.detainees[0].confirmations.append(Confirmation(position=1, on=date(2026, 2, 27)))
    campaign.version += 1
    db.session.commit()
    expire_finished()
    assert "Last confirmed on 27 February 2026." in band(client, "settled")


def test_a_confirmation_of_how_somebody_was_before_confirms_nothing_now(
    app: Flask, client: AuditingClient
) -> None:
    campaign = of_one("turned", *CHARGED, (Kind.IMPRISONED, "2026-02-10"))
    person = campaign.detainees[0]
    person.confirmations.append(Confirmation(position=1, on=date(2026, 2, 9)))
    db.session.commit()
    assert NOT_CONFIRMED in band(client, "turned")
    status = client.get("/campaigns/turned.json").get_json()["detainees"][0]["status"]
    assert "last_confirmed" not in status
    before = client.get("/campaigns/turned.json?as_of=2026-02-09").get_json()
    assert before["detainees"][0]["status"]["last_confirmed"] == {"on": "2026-02-09"}

    person.confirmations.append(Confirmation(position=2, on=date(2026, 2, 10)))
    campaign.version += 1
    db.session.commit()
    expire_finished()
    assert "Last confirmed on 10 February 2026." in band(client, "turned")


def test_where_nobody_is_held_or_free_the_dead_are_told_first(
    app: Flask, client: AuditingClient
) -> None:
    campaign, people = several("dead")
    make_event(campaign, Kind.DIED_IN_CUSTODY, "2025-12-01", detainees=people[:2])
    make_event(campaign, Kind.MISSING, "2025-12-01", detainees=people[2:])
    text = band(client, "dead")
    assert text.startswith("2 of 3 died 2 died Nothing certain is known of 1 person")
    assert "0 of 3" not in text


def test_a_denial_of_custody_is_told_once(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("denied")
    make_detainee(campaign)
    make_event(campaign, Kind.FORCIBLY_DISAPPEARED, "2025-12")
    make_event(campaign, Kind.CUSTODY_DENIED, "2026-01-05", disclosure=Disclosure.DENIED)
    band, timeline = words(client.get("/campaigns/denied").text).split("Timeline", 1)
    assert "Custody denied by the authority ( since 5 January 2026 )" in band
    assert "Custody denied" in timeline
    assert "by the authority" not in timeline
