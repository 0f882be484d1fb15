"""Whatever an organiser changes, what it said on each day before can be read again."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from flask import Flask

from campaigns.cases.contents import NOT_CORRECTED, EventContent, SourceContent, event_as_written
from campaigns.cases.editing import edit_event, enter_event
from campaigns.cases.models import Campaign, Event
from campaigns.cases.readings import as_read_on
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    Stance,
    StateLink,
)
from campaigns.db import db
from tests.factories import make_article, make_campaign, make_detainee

BEGUN = datetime(2025, 3, 1, 9, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Karachi")


def contents(campaign: Campaign) -> list[EventContent]:
    """One entry after another, each unlike the one before in nearly everything."""
    amal, badr = make_detainee(campaign, "Amal Person"), make_detainee(campaign, "Badr Person")
    first, second = make_article(campaign), make_article(campaign)
    return [
        EventContent(kind=EventKind.ARRESTED, date_edtf="", summary="Something happened."),
        EventContent(
            kind=EventKind.HEARING,
            date_edtf="2025-04-02",
            summary="A day in court is set.",
            people=(amal,),
            proceeding="FIR 1",
            actor_name="The court",
            actor_kind=ActorKind.COURT,
            actor_state_link=StateLink.YES,
            hearing_starts_at=BEGUN + timedelta(days=32),
            hearing_court="Sessions Court",
            hearing_status=HearingStatus.SCHEDULED,
            cited=(SourceContent(article=first, stance=Stance.MENTIONS, note="Page 2."),),
        ),
        EventContent(
            kind=EventKind.PETITION_HANDOVER,
            date_edtf="2025-03~",
            summary="Signatures are handed over.",
            text="**Many** came.",
            people=(badr,),
            place="Lahore",
            disclosure=Disclosure.DENIED,
            by=AppealBy.OTHER,
            confidence=Confidence.POSSIBLE,
            handover_count=12,
            handover_at_least=True,
            handover_to="the Minister",
            handover_reply="None.",
            cited=(SourceContent(article=second), SourceContent(article=first)),
        ),
        EventContent(kind=EventKind.OTHER, date_edtf="2025", summary="Nothing is known after all."),
    ]


def told(event: Event) -> dict[str, Any]:
    written = event_as_written(event, ZONE)
    return {name: value for name, value in written.items() if name not in NOT_CORRECTED}


def test_each_day_reads_as_it_read_on_that_day(app: Flask) -> None:
    campaign = make_campaign("mended", published_at=BEGUN - timedelta(days=1))
    stages = contents(campaign)
    readings: list[tuple[date, dict[str, Any]]] = []
    with time_machine.travel(BEGUN, tick=False):
        event = enter_event(campaign, stages[0], token="a-token-of-a-form", organiser_id=1)
        readings.append((BEGUN.date(), told(event)))
    for number, content in enumerate(stages[1:], start=1):
        at = BEGUN + timedelta(days=2 * number)
        with time_machine.travel(at, tick=False):
            edit_event(
                campaign,
                event,
                content,
                version=event.version,
                note="We know more.",
                organiser_id=1,
            )
        readings.append((at.date(), told(event)))
    db.session.commit()
    assert all(one != other for (_, one), (_, other) in pairwise(readings))
    people = {it.ref: it for it in campaign.detainees}
    articles = {it.ref: it for it in campaign.articles}
    for day, reading in readings:
        for later in (0, 1):
            earlier = as_read_on(
                event, day + timedelta(days=later), people=people, articles=articles
            )
            assert told(earlier) == reading
            assert earlier not in db.session or earlier is event
    assert not db.session.dirty
    assert not db.session.new
