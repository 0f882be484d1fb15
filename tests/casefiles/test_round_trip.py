"""What was corrected, retracted and withdrawn in the console travels with the case."""

import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.casefiles.operations import Outcome
from campaigns.cases.contents import EventContent
from campaigns.cases.editing import edit_event
from campaigns.cases.hearing_steps import HearingStep, take_step
from campaigns.cases.models import Campaign, Correction
from campaigns.cases.queries import find_campaign
from campaigns.cases.retracting import retract_event
from campaigns.cases.vocabulary import EventKind, HearingStatus, NamePolicy
from campaigns.db import db
from campaigns.updates.hiding import hide_campaign, set_hidden, show_campaign
from campaigns.updates.jobs import queue_corrections
from campaigns.updates.operations import tell_of_event
from campaigns.updates.purging import purge_article, purge_event
from campaigns.updates.withdrawal import withdraw_name
from tests.accounts.factories import token_of
from tests.casefiles.conftest import Import, exported
from tests.casefiles.example import full
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
)
from tests.fixtures.auditing import AuditingClient


def test_export_import_into_an_empty_instance_export_keeps_all_that_was_set_right(
    app: Flask, take_in: Import
) -> None:
    campaign = _set_right()
    first = exported("free-readers")
    told = json.loads(first)
    assert [bool(it.get("corrections")) for it in told["events"]] == [True, False]
    assert told["events"][1]["retracted"]["reason"] == "A rumour."
    assert "Canaria" not in first.replace('"name": "Shirin Canaria"', "")
    db.session.execute(delete(Campaign).where(Campaign.id == campaign.id))
    db.session.commit()
    take_in(first)
    assert exported("free-readers") == first
    # Nobody is mailed again what the case file brings along.
    queue_corrections()
    asked = select(Correction).where(Correction.mail_at.is_not(None))
    assert db.session.scalars(asked).all() == []


def test_what_is_hidden_for_a_report_stays_hidden_where_the_case_moves_to(
    app: Flask, client: AuditingClient, take_in: Import
) -> None:
    campaign = make_campaign("watched")
    event = make_event(campaign, summary="The canary flew.")
    set_hidden(campaign, event, hidden=True)
    db.session.commit()
    moved = exported("watched")
    db.session.execute(delete(Campaign).where(Campaign.id == campaign.id))
    db.session.commit()
    take_in(moved)
    assert exported("watched") == moved
    assert "canary" not in client.get("/campaigns/watched").text
    # A file from before it was hidden does not show it either.
    older = json.loads(moved)
    del older["events"][0]["hidden_at"]
    take_in(older, update=True)
    assert exported("watched") == moved
    taken_in = find_campaign("watched")
    assert taken_in
    sign_in(client, make_organiser("amina", roles={taken_in: Role.EDITOR}))
    address = f"/console/campaigns/watched/events/{taken_in.events[0].id}"
    page = client.get(address)
    assert "Show it again" in page.text
    data = {"csrf_token": token_of(page)}
    answers = [client.post(f"{address}/showing", data=data).status_code for _ in range(2)]
    assert answers == [303, 303]
    shown = select(AuditEntry).where(AuditEntry.action == Action.REPORTED_SHOWN)
    assert len(db.session.scalars(shown).all()) == 1
    assert "canary" in client.get("/campaigns/watched").text
    assert "Show it again" not in client.get(address).text


def test_the_steps_of_a_hearing_come_back_as_steps(app: Flask, take_in: Import) -> None:
    campaign = make_campaign("free-readers")
    make_detainee(campaign)
    hearing = make_event(
        campaign,
        EventKind.HEARING,
        "2024-03-01",
        hearing_starts_at=datetime(2024, 3, 1, 5, tzinfo=UTC),
        hearing_court="Sessions Court",
        hearing_status="scheduled",
    )
    report = make_article(campaign)
    for step in (
        HearingStep(status=HearingStatus.ADJOURNED, outcome="The judge was ill.", source=report),
        HearingStep(status=HearingStatus.HELD, starts_at=datetime(2024, 3, 9, 5, tzinfo=UTC)),
    ):
        take_step(campaign, hearing, step, version=hearing.version, organiser_id=1)
    db.session.commit()
    first = exported("free-readers")
    steps = json.loads(first)["events"][0]["corrections"]
    assert [it["note"] for it in steps] == ["", ""]
    assert [it["was"]["hearing"]["status"] for it in steps] == ["scheduled", "adjourned"]
    db.session.execute(delete(Campaign).where(Campaign.id == campaign.id))
    db.session.commit()
    take_in(first)
    assert exported("free-readers") == first


def _set_right() -> Campaign:
    """A campaign in which everything that can be set right was."""
    campaign = make_campaign("free-canaria", title="Free Shirin Canaria")
    shirin = make_detainee(campaign, "Shirin Canaria")
    articles = [make_article(campaign) for _ in range(2)]
    mended = make_event(campaign, sources=articles, ref="canaria")
    false, dangerous = (make_event(campaign, EventKind.RELEASED, "2024-05-01") for _ in range(2))
    tell_of_event(campaign, mended, "It happened.")
    content = EventContent(
        kind=mended.kind, date_edtf="2024-03-02", summary="Shirin Canaria was taken the day after."
    )
    version, note = mended.version, "It was the day after."
    edit_event(campaign, mended, content, version=version, note=note, organiser_id=1, mail=True)
    retract_event(campaign, false, reason="A rumour.", version=false.version, organiser_id=1)
    purge_event(campaign, dangerous)
    purge_article(campaign, campaign.articles[0])
    make_petition(campaign)
    withdraw_name(
        campaign,
        shirin,
        others=["Canaria"],
        policy=NamePolicy.WITHHELD,
        replacement="a reader",
        slug="free-readers",
    )
    db.session.commit()
    return campaign


@pytest.mark.parametrize("state", ["published", "archived"])
def test_a_file_from_before_a_whole_campaign_was_hidden_does_not_show_it(
    client: AuditingClient, take_in: Import, state: str
) -> None:
    content = full()
    content["campaign"] |= {"state": state, "closed_on": "2024-06-01"}
    if state == "published":
        content["campaign"]["closed_on"] = None
    campaign = take_in(content).campaign
    hide_campaign(campaign)
    db.session.commit()
    before, since = exported(), campaign.archived_at
    assert take_in(content, update=True).outcome == Outcome.UNCHANGED
    content["campaign"]["title"] = "Free them all"
    take_in(content, update=True)
    assert client.get("/campaigns/free-amal").status_code == 410
    assert exported() != before
    show_campaign(campaign)
    db.session.commit()
    assert (campaign.state, campaign.archived_at) == (state, since)
    assert client.get("/campaigns/free-amal").status_code == 200
