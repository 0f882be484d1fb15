"""Organisers' browsers on the pages of teams."""

import re

from flask import Flask
from werkzeug.test import TestResponse

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.fixtures.auditing import AuditingClient

LINK = re.compile(r"<code[^>]*>http[^<]*(/invitation/[^<\s]+)</code>")


def browser_of(app: Flask, organiser: Organiser) -> AuditingClient:
    """A browser somebody is signed in with."""
    client = app.test_client()
    assert isinstance(client, AuditingClient)
    sign_in(client, organiser)
    return client


def send(client: AuditingClient, address: str, **fields: str) -> TestResponse:
    """Press a button of the console, whether a page offers it or not."""
    token = token_of(client.get("/console"))
    return client.post(address, data={"csrf_token": token, **fields})


def team_of(campaign: Campaign, organiser: Organiser | None = None, what: str = "") -> str:
    """The address of a campaign's team, of somebody in it, and of what is done with them."""
    address = f"/console/campaigns/{campaign.slug}/team"
    return f"{address}/{organiser.id}/{what}" if organiser else address


def link_on(page: TestResponse) -> str:
    """The link a page shows once."""
    found = LINK.search(page.text)
    assert found, "no link is shown"
    return found[1]
