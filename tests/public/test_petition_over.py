"""Why a petition cannot be signed: on the page, in the frame, and in answer to whoever signs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from campaigns.cases.vocabulary import CampaignState
from campaigns.petitions.models import PetitionState
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import words

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=True):
        yield


CLOSED_ON = date(2025, 3, 6)
WON = "This petition is closed: it was won. Thank you."
CAMPAIGN_CLOSED = "The campaign closed on 6 March 2025 : its petition can no longer be signed."


@pytest.mark.parametrize(
    ("closed_on", "fields", "says"),
    [
        (None, {"state": PetitionState.WON}, WON),
        (
            None,
            {"state": PetitionState.DELIVERED},
            "This petition is closed: it was handed over.",
        ),
        (
            None,
            {"state": PetitionState.CLOSED},
            "Its organisers closed this petition: it can no longer be signed.",
        ),
        (None, {"opens": date(2026, 3, 9)}, "This petition can be signed from 9 March 2026 on."),
        (
            None,
            {"closes": date(2026, 2, 28)},
            "This petition could be signed until 28 February 2026.",
        ),
        (CLOSED_ON, {}, CAMPAIGN_CLOSED),
        (CLOSED_ON, {"state": PetitionState.CLOSED}, CAMPAIGN_CLOSED),
        (CLOSED_ON, {"opens": date(2026, 3, 9)}, CAMPAIGN_CLOSED),
        (CLOSED_ON, {"closes": date(2025, 12, 31)}, CAMPAIGN_CLOSED),
        # What ended it first is why.
        (
            CLOSED_ON,
            {"closes": date(2025, 1, 31)},
            "This petition could be signed until 31 January 2025.",
        ),
        (CLOSED_ON, {"state": PetitionState.WON}, WON),
    ],
)
def test_it_says_why_wherever_it_could_be_signed(
    app: Flask,
    client: AuditingClient,
    closed_on: date | None,
    fields: dict[str, Any],
    says: str,
) -> None:
    state = CampaignState.CLOSED if closed_on else CampaignState.PUBLISHED
    campaign = make_campaign("over", state=state, closed_on=closed_on)
    make_petition(campaign, **fields)
    page = client.get("/campaigns/over").text
    assert says in words(page)
    assert "Agree and sign" not in page
    # Looked back at, it still cannot be signed today.
    assert says in words(client.get("/campaigns/over?as_of=2025-01-01").text)
    assert says in words(client.get("/campaigns/over/embed").text)
    answer = client.post("/campaigns/over/sign", data={"name": "A", "email": "a@example.org"})
    assert says in words(answer.text)
    assert "This petition cannot be signed now" in answer.text


@pytest.mark.parametrize("closes", [None, date(2026, 3, 1)])
def test_one_that_can_be_signed_today_says_none_of_it(
    app: Flask, client: AuditingClient, closes: date | None
) -> None:
    make_petition(make_campaign("open"), opens=date(2026, 3, 1), closes=closes)
    text = words(client.get("/campaigns/open").text)
    assert "Agree and sign" in text
    assert "signed until" not in text
    assert "can no longer" not in text
