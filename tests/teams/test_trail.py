"""Reading the audit trail, and what stands in it."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.accounts.trail import PAGE_LENGTH
from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.petitions.models import PublicSigner
from campaigns.teams.wording import ACTIONS, action_in_words
from campaigns.updates.jobs import purge
from tests.factories import make_campaign, make_organiser, make_petition, make_signature
from tests.factories.petitions import long_ago
from tests.fixtures.auditing import AuditingClient
from tests.teams.pages import browser_of, send

NUMBER = re.compile(r"no\. (\d+)")
SITE = "/console/audit"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("ours")


@pytest.fixture
def owner(app: Flask, campaign: Campaign) -> AuditingClient:
    return browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))


@pytest.fixture
def admin(app: Flask) -> AuditingClient:
    return browser_of(app, make_organiser("admin", site_admin=True))


def write(*actions: Action, campaign: Campaign | None = None, **fields: object) -> None:
    """Have something done."""
    for action in actions:
        record_entry(action, campaign_id=campaign.id if campaign else None, **fields)  # type: ignore[arg-type]
        db.session.commit()


def shown(client: AuditingClient, address: str) -> list[int]:
    """The numbers of the entries on a page, from its beginning."""
    answer = client.get(address)
    assert answer.status_code == 200
    return [int(number) for number in NUMBER.findall(answer.text)]


def table(client: AuditingClient, address: str) -> list[dict[str, str]]:
    """The rows of a table."""
    answer = client.get(address, buffered=True)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_there_are_words_for_every_action_and_one_nobody_knows_stays(app: Flask) -> None:
    assert set(ACTIONS) == set(Action)
    with app.test_request_context("/console"):
        assert action_in_words("signed_in") == "Signed in"
        assert action_in_words("danced") == "danced"


def test_the_newest_entries_come_first_a_page_at_a_time(
    app: Flask, campaign: Campaign, owner: AuditingClient, admin: AuditingClient
) -> None:
    before = db.session.scalar(select(AuditEntry.number).order_by(AuditEntry.number.desc())) or 0
    write(*[Action.EVENT_RECORDED] * (PAGE_LENGTH + 3), campaign=campaign)
    last = before + PAGE_LENGTH + 3
    address = "/console/campaigns/ours/audit"
    assert shown(owner, address) == list(range(last, last - PAGE_LENGTH, -1))
    assert shown(owner, f"{address}?page=2") == [before + 3, before + 2, before + 1]
    assert len(table(owner, f"{address}.csv")) == PAGE_LENGTH + 3
    assert shown(admin, SITE)[0] >= last


def test_the_list_and_its_table_are_narrowed_alike(
    app: Flask, campaign: Campaign, owner: AuditingClient, admin: AuditingClient
) -> None:
    other = make_campaign("theirs")
    bilal = make_organiser("bilal")
    db.session.execute(delete(AuditEntry))
    days = (datetime(2024, 3, day, 23, 59, 59, tzinfo=UTC) for day in (1, 2, 3))
    for number, day in enumerate(days):
        with time_machine.travel(day, tick=False):
            write(Action.EVENT_RECORDED, campaign=(campaign, other, campaign)[number])
            write(Action.ROLE_GIVEN, organiser_id=bilal.id)
    cases: dict[str, list[str]] = {
        "action=role_given": ["role_given"] * 3,
        f"organiser={bilal.id}": ["role_given"] * 3,
        f"campaign={other.id}": ["event_recorded"],
        "since=2024-03-03": ["role_given", "event_recorded"],
        "until=2024-03-01": ["role_given", "event_recorded"],
        "since=2024-03-02&until=2024-03-02": ["role_given", "event_recorded"],
        "since=2024-03-02&until=2024-03-02&action=role_given": ["role_given"],
        "until=9999-12-31&since=0001-01-01": ["role_given", "event_recorded"] * 3,
    }
    for asked, expected in cases.items():
        found = [row["action"] for row in table(admin, f"{SITE}.csv?{asked}")]
        assert found[-len(expected) :] == expected, asked
        assert len(shown(admin, f"{SITE}?{asked}")) == len(found), asked
    assert [row["campaign"] for row in table(owner, "/console/campaigns/ours/audit.csv")] == [
        "ours",
        "ours",
    ]


@pytest.mark.parametrize(
    "asked", ["since=yesterday", "until=2024-02-30", "action=danced", "organiser=x", "campaign=99"]
)
@pytest.mark.database("sqlite")
def test_what_nobody_can_look_for_is_said_and_stays_typed(
    admin: AuditingClient, asked: str
) -> None:
    for address in (SITE, f"{SITE}.csv"):
        answer = admin.get(f"{address}?{asked}", buffered=True)
        assert answer.status_code == 422
        assert "Something is not right yet" in answer.text


@pytest.mark.database("sqlite")
def test_no_page_number_breaks_the_list(admin: AuditingClient) -> None:
    for page in ("0", "-1", "x", "²", "99999", "9" * 50):
        assert admin.get(f"{SITE}?page={page}").status_code == 200


@pytest.mark.database("sqlite")
def test_no_cell_of_the_table_is_a_formula(campaign: Campaign, admin: AuditingClient) -> None:
    write(Action.ROLE_GIVEN, campaign=campaign, about="=HYPERLINK()")
    assert [row["about"] for row in table(admin, f"{SITE}.csv?action=role_given")] == [
        "'=HYPERLINK()"
    ]


def test_decisions_on_supporters_are_on_record_without_the_supporters(
    app: Flask, campaign: Campaign
) -> None:
    petition = make_petition(campaign)
    signature = make_signature(petition, show_name=True)
    db.session.add(
        PublicSigner(
            signature_id=signature.id, petition_id=petition.id, name="Amal Signer", comment="Now!"
        )
    )
    client = browser_of(app, make_organiser("bilal", roles={campaign: Role.EDITOR}))
    base = "/console/campaigns/ours"
    send(client, f"{base}/comments/{signature.id}/approve")
    send(client, f"{base}/comments/{signature.id}/delete")
    send(client, f"{base}/names/{signature.id}/delete")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    told = [it for it in entries if it.campaign_id == campaign.id]
    assert [it.action for it in told] == [
        Action.COMMENT_APPROVED,
        Action.COMMENT_REFUSED,
        Action.NAME_TAKEN_DOWN,
    ]
    assert {(it.about, tuple(it.detail)) for it in told} == {(None, ())}


def test_what_the_worker_deletes_of_supporters_is_on_record_once(
    app: Flask, campaign: Campaign
) -> None:
    petition = make_petition(campaign)
    for _ in range(3):
        long_ago(make_signature(petition, confirmed=False))
    for _ in range(2):
        purge()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.organiser_id) == (Action.DATA_PURGED, None)
    assert entry.detail == {"kind": "signatures not confirmed in time"}
