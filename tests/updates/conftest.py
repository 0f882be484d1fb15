"""A campaign with subscribers, and a clock that stands still in the middle of a day."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.db import utcnow
from tests.factories import make_campaign

Deliver = Callable[[], int]


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    """Noon, tomorrow: days end only when a test says so."""
    noon = utcnow().replace(hour=12, minute=0) + timedelta(days=1)
    with time_machine.travel(noon, tick=False) as traveller:
        yield traveller


@pytest.fixture
def campaign(app: Flask, clock: time_machine.Traveller) -> Campaign:
    return make_campaign()
