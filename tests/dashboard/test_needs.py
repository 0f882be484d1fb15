"""The start page says what needs somebody first, leads there, and is quiet otherwise."""

from datetime import timedelta

import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Confirmation
from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus
from campaigns.dashboard.needs import FailedBecause, failed_because
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, MailPause, PauseReason, Priority
from campaigns.petitions.models import ExportRequest, PublicSigner, SignatureState
from tests.accounts.factories import sign_out
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_signature,
    make_update,
)
from tests.fixtures.auditing import AuditingClient

QUIET = "Nothing needs you now."


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign in which nothing is to be done, and its owner signed in."""
    campaign = make_campaign("watched", title="Free Zarina")
    zarina = make_detainee(campaign)
    make_event(campaign, EventKind.ARRESTED, "2024-03-01")
    zarina.confirmations.append(Confirmation(position=1, on=campaign.today))
    sign_in(client, make_organiser("olga", roles={campaign: Role.OWNER}))
    return campaign


def add(row: object) -> None:
    db.session.add(row)
    db.session.commit()


def test_it_is_quiet_when_nothing_needs_anybody(campaign: Campaign, client: AuditingClient) -> None:
    assert QUIET in client.get("/console").text


def test_a_case_without_news_for_thirty_days_asks_whether_it_is_still_true(
    campaign: Campaign, client: AuditingClient
) -> None:
    confirmation = campaign.detainees[0].confirmations[0]
    confirmation.on = campaign.today - timedelta(days=30)
    assert QUIET in client.get("/console").text
    confirmation = campaign.detainees[0].confirmations[0]
    confirmation.on = campaign.today - timedelta(days=31)
    page = client.get("/console").text
    assert "No news for 31 days: still true?" in page
    assert "Zarina Example" in page


@pytest.mark.database("sqlite")
def test_a_hearing_within_the_week_is_told_in_the_zone_of_the_court(
    campaign: Campaign, client: AuditingClient
) -> None:
    soon = (utcnow() + timedelta(days=3)).replace(hour=4, minute=30)
    for starts_at, court in ((soon, "High Court"), (soon + timedelta(days=7), "Later Court")):
        make_event(
            campaign,
            EventKind.HEARING,
            starts_at.date().isoformat(),
            hearing_starts_at=starts_at,
            hearing_court=court,
            hearing_status="scheduled",
        )
    page = client.get("/console").text
    assert "High Court" in page
    assert "09:30" in page
    assert "time in Asia/Karachi" in page
    assert "Later Court" not in page


@pytest.mark.database("sqlite")
def test_after_its_day_it_is_asked_how_a_hearing_went(
    campaign: Campaign, client: AuditingClient
) -> None:
    hearing = make_event(
        campaign,
        EventKind.HEARING,
        campaign.today.isoformat(),
        hearing_starts_at=utcnow() - timedelta(days=2),
        hearing_court="High Court",
        hearing_status="scheduled",
    )
    address = f"/console/campaigns/watched/events/{hearing.id}/hearing"
    assert f'href="{address}">How did the hearing go?</a>' in client.get("/console").text
    hearing.hearing_status = HearingStatus.ADJOURNED
    assert QUIET in client.get("/console").text
    hearing.hearing_previous_starts_at = utcnow() - timedelta(days=9)
    assert "How did the hearing go?" in client.get("/console").text
    for name, value in (
        ("hidden_at", utcnow()),
        ("retracted_on", campaign.today),
        ("hearing_status", HearingStatus.HELD),
        ("hearing_status", HearingStatus.CANCELLED),
    ):
        before = getattr(hearing, name)
        setattr(hearing, name, value)
        assert QUIET in client.get("/console").text, name
        setattr(hearing, name, before)
    campaign.state, campaign.closed_on = CampaignState.CLOSED, campaign.today
    assert QUIET in client.get("/console").text


@pytest.mark.database("sqlite")
def test_what_waits_of_signatures_comments_and_exports_leads_to_where_it_is_decided(
    campaign: Campaign, client: AuditingClient
) -> None:
    petition = make_petition(campaign)
    make_signature(petition, state=SignatureState.HELD, held=True)
    signature = make_signature(petition)
    add(PublicSigner(signature_id=signature.id, petition_id=petition.id, name="A", comment="B"))
    other = make_organiser("omid", roles={campaign: Role.OWNER})
    add(ExportRequest(campaign_id=campaign.id, reason="Handing over", asked_by_id=other.id))
    page = client.get("/console").text
    for words, path in (
        ("1 signature held", "signatures#held-heading"),
        ("1 comment waits", "signatures#comments-heading"),
        ("An export waits for your approval", "exports"),
    ):
        assert f'href="/console/campaigns/watched/{path}">{words}</a>' in page
    sign_out(client)
    sign_in(client, other)
    assert "An export waits" not in client.get("/console").text


@pytest.mark.database("sqlite")
def test_drafts_are_to_be_finished_and_petitions_of_the_released_to_be_closed(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_petition(campaign)
    make_event(campaign, EventKind.RELEASED_ON_BAIL, "2024-04-01")
    assert QUIET in client.get("/console").text
    make_event(campaign, EventKind.RELEASED, "2024-05-01")
    assert "Everybody is free: close the petition?" in client.get("/console").text
    campaign.state = CampaignState.DRAFT
    page = client.get("/console").text
    assert "Not published yet: finish it" in page
    assert "close the petition?" not in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (PauseReason.UNREACHABLE, "The mail server does not answer"),
        (PauseReason.SIGN_IN_REFUSED, "refuses this site's password"),
        (PauseReason.SENDER_REFUSED, "refuses mail from this site's address"),
        (PauseReason.POLICY, "by a rule of its own"),
    ],
)
@pytest.mark.database("sqlite")
def test_mail_that_rests_is_told_with_its_reason(
    campaign: Campaign, client: AuditingClient, reason: PauseReason, words: str
) -> None:
    add(MailPause(reason=reason, until=utcnow() + timedelta(minutes=5)))
    page = client.get("/console").text
    assert "All mail rests." in page
    assert words in page


@pytest.mark.database("sqlite")
def test_another_campaign_s_pause_is_no_business_of_theirs(
    campaign: Campaign, client: AuditingClient
) -> None:
    other = make_campaign("other")
    pause = MailPause(
        kind="update.send",
        campaign_id=other.id,
        reason=PauseReason.POLICY,
        until=utcnow() + timedelta(minutes=5),
    )
    add(pause)
    assert QUIET in client.get("/console").text
    pause.campaign_id = campaign.id
    assert "its mail rests." in client.get("/console").text


def test_news_that_failed_are_told_with_what_most_failed_for(
    campaign: Campaign, client: AuditingClient
) -> None:
    update = make_update(campaign, title="Bail denied")
    for number, code in enumerate(("550 5.1.1", "550 5.1.1", "554 5.7.1")):
        add(
            Delivery(
                kind="update.send",
                about_id=str(update.id),
                campaign_id=campaign.id,
                dedupe_key=f"failed {number}",
                priority=int(Priority.NEWS),
                state=DeliveryState.FAILED,
                next_at=None,
                smtp_code=code,
            )
        )
    page = client.get("/console").text
    assert "3 mails did not arrive" in page
    assert "“Bail denied”" in page
    assert "These mailboxes do not exist any more" in page


@pytest.mark.parametrize(
    ("code", "because"),
    [
        ("550 5.1.1", FailedBecause.NO_MAILBOX),
        ("550 5.7.26", FailedBecause.POLICY),
        ("550", FailedBecause.OTHER),
        (None, FailedBecause.OTHER),
    ],
)
def test_the_reason_is_read_from_the_relay_s_number(
    code: str | None, because: FailedBecause
) -> None:
    assert failed_because(code) == because


@pytest.mark.database("sqlite")
def test_mail_that_is_due_without_a_worker_is_an_alarm(
    campaign: Campaign, client: AuditingClient
) -> None:
    add(Delivery(kind="update.send", about_id="1", dedupe_key="x", priority=int(Priority.NEWS)))
    assert "the worker is not running" in client.get("/console").text


@pytest.mark.database("sqlite")
def test_viewers_are_not_nagged_with_what_they_may_not_do(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.detainees[0].confirmations.clear()
    sign_out(client)
    sign_in(client, make_organiser("vera", roles={campaign: Role.VIEWER}))
    assert QUIET in client.get("/console").text
