"""The start page: one's own campaigns, and how they stand."""

import re
from datetime import date

import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.vocabulary import CampaignState
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_campaign,
    make_organiser,
    make_petition,
    make_signature,
    make_subscription,
)
from tests.fixtures.auditing import AuditingClient


def _titles(page: str) -> list[str]:
    return re.findall(r"<h2><a [^>]*><bdi>([^<]+)", page)


def test_it_lists_the_campaigns_entrusted_to_somebody(app: Flask, client: AuditingClient) -> None:
    mine = make_campaign("mine", title="Free Zarina")
    closed = make_campaign(
        "closed", title="A closed one", state=CampaignState.CLOSED, closed_on=date(2024, 5, 1)
    )
    draft = make_campaign("draft", title="Not yet public", state=CampaignState.DRAFT)
    make_campaign("other", title="Not mine")
    petition = make_petition(mine)
    for _ in range(3):
        make_signature(petition)
    make_signature(petition, confirmed=False)
    make_subscription(mine)
    make_subscription(mine, confirmed=False)
    roles = {mine: Role.EDITOR, closed: Role.OWNER, draft: Role.VIEWER}
    sign_in(client, make_organiser(roles=roles))
    page = client.get("/console").text
    assert _titles(page) == ["Free Zarina", "Not yet public", "A closed one"]
    assert "Published · 3 signatures · 1 subscriber" in page
    assert "Draft · 0 signatures · 0 subscribers" in page
    assert 'href="/console/campaigns/mine/post"' in page


@pytest.mark.database("sqlite")
def test_a_site_admin_sees_all(app: Flask, client: AuditingClient) -> None:
    for slug in ("one", "two"):
        make_campaign(slug, title=slug)
    sign_in(client, make_organiser(site_admin=True))
    assert _titles(client.get("/console").text) == ["one", "two"]


@pytest.mark.database("sqlite")
def test_whoever_has_none_is_told_what_to_do(app: Flask, client: AuditingClient) -> None:
    make_campaign("other")
    sign_in(client, make_organiser())
    page = client.get("/console").text
    assert _titles(page) == []
    assert "No campaign is entrusted to you yet." in page


@pytest.mark.parametrize(
    "path", ["", "/campaigns/mine/post", "/campaigns/mine/updates/new", "/nowhere"]
)
@pytest.mark.database("sqlite")
def test_nobody_sees_the_console_without_signing_in(
    app: Flask, client: AuditingClient, path: str
) -> None:
    make_campaign("mine")
    for answer in (client.get(f"/console{path}"), client.post(f"/console{path}", data={})):
        assert answer.status_code == 303
        assert answer.location.startswith("/login")
        assert answer.headers["Cache-Control"] == "no-store"


def test_it_leads_to_how_many_signed(app: Flask, client: AuditingClient) -> None:
    mine = make_campaign("mine")
    petition = make_petition(mine)
    make_signature(petition)
    make_signature(petition, confirmed=False)
    sign_in(client, make_organiser(roles={mine: Role.VIEWER}))
    assert 'href="/console/campaigns/mine/signatures"' in client.get("/console").text
    assert (
        "1 signature confirmed by mail, 0 on paper."
        in client.get("/console/campaigns/mine/signatures").text
    )


@pytest.mark.parametrize("address", ["/console/nowhere", "/console/campaigns/nobody/events"])
@pytest.mark.database("sqlite")
def test_an_address_of_the_console_that_leads_nowhere_says_so_in_its_frame(
    app: Flask, client: AuditingClient, address: str
) -> None:
    assert client.get(address).location == f"/login?next={address}"
    sign_in(client, make_organiser())
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert "There is nothing at this address" in answer.text
    assert "Sign out" in answer.text
    assert '<a href="/console">Back to the overview</a>' in answer.text
    outside = client.get("/nowhere")
    assert "Sign out" not in outside.text
    assert "See all campaigns" in outside.text
