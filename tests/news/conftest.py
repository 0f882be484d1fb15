"""A campaign with subscribers, one of its editors signed in, and a clock that can be set."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_detainee, make_organiser, make_subscription
from tests.fixtures.auditing import AuditingClient

NOON = datetime(2031, 3, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def campaign(app: Flask, client: AuditingClient, clock: time_machine.Traveller) -> Campaign:
    """A campaign in Karachi with a detainee and a subscriber."""
    campaign = make_campaign("watched", title="Free Zarina")
    make_detainee(campaign)
    make_subscription(campaign, "amal@example.org")
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return campaign
