"""The numbers of a campaign's statistics page."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.dashboard.charts import Chart, draw_bars
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition
from campaigns.petitions.queries import (
    confirmed_by_day,
    count_pending,
    count_signatures,
    held_by_day,
    public_countries,
)
from campaigns.updates.models import Subscription, SubscriptionState, Update
from campaigns.updates.progress import Progress, progress_of_all
from campaigns.updates.queries import count_subscribers
from campaigns.updates.run_queries import updates_told

DAYS = 90
WEEKS = 52
UPDATES = 20


@dataclass(frozen=True, slots=True)
class SignatureFigures:
    """How many signed. In campaigns of high risk the totals alone: days could be followed."""

    online: int
    paper: int
    pending: int
    held: int
    share: int | None
    # Percent of those who signed, as far as they are still known, that have confirmed.
    days: Chart | None
    countries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a campaign's numbers; no petition, no signatures."""

    signatures: SignatureFigures | None
    updates: Sequence[tuple[Update, Progress]]
    # The latest first, with what became of their mails.
    subscribers: int
    weeks: Chart | None
    # Those who still get news, by the week (its Monday) since when.


def gather_figures(campaign: Campaign, petition: Petition | None, today: date) -> Figures:
    """Return a campaign's numbers as of a day."""
    open_about_days = campaign.mode != Mode.HIGH_RISK
    now = utcnow()
    told = updates_told(campaign.id, now, UPDATES)
    progress = progress_of_all(told, now)
    return Figures(
        signatures=_signatures(petition, today, open_about_days) if petition else None,
        updates=[(update, progress[update.id]) for update in told],
        subscribers=count_subscribers(campaign.id),
        weeks=subscribers_by_week(campaign.id, today) if open_about_days else None,
    )


def subscribers_by_week(campaign_id: int, today: date) -> Chart | None:
    """Return how many of those who get news confirmed in each week of the last year."""
    this_week = today - timedelta(days=today.weekday())
    first = this_week - timedelta(weeks=WEEKS - 1)
    confirmed_on = func.date(Subscription.confirmed_at)
    rows = db.session.execute(
        select(confirmed_on, func.count())
        .where(
            Subscription.campaign_id == campaign_id,
            Subscription.state == SubscriptionState.CONFIRMED,
        )
        .group_by(confirmed_on)
    )
    weeks: Counter[date] = Counter()
    for found, number in rows:
        # SQLite has no dates, but writes them as PostgreSQL's read.
        on = date.fromisoformat(str(found))
        weeks[on - timedelta(days=on.weekday())] += number
    if not weeks:
        return None
    first = max(first, min(weeks))
    return draw_bars([(week, weeks[week]) for week in _steps(first, this_week, 7)])


def _signatures(petition: Petition, today: date, open_about_days: bool) -> SignatureFigures:
    online, paper = count_signatures(petition.id)
    pending = count_pending(petition.id)
    held = sum(number for _, number in held_by_day(petition.id))
    known = online + held + pending
    return SignatureFigures(
        online=online,
        paper=paper,
        pending=pending,
        held=held,
        share=round(100 * (online + held) / known) if known else None,
        days=signatures_by_day(petition, today) if open_about_days and online else None,
        countries=public_countries(petition.id),
    )


def signatures_by_day(petition: Petition, today: date) -> Chart:
    """Return how many counted signatures were confirmed on each of the last 90 days."""
    first = today - timedelta(days=DAYS - 1)
    numbers = dict(confirmed_by_day(petition.id, first))
    return draw_bars([(day, numbers.get(day, 0)) for day in _steps(first, today, 1)])


def _steps(first: date, last: date, days: int) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=days)
