"""Keeping a petition's count, its goals and its numbers by country."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, update

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, insert_into, prepared, utcnow
from campaigns.petitions.countries import follow_countries, is_worth_counting
from campaigns.petitions.models import CountryTally, GoalReached, Petition, Tally
from campaigns.petitions.queries import (
    count_signatures,
    goals_reached,
    lock_tally,
    numbers_by_country,
)

TALLIES = cast("Table", Tally.__table__)


def count_in(petition_id: int, signatures: int = 1) -> int:
    """Add confirmed signatures to a petition's tally, and record the goals it reaches by them.

    Returns the tally after it. Call it last, because everybody who confirms waits for this one row.
    """
    tally = _count_in.first({"petition": petition_id, "signatures": signatures})
    if tally is None:
        raise LookupError("The petition has no tally.")
    if tally.goal_due is not None and tally.online >= tally.goal_due:
        record_goals(petition_id)
    online: int = tally.online
    return online


def record_goals(petition_id: int) -> None:
    """Record each goal the count has reached, those jumped over too, and when the next is due.

    A goal at exactly the count is reached. One that was reached stays so when the count falls. To
    be called whenever goals, paper batches or the tally change otherwise than by `count_in`.
    """
    db.session.flush()
    tally = lock_tally(petition_id)
    goals = db.session.get_one(Petition, petition_id).goals
    online, paper = count_signatures(petition_id)
    today = utcnow().date()
    if reached := [goal for goal in goals if goal <= online + paper]:
        db.session.execute(
            insert_into(GoalReached).on_conflict_do_nothing(),
            [{"petition_id": petition_id, "goal": it, "reached_on": today} for it in reached],
        )
    recorded = goals_reached(petition_id)
    tally.goal_due = min((goal - paper for goal in goals if goal not in recorded), default=None)
    db.session.flush()


def record_countries(petition_id: int, counted: Mapping[str | None, int]) -> None:
    """Let a petition's numbers by country follow what was counted; None stands for no country."""
    total = sum(counted.values())
    petition = db.session.get_one(Petition, petition_id)
    campaign = db.session.get_one(Campaign, petition.campaign_id)
    # Before the tally, for which everybody who confirms waits.
    touch(campaign)
    db.session.refresh(petition)
    db.session.refresh(campaign)
    tally = lock_tally(petition_id)
    if campaign.mode == Mode.HIGH_RISK or petition.signatures_purged:
        # Since they were counted.
        return
    if not is_worth_counting(total, tally.countries_of):
        return
    numbers = follow_countries(
        {country: number for country, number in counted.items() if country},
        numbers_by_country(petition_id),
        grown=total - tally.countries_of,
    )
    forget_countries(petition_id)
    db.session.add_all(
        CountryTally(petition_id=petition_id, country=country, number=number)
        for country, number in numbers.items()
    )
    tally.countries_of = total
    db.session.flush()


def forget_countries(petition_id: int) -> None:
    """Delete a petition's numbers by country."""
    db.session.execute(
        delete(CountryTally)
        .where(CountryTally.petition_id == petition_id)
        .execution_options(synchronize_session=False)
    )


@prepared
def _count_in() -> Any:
    return (
        update(TALLIES)
        .where(TALLIES.c.petition_id == bindparam("petition"))
        .values(online=TALLIES.c.online + bindparam("signatures"))
        .returning(TALLIES.c.online, TALLIES.c.goal_due)
    )
