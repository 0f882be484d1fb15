"""Countries are told so that nobody's can be found out, from one version or from all of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.countries import (
    countries_to_tell,
    follow_countries,
    is_worth_counting,
)
from campaigns.petitions.jobs import count_countries
from campaigns.petitions.models import Petition, Signature, SignatureState
from campaigns.petitions.tallies import count_in
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient

NONE = ""
# Whoever gave no country.
Counts = Mapping[str, int]
# Who came (and who went, below nought) in a day, by country; small and great numbers, and those
# around every border.
NUMBERS = st.one_of(
    st.integers(0, 3), st.integers(7, 12), st.integers(17, 32), st.integers(95, 110)
)
DAY = st.dictionaries(st.sampled_from(["DE", "GB", "IR", "PK", "TR", NONE]), NUMBERS)
DAYS = st.lists(st.tuples(DAY, DAY), min_size=1, max_size=8)


class Version:
    """What is told after a day, and what was true then."""

    def __init__(self, told: Counts, counts: Counts) -> None:
        self.told, self.counts, self.total = told, dict(counts), sum(counts.values())


NOTHING = Version({}, {})


def versions_of(days: Iterable[tuple[Counts, Counts]]) -> list[Version]:
    """Let days pass, and keep each version that is told."""
    counts: Counter[str] = Counter()
    numbers: dict[str, int] = {}
    told = [NOTHING]
    for coming, going in days:
        counts.update(coming)
        counts -= Counter(going)
        # Counter keeps none below nought.
        total, before = counts.total(), told[-1].total
        if is_worth_counting(total, before):
            given_only = {country: number for country, number in counts.items() if country}
            numbers = follow_countries(given_only, numbers, grown=total - before)
            told.append(Version(countries_to_tell(numbers, total), counts))
    return told[1:]


def what_is_told(days: Iterable[tuple[Counts, Counts]]) -> list[tuple[Counts, int]]:
    return [(it.told, it.total) for it in versions_of(days)]


@given(DAYS)
def test_numbers_are_rounded_and_leave_enough_untold(days: list[tuple[Counts, Counts]]) -> None:
    for version in versions_of(days):
        assert all(number >= 20 and number % 10 == 0 for number in version.told.values())
        assert not version.told or version.total - sum(version.told.values()) >= 20


@given(DAY)
def test_while_nobody_leaves_no_country_is_told_greater_than_it_is(day: Counts) -> None:
    for version in versions_of([(day, {})] * 4):
        assert all(number <= version.counts[it] for it, number in version.told.items())


@given(DAYS)
def test_a_country_that_was_never_told_reads_like_no_country(
    days: list[tuple[Counts, Counts]],
) -> None:
    """Its size cannot be derived: had its people given no country, all would read the same."""
    nobody: Counts = {}
    growing = [(coming, nobody) for coming, _ in days]
    small = {
        country
        for country in ("DE", "GB", "IR", "PK", "TR")
        if sum(coming.get(country, 0) for coming, _ in days) < 20
    }
    for country in small:
        others = [(_without(coming, country), nobody) for coming, _ in days]
        assert what_is_told(others) == what_is_told(growing)


@given(st.lists(DAY, min_size=1, max_size=8))
def test_nobody_who_came_is_shown_to_be_of_a_country(days: list[Counts]) -> None:
    """Whoever reads every version, and sees everybody come, cannot tell for one of them."""
    for before, after in pairwise([NOTHING, *versions_of((day, {}) for day in days)]):
        for country in after.told:
            surely_came = after.told[country] - _most(before, country)
            assert surely_came < after.total - before.total


@given(DAYS)
def test_when_some_go_and_others_come_numbers_follow_the_total_alone(
    days: list[tuple[Counts, Counts]],
) -> None:
    """A few who go while many come, or come while many go, move no number their way."""
    for before, after in pairwise(versions_of(days)):
        grown = after.total - before.total
        for country in before.told.keys() & after.told.keys():
            risen = after.told[country] - before.told[country]
            assert min(grown + 10, 0) <= risen <= max(grown - 10, 0)


@given(DAYS)
def test_one_version_and_the_next_lie_twenty_apart(days: list[tuple[Counts, Counts]]) -> None:
    for before, after in pairwise([NOTHING, *versions_of(days)]):
        assert abs(after.total - before.total) >= 20


def _most(version: Version, country: str) -> int:
    """How many of a country there can be at most, for all that a version tells."""
    if country in version.told:
        return version.told[country] + 9
    untold = version.total - sum(version.told.values())
    least_told = min(version.told.values(), default=untold)
    # It may have been too many of too few to be told.
    kept_back = [it for it in range(20, least_told + 1, 10) if 0 <= untold - it < 20]
    return min(max(kept_back) + 9, untold) if kept_back else 19


def _without(coming: Counts, country: str) -> Counts:
    moved = coming.get(country, 0)
    rest = {name: number for name, number in coming.items() if name != country}
    return rest | {NONE: rest.get(NONE, 0) + moved}


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


def signed(
    petition: Petition,
    number: int,
    country: str | None = None,
    state: SignatureState = SignatureState.CONFIRMED,
) -> None:
    """Have many sign at once; what they seal does not matter here."""
    db.session.add_all(
        Signature(
            petition_id=petition.id,
            state=state,
            email_index=uuid4().bytes,
            sealed_details=b"sealed",
            show_name=False,
            hand_over=False,
            updates=False,
            consent_version=CONSENT_VERSION,
            country=country,
        )
        for _ in range(number)
    )
    db.session.flush()
    if state == SignatureState.CONFIRMED:
        count_in(petition.id, number)
    db.session.commit()


def told(client: AuditingClient) -> dict[str, int] | None:
    """Countries as anybody can read them."""
    expire_finished()
    petition = client.get("/campaigns/free-amal.json").json["petition"]  # type: ignore[index]
    countries: dict[str, int] | None = petition.get("countries")
    return countries


def test_they_follow_once_the_worker_has_counted(
    client: AuditingClient, petition: Petition
) -> None:
    signed(petition, 45, "PK")
    signed(petition, 29, "GB")
    signed(petition, 19, "DE")
    signed(petition, 5)
    assert told(client) is None
    count_countries()
    assert told(client) == {"PK": 40, "GB": 20}
    page = client.get("/campaigns/free-amal").text
    assert "Where they signed from" in page
    assert "Pakistan" in page
    assert "Germany" not in page.split("Where they signed from")[1].split("</details>")[0]


def test_the_latest_signer_moves_no_number(client: AuditingClient, petition: Petition) -> None:
    signed(petition, 49, "PK")
    signed(petition, 30)
    count_countries()
    before = told(client)
    signed(petition, 1, "PK")
    count_countries()
    assert told(client) == before == {"PK": 40}


def test_they_follow_again_once_twenty_more_came(
    client: AuditingClient, petition: Petition
) -> None:
    signed(petition, 49, "PK")
    signed(petition, 30)
    count_countries()
    signed(petition, 25, "PK")
    signed(petition, 10)
    count_countries()
    assert told(client) == {"PK": 60}
    signed(petition, 60)
    count_countries()
    assert told(client) == {"PK": 70}


@pytest.mark.parametrize("state", [SignatureState.PENDING, SignatureState.HELD])
def test_only_those_who_count_are_counted(
    client: AuditingClient, petition: Petition, state: SignatureState
) -> None:
    signed(petition, 19, "PK")
    signed(petition, 60)
    signed(petition, 30, "PK", state=state)
    count_countries()
    assert told(client) is None


def test_a_single_great_country_is_not_told(client: AuditingClient, petition: Petition) -> None:
    signed(petition, 200, "PK")
    signed(petition, 9, "GB")
    count_countries()
    assert told(client) is None


def test_high_risk_campaigns_tell_none(client: AuditingClient, app: Flask) -> None:
    petition = make_petition(make_campaign("free-amal", mode=Mode.HIGH_RISK))
    signed(petition, 50, "PK")
    signed(petition, 50)
    count_countries()
    assert told(client) is None


def test_none_is_told_once_its_campaign_is_of_high_risk(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    signed(petition, 50, "PK")
    signed(petition, 50)
    count_countries()
    assert told(client) == {"PK": 50}
    campaign.mode = Mode.HIGH_RISK
    campaign.version += 1
    assert told(client) is None


def test_no_more_are_told_than_are_left(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    signed(petition, 50, "PK")
    signed(petition, 50)
    count_countries()
    db.session.execute(delete(Signature).where(Signature.country.is_(None)))
    count_in(petition.id, -50)
    db.session.execute(delete(Signature))
    count_in(petition.id, -50)
    assert told(client) is None
    count_countries()
    assert told(client) is None
