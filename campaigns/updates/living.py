"""What living numbers stand for right now: the same as on the campaign's page."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from campaigns.cases.queries import is_visible, load_whole_case
from campaigns.cases.standing import next_hearing, take_standings
from campaigns.db import utcnow
from campaigns.petitions.queries import count_signatures, petition_of
from campaigns.updates.models import Update
from campaigns.updates.numbers import LivingNumbers, asks_for_numbers, days_of


def numbers_for(campaign_id: int, updates: Iterable[Update]) -> LivingNumbers | None:
    """Return a campaign's living numbers, None when no text of these updates asks for any."""
    if not any(asks_for_numbers(text) for update in updates for text in texts_of(update)):
        return None
    return living_numbers(campaign_id)


def living_numbers(campaign_id: int) -> LivingNumbers:
    """Return a campaign's living numbers."""
    campaign, now = load_whole_case(campaign_id), utcnow()
    hearing = None
    if campaign.closed_on is None:
        hearing = next_hearing([it for it in campaign.events if is_visible(it, now)], now)
    starts_at = hearing.hearing_starts_at if hearing else None
    petition = petition_of(campaign_id)
    return LivingNumbers(
        days=days_of(standing.status for standing in take_standings(campaign, now)),
        next_hearing=starts_at.astimezone(ZoneInfo(campaign.timezone)) if starts_at else None,
        signatures=sum(count_signatures(petition.id)) if petition else 0,
    )


def texts_of(update: Update) -> Iterable[str]:
    """Yield every text of an update, in every language it is written in."""
    yield update.title
    yield update.text
    for words in update.translations.values():
        yield from words.values()
