"""A campaign for two, with an editor signed in."""

import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
)
from tests.fixtures.auditing import AuditingClient


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign for two, and one of its editors signed in."""
    campaign = make_campaign("watched")
    make_detainee(campaign)
    make_detainee(campaign, "Karim Example")
    report = make_article(campaign)
    make_event(campaign, EventKind.ARRESTED, "2024-03-01", sources=[report])
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    return campaign
