"""Whether a petition can be signed, and why not."""

from datetime import date
from enum import StrEnum

from campaigns.petitions.models import PetitionState


class WhyClosed(StrEnum):
    """Why a petition cannot be signed."""

    WON = "won"
    DELIVERED = "delivered"
    PAST_ITS_LAST_DAY = "past_its_last_day"
    CAMPAIGN_CLOSED = "campaign_closed"
    BY_ORGANISERS = "by_organisers"
    NOT_YET_OPEN = "not_yet_open"


REASONS = {
    PetitionState.WON: WhyClosed.WON,
    PetitionState.DELIVERED: WhyClosed.DELIVERED,
    PetitionState.CLOSED: WhyClosed.BY_ORGANISERS,
}


def why_closed(
    state: PetitionState,
    opens: date,
    closes: date | None,
    today: date,
    campaign_closed_on: date | None = None,
) -> WhyClosed | None:
    """Return why a petition cannot be signed on this day of its campaign's zone; None if it can.

    What organisers said of it goes first, then whatever ended it first.
    """
    reason = REASONS.get(state)
    if reason in (WhyClosed.WON, WhyClosed.DELIVERED):
        return reason
    if reason is None and closes is not None and closes < min(today, campaign_closed_on or today):
        return WhyClosed.PAST_ITS_LAST_DAY
    if campaign_closed_on is not None:
        return WhyClosed.CAMPAIGN_CLOSED
    if reason is None and today < opens:
        return WhyClosed.NOT_YET_OPEN
    return reason
