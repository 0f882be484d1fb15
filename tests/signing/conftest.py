"""A campaign that can be signed, and a clock that stands still in the middle of a day."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.db import utcnow
from campaigns.petitions.models import Petition
from tests.factories import make_campaign, make_petition


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    """Noon, tomorrow: days end only when a test says so."""
    noon = utcnow().replace(hour=12, minute=0) + timedelta(days=1)
    with time_machine.travel(noon, tick=False) as traveller:
        yield traveller


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign()


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)
