"""A form sent twice makes one entry, and never swallows another text."""

import re
from typing import Any

import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.dates import parse_edtf
from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import TokenUsed, record_event
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db
from tests.accounts.factories import sign_in, token_of
from tests.factories import (
    ORGANISER_PASSWORD,
    make_article,
    make_campaign,
    make_detainee,
    make_organiser,
)
from tests.fixtures.auditing import AuditingClient

TOKEN = "0123456789abcdef" * 2


def record(campaign: Campaign, **changed: Any) -> Event:
    entry = {
        "token": TOKEN,
        "kind": EventKind.PROTEST,
        "when": parse_edtf("2024-03-01"),
        "summary": "Two hundred came.",
        "detainees": [],
    }
    return record_event(campaign, **{**entry, **changed})


def test_the_same_entry_sent_twice_is_made_once(app: Flask) -> None:
    campaign = make_campaign()
    zarina, article = make_detainee(campaign), make_article(campaign)
    first = record(campaign, detainees=[zarina], source=article)
    db.session.commit()
    assert record(campaign, detainees=[zarina], source=article) is first
    db.session.commit()
    assert db.session.query(Event).count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": EventKind.ARRESTED},
        {"when": parse_edtf("2024-03-02")},
        {"summary": "Nobody came."},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_entry_with_a_used_token_is_refused(app: Flask, changed: dict[str, Any]) -> None:
    campaign = make_campaign()
    record(campaign)
    with pytest.raises(TokenUsed):
        record(campaign, **changed)


def test_other_people_or_another_source_make_another_entry(app: Flask) -> None:
    campaign = make_campaign()
    record(campaign)
    with pytest.raises(TokenUsed):
        record(campaign, detainees=[make_detainee(campaign)])
    db.session.rollback()
    with pytest.raises(TokenUsed):
        record(campaign, source=make_article(campaign))


def test_a_token_of_another_campaign_is_refused(app: Flask) -> None:
    record(make_campaign())
    with pytest.raises(TokenUsed):
        record(make_campaign())


def test_the_console_keeps_the_other_text_and_posts_it_when_asked_again(
    client: AuditingClient,
) -> None:
    campaign = make_campaign()
    make_organiser("amina", roles={campaign: Role.EDITOR})
    sign_in(client, "amina", ORGANISER_PASSWORD)
    address = f"/console/campaigns/{campaign.slug}/post"
    data = {"token": TOKEN, "kind": "protest", "date": "2024-03-01", "summary": "Many came."}
    data["csrf_token"] = token_of(client.get(address))
    assert client.post(address, data=data).status_code == 303
    assert client.post(address, data=data).status_code == 303
    refused = client.post(address, data=data | {"summary": "Nobody came."})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "This form was sent before with another text" in page
    assert "Nobody came." in page
    renewed = re.search(r'name="token"[^>]*value="([0-9a-f]{32})"', page)
    assert renewed
    assert renewed[1] != TOKEN
    again = data | {"summary": "Nobody came.", "token": renewed[1]}
    assert client.post(address, data=again).status_code == 303
    summaries = {event.summary for event in db.session.query(Event)}
    assert summaries == {"Many came.", "Nobody came."}
