"""Anybody can say that a page endangers somebody, and it can be hidden in one tap."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import lock_campaign_row
from campaigns.cases.vocabulary import CampaignState, EventKind
from campaigns.dashboard import inbox
from campaigns.db import db, utcnow
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.mails import CONFIRM
from campaigns.reports import operations
from campaigns.reports.models import Report, ReportedPart, ReportKind
from campaigns.updates import jobs
from campaigns.updates.removal import take_down
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.editing.writing import said
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_report,
    make_signature,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.public.surfaces import read_everything

SENT = {
    "kind": "danger",
    "page": "https://site.example.org/campaigns/watched",
    "text": "Her street stands there.",
    "contact": "neighbour@example.org",
}


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    campaign = make_campaign("watched")
    make_detainee(campaign)
    make_event(campaign)
    return campaign


def visitor(app: Flask) -> AuditingClient:
    client = app.test_client()
    assert isinstance(client, AuditingClient)
    return client


def tap(client: AuditingClient, report: Report, button: str) -> TestResponse:
    page = client.get(f"/console/reports/{report.id}")
    return client.post(
        f"/console/reports/{report.id}/{button}", data={"csrf_token": token_of(page)}
    )


def test_a_report_is_taken_without_an_account_and_gets_a_number(
    client: AuditingClient, campaign: Campaign
) -> None:
    event = campaign.events[0]
    page = client.get(f"/campaigns/watched/events/{event.id}")
    assert f"/report?page=/campaigns/watched/events/{event.id}" in page.text
    form = client.get(f"/report?page=/campaigns/watched/events/{event.id}")
    assert f'value="/campaigns/watched/events/{event.id}"' in form.text
    answer = client.post("/report", data=SENT | {"page": f"/campaigns/watched/events/{event.id}"})
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    report = db.session.scalars(select(Report)).one()
    assert (report.campaign_id, report.part, report.part_id, report.kind) == (
        campaign.id,
        ReportedPart.EVENT,
        event.id,
        ReportKind.DANGER,
    )
    assert report.reference in said(client.get(answer.location))


def test_the_same_sent_twice_is_one_report(client: AuditingClient, campaign: Campaign) -> None:
    first, second = (client.post("/report", data=SENT) for _ in range(2))
    assert first.location == second.location
    assert db.session.scalars(select(Report.part)).all() == [ReportedPart.CAMPAIGN]


@pytest.mark.database("sqlite")
def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(
    client: AuditingClient, campaign: Campaign
) -> None:
    answer = client.post("/report", data=SENT | {"kind": "", "text": ""})
    assert answer.status_code == 422
    assert "Choose what it is." in answer.text
    assert "Say in a few words" in answer.text
    assert "neighbour@example.org" in answer.text
    answer = client.post("/report", data=SENT | {"text": "x" * 2001})
    assert answer.status_code == 422
    assert "x" * 2001 in answer.text
    assert db.session.scalars(select(Report)).all() == []


@pytest.mark.database("sqlite")
def test_a_program_that_fills_in_everything_is_told_the_same_and_not_kept(
    client: AuditingClient, campaign: Campaign
) -> None:
    answer = client.post("/report", data=SENT | {"website": "https://spam.example.org"})
    assert answer.status_code == 303
    assert "has come in" in said(client.get(answer.location))
    assert db.session.scalars(select(Report)).all() == []
    assert client.get("/report/nonsense").status_code == 404


@pytest.mark.database("sqlite")
def test_too_many_from_one_network_are_refused_without_losing_what_was_typed_or_naming_it(
    client: AuditingClient, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = [
            client.post("/report", data=SENT | {"text": f"Number {number}"}) for number in range(11)
        ]
    assert [it.status_code for it in answers] == [303] * 10 + [429]
    assert "Number 10" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "127.0.0.1" not in caplog.text
    assert len(db.session.scalars(select(Report)).all()) == 10


def test_editors_see_it_first_on_their_start_page_and_others_do_not(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    report = make_report(campaign, campaign.events[0])
    make_report(None, kind=ReportKind.LEGAL, page="https://elsewhere.example.org/")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    assert "1 report of a danger to somebody" in said(client.get("/console"))
    assert "A legal matter" not in said(client.get("/console/reports"))
    page = said(client.get(f"/console/reports/{report.id}"))
    assert "The street she lives in stands there." in page
    assert "neighbour@example.org" in page
    stranger, admin = visitor(app), visitor(app)
    sign_in(stranger, make_organiser("else", roles={make_campaign(): Role.OWNER}))
    assert "report" not in said(stranger.get("/console")).lower().replace("visitors reported", "")
    assert stranger.get(f"/console/reports/{report.id}").status_code == 404
    sign_in(admin, make_organiser("admin", site_admin=True))
    assert "1 report waits" in said(admin.get("/console"))
    assert "A legal matter" in said(admin.get("/console/reports"))


@pytest.mark.parametrize("part", ["events", "updates"])
@pytest.mark.settings(LOCALES="en,ur")
def test_what_is_hidden_changes_every_page_as_if_it_had_never_been(
    app: Flask, client: AuditingClient, campaign: Campaign, part: str
) -> None:
    before = read_everything(app, client, campaign)
    event = None
    if part == "events":
        event = make_event(campaign, EventKind.RELEASED, "2024-05-01", summary="The canary flew.")
    update = make_update(campaign, title="The canary sings.", event_id=event.id if event else None)
    path = f"/campaigns/watched/{part}/{event.id if event else update.id}"
    assert "canary" in read_everything(app, client, campaign)[path][1]
    report = make_report(campaign, page=path)
    changed_at = event.updated_at if event else None
    editor = visitor(app)
    sign_in(editor, make_organiser("amina", roles={campaign: Role.EDITOR}))
    assert tap(editor, report, "hiding").status_code == 303
    db.session.expire_all()
    for address, answer in read_everything(app, client, campaign).items():
        assert "canary" not in answer[1], address
        if address in before:
            assert answer == before[address], address
        else:
            assert answer[0] == 404, address
    assert tap(editor, report, "closed").status_code == 303
    db.session.expire_all()
    assert client.get(path).status_code == 200
    assert (event.updated_at if event else None) == changed_at
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [it.action for it in entries][-2:] == ["reported_hidden", "report_closed"]
    assert "street" not in str([it.detail for it in entries])


def test_a_whole_campaign_stays_hidden_while_another_report_of_it_is_open(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    first, second = make_report(campaign), make_report(campaign, text="Me too.")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, first, "hiding")
    tap(client, first, "closed")
    assert visitor(app).get("/campaigns/watched").status_code == 410
    tap(client, second, "answered")
    assert visitor(app).get("/campaigns/watched").status_code == 200


def test_it_stays_hidden_while_another_report_of_it_is_open(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    event: Event = campaign.events[0]
    first, second = make_report(campaign, event), make_report(campaign, event, text="Me too.")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, first, "hiding")
    tap(client, first, "closed")
    assert visitor(app).get(f"/campaigns/watched/events/{event.id}").status_code == 404
    tap(client, second, "answered")
    assert visitor(app).get(f"/campaigns/watched/events/{event.id}").status_code == 200
    again = tap(client, second, "closed")
    assert "decided already" in said(client.get(again.location))


@pytest.mark.database("sqlite")
def test_nothing_of_it_is_mailed_until_it_is_shown_again_and_let_go_on(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    mailbox: Mailbox,
    deliver: Callable[[], int],
) -> None:
    make_subscription(campaign, "reader@example.org")
    event: Event = campaign.events[0]
    update = make_update(campaign, event_id=event.id)
    jobs.queue_updates()
    report = make_report(campaign, event)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, report, "hiding")
    deliver()
    assert mailbox.mails() == []
    tap(client, report, "closed")
    deliver()
    assert mailbox.mails() == []
    page = f"/console/campaigns/watched/updates/{update.id}"
    client.post(f"{page}/resume", data={"csrf_token": token_of(client.get(page))})
    deliver()
    assert len(mailbox.mails()) == 1


def test_a_whole_campaign_is_hidden_in_one_tap_and_no_mail_of_it_is_lost(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    mailbox: Mailbox,
    deliver: Callable[[], int],
) -> None:
    signature = make_signature(make_petition(campaign), "signer@example.org", confirmed=False)
    make_subscription(campaign, "reader@example.org")
    update = make_update(campaign)
    jobs.queue_updates()
    queue_asked_for(kind=CONFIRM, about_id=signature.id, campaign_id=campaign.id)
    db.session.commit()
    report = make_report(campaign)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    assert tap(client, report, "hiding").status_code == 303
    db.session.expire_all()
    for address, answer in read_everything(app, visitor(app), campaign).items():
        assert answer[0] == (410 if "/watched" in address else 200), address
    deliver()
    assert mailbox.mails() == []
    assert tap(client, report, "answered").status_code == 303
    db.session.expire_all()
    assert visitor(app).get("/campaigns/watched").status_code == 200
    deliver()
    assert [it.recipient for it in mailbox.mails()] == ["signer@example.org"]
    page = f"/console/campaigns/watched/updates/{update.id}"
    client.post(f"{page}/resume", data={"csrf_token": token_of(client.get(page))})
    deliver()
    assert mailbox.last().recipient == "reader@example.org"


def test_a_campaign_its_owner_takes_down_stays_down_when_the_report_is_decided(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    report = make_report(campaign)
    owner = make_organiser("olga", roles={campaign: Role.OWNER})
    sign_in(client, owner)
    tap(client, report, "hiding")
    state = client.get("/console/campaigns/watched/state")
    assert "hidden while a report of it is looked into" in said(state)
    data = {"csrf_token": token_of(state), "slug": "watched"}
    assert client.post("/console/campaigns/watched/state/remove", data=data).status_code == 303
    tap(client, report, "closed")
    assert visitor(app).get("/campaigns/watched").status_code == 410
    assert "hidden while a report" not in said(client.get("/console/campaigns/watched/state"))


# On SQLite whoever writes has the database for itself.
@pytest.mark.database("postgresql")
def test_one_that_is_taken_down_while_the_report_is_decided_stays_down(
    app: Flask, client: AuditingClient, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make_report(campaign)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, report, "hiding")

    def owner() -> None:
        with app.app_context():
            known = db.session.get_one(Campaign, campaign_id)
            lock_campaign_row(known)
            take_down(known)
            db.session.commit()

    campaign_id, taking_down = campaign.id, Thread(target=owner)

    def meanwhile(*some: object) -> bool:
        taking_down.start()
        taking_down.join(0.5)
        return False

    monkeypatch.setattr(inbox, "other_open_report", meanwhile)
    assert tap(client, report, "closed").status_code == 303
    taking_down.join()
    assert visitor(app).get("/campaigns/watched").status_code == 410


def test_a_report_goes_30_days_after_it_was_decided_and_180_after_it_came_in(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    decided, _waiting = make_report(campaign), make_report(campaign, text="Another.")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, decided, "closed")
    db.session.expunge_all()
    now = utcnow()
    for days, left in ((29, 2), (31, 1), (181, 0)):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            jobs.purge()
        assert len(db.session.scalars(select(Report)).all()) == left, days


@pytest.mark.parametrize("part", ["events", "updates"])
def test_an_open_report_stays_for_as_long_as_what_it_is_about_is_hidden(
    app: Flask, client: AuditingClient, campaign: Campaign, part: str
) -> None:
    about = campaign.events[0].id if part == "events" else make_update(campaign).id
    report = make_report(campaign, page=f"/campaigns/watched/{part}/{about}")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    tap(client, report, "hiding")
    db.session.expunge_all()
    half_a_year_on = utcnow() + timedelta(days=181)
    with time_machine.travel(half_a_year_on, tick=False):
        jobs.purge()
    assert len(db.session.scalars(select(Report)).all()) == 1
    tap(client, db.session.scalars(select(Report)).one(), "closed")
    with time_machine.travel(half_a_year_on, tick=False):
        jobs.purge()
    assert db.session.scalars(select(Report)).all() == []


def test_a_flood_of_reports_ends_at_a_number_that_can_be_looked_through(
    client: AuditingClient, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_OPEN", 2)
    for number in range(2):
        make_report(campaign, text=f"Number {number}")
    answer = client.post("/report", data=SENT)
    assert answer.status_code == 503
    assert campaign.run_by_contact in answer.text
    assert "Her street stands there." in answer.text
    draft = make_campaign("unseen", state=CampaignState.DRAFT, published_at=None)
    for number in range(2):
        make_report(draft, text=f"Number {number}")
    unseen = client.post("/report", data=SENT | {"page": "/campaigns/unseen"})
    assert unseen.status_code == 503
    assert draft.run_by_contact not in unseen.text
    assert "of this campaign" not in unseen.text
    assert client.post("/report", data=SENT | {"page": "/campaigns/none"}).status_code == 303


@pytest.mark.database("sqlite")
def test_the_inbox_comes_in_pages(client: AuditingClient, campaign: Campaign) -> None:
    first = make_report(campaign, text="The first.")
    for number in range(50):
        last = make_report(campaign, text=f"Number {number}", kind=ReportKind.ERROR)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    page = client.get("/console/reports")
    assert first.reference in page.text
    assert last.reference not in page.text
    assert "/console/reports?page=2" in page.text
    second = client.get("/console/reports?page=2").text
    assert last.reference in second
    assert first.reference not in second
    assert "page=3" not in second


@pytest.mark.database("sqlite")
def test_editors_are_offered_what_they_may_do_and_owners_all_of_it(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    news = f"/campaigns/watched/updates/{make_update(campaign).id}"
    entry = make_report(campaign, campaign.events[0])
    others = [make_report(campaign, page=news), make_report(campaign)]
    owner = visitor(app)
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    sign_in(owner, make_organiser("olga", roles={campaign: Role.OWNER}))
    for report in (entry, *others):
        path = f"/console/reports/{report.id}"
        offered = re.findall(r'<li><a href="(/console/campaigns/[^"]+)', client.get(path).text)
        assert len(offered) == (2 if report is entry else 0)
        assert {client.get(it).status_code for it in offered} <= {200}
        assert "An owner of the campaign can purge" in said(client.get(path))
        words = said(owner.get(path))
        assert "Withdraw a detainee's name" in words
        assert "Take the whole campaign down" in words
        assert ("Purge it" in words) is (report is not others[1])


@pytest.mark.database("sqlite")
def test_the_desk_leads_editors_to_what_visitors_reported(
    client: AuditingClient, campaign: Campaign
) -> None:
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    desk = client.get("/console/campaigns/watched")
    assert '<a href="/console/reports">What visitors reported</a>' in desk.text
    assert "<title>What visitors reported" in client.get("/console/reports").text
