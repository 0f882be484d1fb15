"""The timeline as a table: spreadsheets read it rightly, and run nothing that stands in it."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from flask import Flask

from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus
from campaigns.db import db
from campaigns.public.tables import COLUMNS
from tests.factories import make_article, make_campaign, make_detainee, make_event
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES

MARK = b"\xef\xbb\xbf"


def rows(client: AuditingClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    # Spreadsheets take what has no mark for the characters of the machine.
    assert response.data.startswith(MARK)
    text = response.data.decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(StringIO(text, newline="")))


def test_every_entry_is_a_row_newest_first(app: Flask, client: AuditingClient) -> None:
    campaign = STORIES["corrected"]()
    found = rows(client, "/campaigns/corrected/timeline.csv")
    assert [it["kind"] for it in found] == ["petition_handover", "arrested"]
    handover, arrest = found
    assert tuple(handover) == COLUMNS
    assert (handover["handed over"], handover["handed to"], handover["reply"]) == (
        "640",
        "the High Commission",
        "They took note of it.",
    )
    assert (handover["handed over at least"], arrest["handed over at least"]) == ("no", "")
    assert arrest["people"] == "Zarina Example"
    assert arrest["corrections"] == "2025-02-20: The neighbour remembered the day."
    assert client.get(arrest["url"]).status_code == 200
    assert {it["id"] for it in found} == {str(event.id) for event in campaign.events}


@pytest.mark.database("sqlite")
def test_the_file_has_a_name_of_its_own(app: Flask, client: AuditingClient) -> None:
    STORIES["bare"]()
    response = client.get("/campaigns/bare/timeline.csv")
    disposition = response.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="bare-timeline.csv"'
    assert rows(client, "/campaigns/bare/timeline.csv") == []


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '"=1', ";=1"])
@pytest.mark.database("sqlite")
def test_no_cell_begins_a_formula(app: Flask, client: AuditingClient, formula: str) -> None:
    campaign = make_campaign("evil")
    person = make_detainee(campaign, f"{formula} Person")
    article = make_article(campaign, title=formula, outlet=formula)
    event = make_event(
        campaign,
        EventKind.HEARING,
        detainees=[person],
        summary=formula,
        text=formula,
        place=formula,
        proceeding=formula,
        actor_name=formula,
        sources=[article],
        hearing_starts_at=datetime(2026, 3, 5, 4, tzinfo=UTC),
        hearing_court=formula,
        hearing_status=HearingStatus.HELD,
    )
    event.sources[0].note = formula
    event.retracted_on, event.retracted_reason = date(2026, 1, 1), formula
    db.session.commit()
    (found,) = rows(client, "/campaigns/evil/timeline.csv")
    for name, cell in found.items():
        assert not cell.lstrip(' "\t;').startswith(("=", "+", "-", "@", "＝")), name
    assert formula.strip('\t";') in found["summary"]


@pytest.mark.database("sqlite")
def test_lines_and_quotes_stay_in_their_cell(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("told")
    text = 'He said "no",\nthen; left.'
    make_event(campaign, EventKind.STATEMENT, summary="زرینہ کو رہا کرو", text=text)
    (found,) = csv.DictReader(
        StringIO(client.get("/campaigns/told/timeline.csv").data.decode("utf-8-sig"), newline="")
    )
    assert (found["summary"], found["text"]) == ("زرینہ کو رہا کرو", text)


@pytest.mark.database("sqlite")
def test_where_there_is_no_campaign_there_is_no_table(app: Flask, client: AuditingClient) -> None:
    make_campaign("draft", state=CampaignState.DRAFT)
    make_campaign("gone", state=CampaignState.REMOVED)
    for slug, code in (("draft", 404), ("gone", 410)):
        response = client.get(f"/campaigns/{slug}/timeline.csv")
        assert response.status_code == code
        assert "Content-Disposition" not in response.headers
