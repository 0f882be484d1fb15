"""No single organiser can export: a second one approves, once, for a while."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import disable_organiser, give_role, make_site_admin
from campaigns.accounts.resets import reset_by_admin
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.errors import NotApproved
from campaigns.petitions.export_queries import usable_export
from campaigns.petitions.exports import use_export
from campaigns.petitions.models import ExportRequest, ExportState, Petition
from campaigns.vault.models import KeyHolder
from tests.accounts.factories import token_of
from tests.cli.conftest import Command
from tests.dashboard.desk import sign_in
from tests.export.conftest import Approve
from tests.factories import make_campaign, make_organiser, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient

PATH = "/console/campaigns/watched/exports"
REASON = "Handing over on 8 March"


def owner(campaign: Campaign) -> Organiser:
    """One of a campaign's owners."""
    return make_organiser(roles={campaign: Role.OWNER}, second_factor=True)


def browser_of(app: Flask, organiser: Organiser) -> AuditingClient:
    """A browser in which an organiser is signed in."""
    client = app.test_client()
    assert isinstance(client, AuditingClient)
    sign_in(client, organiser)
    return client


def ask(client: AuditingClient, reason: str = REASON) -> TestResponse:
    """Fill in the form."""
    return client.post(PATH, data={"csrf_token": token_of(client.get(PATH)), "reason": reason})


def press_approve(client: AuditingClient, path: str = PATH) -> TestResponse:
    """Press the button of the only request, be it shown or not."""
    request_id = db.session.scalars(select(ExportRequest.id)).one()
    token = token_of(client.get("/console"))
    return client.post(f"{path}/{request_id}/approval", data={"csrf_token": token})


def state() -> ExportState:
    """What has become of the only request."""
    return db.session.scalars(select(ExportRequest)).one().state


def test_what_one_asks_for_another_approves(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    asking, approving = (browser_of(app, owner(campaign)) for _ in range(2))
    answer = ask(asking)
    assert (answer.status_code, answer.location) == (303, PATH)
    page = asking.get(PATH).text
    assert REASON in page
    assert "It waits for somebody else to approve it." in page
    assert "/approval" not in page
    assert usable_export(campaign.id) is None
    assert "/approval" in approving.get(PATH).text
    assert press_approve(approving).status_code == 303
    assert "Approved: one export can be made within 7 days." in approving.get(PATH).text
    assert "campaigns signatures export watched" in asking.get(PATH).text
    assert state() == ExportState.APPROVED
    # Pressed twice.
    assert press_approve(approving).status_code == 303


def test_nobody_approves_what_they_asked_for(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    owner(campaign)
    for organiser in (owner(campaign), make_organiser(site_admin=True)):
        client = browser_of(app, organiser)
        ask(client)
        answer = press_approve(client)
        assert answer.status_code == 403
        assert "You asked for this one: somebody else has to approve it." in answer.text
        assert state() == ExportState.WAITING
        db.session.delete(db.session.scalars(select(ExportRequest)).one())


def test_a_site_admin_approves_what_a_lone_organiser_asks_for(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    admin = make_organiser(site_admin=True)
    ask(browser_of(app, owner(campaign)))
    assert press_approve(browser_of(app, admin)).status_code == 303
    assert state() == ExportState.APPROVED


@pytest.mark.parametrize("others", ["none", "disabled", "editor", "elsewhere"])
@pytest.mark.database("sqlite")
def test_without_a_second_person_one_is_told_what_to_do(
    app: Flask, petition: Petition, campaign: Campaign, others: str
) -> None:
    asker = owner(campaign)
    if others == "disabled":
        disable_organiser(owner(campaign))
    elif others == "editor":
        make_organiser(roles={campaign: Role.EDITOR})
    elif others == "elsewhere":
        owner(make_campaign())
    answer = ask(browser_of(app, asker))
    assert answer.status_code == 409
    assert "somebody into the team first" in answer.text
    assert f'value="{REASON}"' in answer.text
    assert not db.session.scalars(select(ExportRequest)).all()


@pytest.mark.database("sqlite")
def test_a_request_says_why(app: Flask, petition: Petition, campaign: Campaign) -> None:
    owner(campaign)
    client = browser_of(app, owner(campaign))
    for reason in ("", " ", "x" * 201, "one\u202etwo"):
        answer = ask(client, reason)
        assert answer.status_code == 422
        assert answer.headers["Cache-Control"] == "no-store"
    assert not db.session.scalars(select(ExportRequest)).all()


@pytest.mark.database("sqlite")
def test_without_a_second_factor_nobody_asks_or_approves(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    client = browser_of(app, make_organiser(roles={campaign: Role.OWNER}))
    ask(browser_of(app, owner(campaign)))
    refused = client.get(PATH)
    assert refused.status_code == 403
    assert "This needs a second factor" in refused.text
    token = {"csrf_token": token_of(client.get("/console"))}
    assert client.post(PATH, data=token | {"reason": REASON}).status_code == 403
    assert press_approve(client).status_code == 403
    assert state() == ExportState.WAITING


@pytest.mark.database("sqlite")
def test_an_export_is_approved_by_somebody_who_has_just_shown_who_they_are(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        client = browser_of(app, owner(campaign))
        ask(browser_of(app, owner(campaign)))
        clock.shift(timedelta(minutes=15))
        assert client.get(PATH).location == f"/console/account/fresh?next={PATH}"
        assert press_approve(client).status_code == 403
        assert state() == ExportState.WAITING


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
@pytest.mark.database("sqlite")
def test_only_owners_ask_and_approve(
    app: Flask, petition: Petition, campaign: Campaign, role: Role
) -> None:
    owner(campaign)
    ask(browser_of(app, owner(campaign)))
    client = browser_of(app, make_organiser(roles={campaign: role}))
    assert client.get(PATH).status_code == 403
    token = {"csrf_token": token_of(client.get("/console"))}
    assert client.post(PATH, data=token | {"reason": REASON}).status_code == 403
    assert press_approve(client).status_code == 403
    assert state() == ExportState.WAITING
    assert "/exports" not in client.get("/console/campaigns/watched/signatures").text


@pytest.mark.database("sqlite")
def test_anothers_campaign_looks_missing(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    owner(campaign)
    ask(browser_of(app, owner(campaign)))
    other = make_campaign("other")
    make_petition(other)
    client = browser_of(app, owner(other))
    assert client.get(PATH).status_code == 404
    assert press_approve(client).status_code == 404
    # Nor is a request reached by way of one's own campaign.
    assert press_approve(client, "/console/campaigns/other/exports").status_code == 404
    assert state() == ExportState.WAITING


def test_an_approval_serves_once(
    petition: Petition, campaign: Campaign, command: Command, approve: Approve, tmp_path: Path
) -> None:
    make_signature(petition)
    approve(campaign)
    assert command("signatures", "export", "watched", "-o", str(tmp_path / "first")).code == 0
    assert state() == ExportState.USED
    again = command("signatures", "export", "watched", "-o", str(tmp_path / "second"))
    assert "No approved export" in again.sentence
    with pytest.raises(NotApproved):
        use_export(db.session.scalars(select(ExportRequest.id)).one())
    assert not (tmp_path / "second").exists()


@pytest.mark.database("sqlite")
def test_an_approval_is_good_for_seven_days(
    app: Flask, petition: Petition, campaign: Campaign, approve: Approve
) -> None:
    approve(campaign)
    later = utcnow() + timedelta(days=7)
    with time_machine.travel(later - timedelta(minutes=1), tick=False):
        assert usable_export(campaign.id) is not None
    with time_machine.travel(later, tick=False):
        assert usable_export(campaign.id) is None
        assert state() == ExportState.EXPIRED
        request_id = db.session.scalars(select(ExportRequest.id)).one()
        with pytest.raises(NotApproved):
            use_export(request_id)
        page = browser_of(app, owner(campaign)).get(PATH).text
        assert "No export was made in time: ask again." in page


@pytest.mark.database("sqlite")
def test_an_approval_of_one_campaign_is_worth_nothing_in_another(
    petition: Petition, approve: Approve, command: Command, tmp_path: Path
) -> None:
    other = make_campaign("other")
    make_petition(other)
    approve(other)
    answer = command("signatures", "export", "watched", "-o", str(tmp_path / "out"))
    assert "No approved export" in answer.sentence


def test_it_says_how_many_people_can_open_how_many_names(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    for _ in range(3):
        make_signature(petition)
    client = browser_of(app, owner(campaign))
    assert "1 person can open 3 of 3 names." in client.get(PATH).text
    # Somebody of whom it is not known that a key was encrypted to them.
    db.session.add(KeyHolder(campaign_id=campaign.id, recipient="age1unknown"))
    page = client.get(PATH).text
    assert "1 person can open 3 of 3 names." in page
    assert "1 person can open 0 of 3 names." in page


@pytest.mark.database("sqlite")
def test_a_campaign_without_a_petition_has_nothing_to_export(
    app: Flask, campaign: Campaign
) -> None:
    assert browser_of(app, owner(campaign)).get(PATH).status_code == 404


def test_an_account_somebody_has_just_made_owner_neither_asks_nor_approves(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    asking = browser_of(app, owner(campaign))
    puppet = make_organiser(roles={campaign: Role.VIEWER}, second_factor=True)
    give_role(puppet, campaign.id, Role.OWNER)
    db.session.commit()
    theirs = browser_of(app, puppet)
    for answer in (ask(theirs), ask(asking)):
        # Nor is there anybody else who could approve.
        assert answer.status_code == 409
    owner(campaign)
    refused = ask(theirs)
    assert "or your role given, less than three days ago" in refused.text
    assert f'value="{REASON}"' in refused.text
    assert ask(asking).status_code == 303
    assert press_approve(theirs).status_code == 403
    assert state() == ExportState.WAITING
    with time_machine.travel(utcnow() + timedelta(days=3, minutes=1)):
        assert press_approve(browser_of(app, puppet)).status_code == 303
        assert state() == ExportState.APPROVED


def test_an_account_made_site_admin_just_now_does_not_approve_either(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    make_organiser(site_admin=True)
    puppet = make_organiser(second_factor=True)
    make_site_admin(puppet)
    db.session.commit()
    ask(browser_of(app, owner(campaign)))
    assert press_approve(browser_of(app, puppet)).status_code == 403
    assert state() == ExportState.WAITING


def test_a_role_given_on_the_server_counts_at_once(
    app: Flask, petition: Petition, campaign: Campaign, command: Command
) -> None:
    ask_later = owner(campaign)
    approving = make_organiser("amal", roles={campaign: Role.VIEWER}, second_factor=True)
    give_role(approving, campaign.id, Role.OWNER)
    assert command("organiser", "role", "amal", "watched", "owner").code == 0
    ask(browser_of(app, ask_later))
    assert press_approve(browser_of(app, approving)).status_code == 303


@pytest.mark.parametrize("why", ["disabled", "lowered", "let in anew"])
def test_what_somebody_asked_for_who_may_not_any_more_is_not_approved(
    app: Flask, petition: Petition, campaign: Campaign, why: str
) -> None:
    asker, approving = owner(campaign), browser_of(app, owner(campaign))
    ask(browser_of(app, asker))
    if why == "disabled":
        disable_organiser(asker)
    elif why == "lowered":
        give_role(asker, campaign.id, Role.EDITOR)
    else:
        reset_by_admin(asker, make_organiser(site_admin=True))
    db.session.commit()
    refused = press_approve(approving)
    assert refused.status_code == 403
    assert "Whoever asked for this one cannot ask" in refused.text
    assert state() == ExportState.WAITING


def test_what_was_asked_for_is_approved_within_seven_days(
    app: Flask, petition: Petition, campaign: Campaign
) -> None:
    approving = owner(campaign)
    ask(browser_of(app, owner(campaign)))
    with time_machine.travel(utcnow() + timedelta(days=7, minutes=1)):
        client = browser_of(app, approving)
        press_approve(client)
        assert state() == ExportState.EXPIRED
        assert "/approval" not in client.get(PATH).text
        assert usable_export(campaign.id) is None
