"""Narrowing and ordering the list of campaigns, and the numbers above it."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.cases.vocabulary import Custody
from campaigns.public.snapshot import CampaignSnapshot

PAGE_LENGTH = 20
HEARING_SOON = timedelta(days=7)
STILL_NEWS = timedelta(hours=48)
MOST_NEWS = 5
FLED = (Custody.ESCAPED, Custody.EXILED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor narrows the list to; empty texts narrow nothing."""

    text: str = ""
    status: str = ""
    # A field of `Totals`: at least one detainee must be so.
    country: str = ""
    language: str = ""
    sort: str = "updated"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How everybody is: each detainee of each campaign is counted in one of these, and once."""

    held: int
    # In open campaigns only: a closed one no longer knows.
    last_held: int
    # When their campaign closed.
    released: int
    # On bail and on conditions too.
    fled: int
    # Escaped, or in exile.
    dead: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list, and what stands above it."""

    campaigns: Sequence[CampaignSnapshot]
    page: int
    pages: int
    reckoning: Reckoning
    soon: Sequence[CampaignSnapshot]
    # With a hearing within seven days, the soonest first.
    news: Sequence[CampaignSnapshot]
    # With an entry published within 48 hours, the five newest.


def list_campaigns(campaigns: Sequence[CampaignSnapshot], wanted: Wanted, now: datetime) -> Listing:
    """Return the page of the list a visitor asked for; one past the end is the last."""
    found = sorted((it for it in campaigns if _matches(it, wanted)), key=_sort_key(wanted.sort))
    pages = max(1, -(-len(found) // PAGE_LENGTH))
    page = min(max(1, wanted.page), pages)
    open_ones = [campaign for campaign in campaigns if not campaign.closed]
    return Listing(
        campaigns=found[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH],
        page=page,
        pages=pages,
        reckoning=_reckon(campaigns),
        soon=_with_hearing(open_ones, now),
        news=_with_news(open_ones, now),
    )


def _reckon(campaigns: Sequence[CampaignSnapshot]) -> Reckoning:
    all_totals = [campaign.totals for campaign in campaigns]
    held = sum(campaign.totals.held for campaign in campaigns if not campaign.closed)
    fled = sum(
        detainee.status.custody.value in FLED
        for campaign in campaigns
        for detainee in campaign.detainees
    )
    return Reckoning(
        held=held,
        last_held=sum(totals.held for totals in all_totals) - held,
        released=sum(totals.free for totals in all_totals) - fled,
        fled=fled,
        dead=sum(totals.dead for totals in all_totals),
        unknown=sum(totals.unknown for totals in all_totals),
    )


def _with_hearing(campaigns: Sequence[CampaignSnapshot], now: datetime) -> list[CampaignSnapshot]:
    """Return the campaigns with a hearing soon, the soonest first."""
    found = [
        (campaign.next_hearing.starts_at, campaign.slug, campaign)
        for campaign in campaigns
        if campaign.next_hearing and campaign.next_hearing.starts_at - now <= HEARING_SOON
    ]
    return [campaign for _, _, campaign in sorted(found, key=lambda it: it[:2])]


def _with_news(campaigns: Sequence[CampaignSnapshot], now: datetime) -> list[CampaignSnapshot]:
    """Return the campaigns with an entry published lately, the newest first, a few at most."""
    found = []
    for campaign in campaigns:
        newest = campaign.newest_entry
        if newest and now - newest.published_at <= STILL_NEWS:
            found.append((newest.published_at, campaign))
    newest_first = sorted(found, key=lambda it: it[0], reverse=True)[:MOST_NEWS]
    return [campaign for _, campaign in newest_first]


def _matches(campaign: CampaignSnapshot, wanted: Wanted) -> bool:
    if wanted.status and not getattr(campaign.totals, wanted.status):
        return False
    if wanted.country and campaign.country != wanted.country:
        return False
    if wanted.language and wanted.language not in campaign.languages:
        return False
    return not wanted.text or all(
        word in _searchable(campaign) for word in _fold(wanted.text).split()
    )


def _searchable(campaign: CampaignSnapshot) -> str:
    names = [
        f"{detainee.person.name} {detainee.person.name_romanised or ''}"
        for detainee in campaign.detainees
    ]
    parts = (campaign.title, campaign.summary, campaign.demand, campaign.country_name)
    return _fold(" ".join((*parts, *campaign.tags, *names)))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _sort_key(sort: str) -> Callable[[CampaignSnapshot], tuple[object, ...]]:
    keys: dict[str, Callable[[CampaignSnapshot], tuple[object, ...]]] = {
        "days": lambda it: (-_longest_days(it), it.slug),
        "signatures": lambda it: (-(it.petition.count if it.petition else 0), it.slug),
        "title": lambda it: (_fold(it.title), it.slug),
    }
    return keys.get(sort, lambda it: (it.closed, -it.updated_at.timestamp(), it.slug))


def _longest_days(campaign: CampaignSnapshot) -> int:
    return max(
        (it.status.days.current.max for it in campaign.detainees if it.status.days.current),
        default=-1,
    )
