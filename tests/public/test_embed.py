"""The frame other sites put on their pages."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES, words

LARGEST = 15_000


@pytest.mark.database("sqlite")
def test_it_counts_and_leads_to_signing(app: Flask, client: AuditingClient) -> None:
    petition = make_petition(make_campaign("framed", title="Free Zarina"))
    base = app.extensions["settings"].base_url
    assert "Be among the first to sign." in words(client.get("/campaigns/framed/embed").text)
    make_signature(petition)
    expire_finished()
    page = client.get("/campaigns/framed/embed").text
    assert "Free Zarina" in page
    assert "1 person has signed Next goal: 100" in words(page)
    assert f'href="{base}/campaigns/framed#sign" target="_blank" rel="noopener"' in page
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.database("sqlite")
def test_it_is_small_whatever_the_case(app: Flask, client: AuditingClient, story: str) -> None:
    campaign = STORIES[story]()
    page = client.get(f"/campaigns/{campaign.slug}/embed")
    assert len(page.data) < LARGEST / 3
    css = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    sent = FlaskClient(app, TestResponse).get(
        css, headers={"Accept-Encoding": "gzip, br"}, base_url=page.request.host_url
    )
    assert len(page.data) + len(sent.data) <= LARGEST


@pytest.mark.database("sqlite")
def test_a_closed_one_says_so(app: Flask, client: AuditingClient) -> None:
    STORIES["closed"]()
    text = words(client.get("/campaigns/closed/embed").text)
    assert "The campaign closed on 6 March 2025 : its petition can no longer be signed." in text
    assert "Read the case" in text


@pytest.mark.database("sqlite")
def test_one_taken_down_says_so_in_its_frame(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("removed", title="Free Zarina", state=CampaignState.REMOVED)
    response = client.get("/campaigns/removed/embed")
    assert response.status_code == 410
    assert "This campaign was taken down." in response.text
    assert "Zarina" not in response.text
    assert "frame-ancestors *" in response.headers["Content-Security-Policy"]
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    assert client.get("/campaigns/removed/embed").status_code == 404
