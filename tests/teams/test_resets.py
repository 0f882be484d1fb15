"""A colleague is let in anew by a site admin, or by two owners; never by one owner's two clicks."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry, Organiser, ResetRequest, Session
from campaigns.accounts.resets import reset_by_admin
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from tests.factories import make_campaign, make_organiser
from tests.fixtures.auditing import AuditingClient
from tests.teams.pages import browser_of, link_on, send, team_of


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("ours")


@pytest.fixture
def colleague(campaign: Campaign) -> Organiser:
    return make_organiser("colleague", roles={campaign: Role.OWNER})


@pytest.fixture
def first(app: Flask, campaign: Campaign) -> AuditingClient:
    return browser_of(app, make_organiser("first", roles={campaign: Role.OWNER}))


@pytest.fixture
def second(app: Flask, campaign: Campaign) -> AuditingClient:
    return browser_of(app, make_organiser("second", roles={campaign: Role.OWNER}))


def was_reset(organiser: Organiser) -> bool:
    """Whether the old password is forgotten."""
    db.session.rollback()
    return organiser.password is None


def test_two_owners_let_a_colleague_in_anew(
    app: Flask,
    campaign: Campaign,
    colleague: Organiser,
    first: AuditingClient,
    second: AuditingClient,
) -> None:
    theirs = browser_of(app, colleague)
    send(first, team_of(campaign, colleague, "reset"))
    assert not was_reset(colleague)
    assert "asked to let them in anew" in second.get(team_of(campaign)).text
    answer = send(second, team_of(campaign, colleague, "reset/approval"))
    assert answer.status_code == 303
    assert app.test_client().get(link_on(second.get(team_of(campaign)))).status_code == 200
    assert was_reset(colleague)
    assert theirs.get("/console").status_code == 303
    assert not db.session.scalars(select(Session).filter_by(organiser_id=colleague.id)).all()
    told = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))
    assert [it for it in told if "reset" in it] == [Action.RESET_REQUESTED, Action.ORGANISER_RESET]


def test_one_owner_does_not_do_both(
    campaign: Campaign, colleague: Organiser, first: AuditingClient
) -> None:
    for _again in range(2):
        send(first, team_of(campaign, colleague, "reset"))
        refused = send(first, team_of(campaign, colleague, "reset/approval"))
        assert refused.status_code == 409
        assert "another owner has to approve it" in refused.text
    assert not was_reset(colleague)


def test_what_was_asked_for_serves_once_and_for_a_day(
    campaign: Campaign, colleague: Organiser, first: AuditingClient, second: AuditingClient
) -> None:
    approval = team_of(campaign, colleague, "reset/approval")
    assert send(second, approval).status_code == 409
    send(first, team_of(campaign, colleague, "reset"))
    request = db.session.scalars(select(ResetRequest)).one()
    request.asked_at = utcnow() - timedelta(hours=24, seconds=1)
    assert send(second, approval).status_code == 409
    send(first, team_of(campaign, colleague, "reset"))
    assert send(second, approval).status_code == 303
    assert send(second, approval).status_code == 409
    assert not db.session.scalars(select(ResetRequest)).all()


@pytest.mark.parametrize("why", ["site admin", "elsewhere", "disabled"])
@pytest.mark.database("sqlite")
def test_owners_let_in_nobody_who_outranks_them_or_belongs_elsewhere(
    app: Flask, campaign: Campaign, first: AuditingClient, why: str
) -> None:
    make_organiser("second", roles={campaign: Role.OWNER})
    roles = {campaign: Role.EDITOR}
    if why == "elsewhere":
        # An owner could take anybody into a campaign of theirs, and by that into their hands.
        roles[make_campaign()] = Role.VIEWER
    other = make_organiser(
        "other", roles=roles, site_admin=why == "site admin", active=why != "disabled"
    )
    refused = send(first, team_of(campaign, other, "reset"))
    assert refused.status_code == 409
    assert "A site admin can do it" in refused.text
    assert not db.session.scalars(select(ResetRequest)).all()


def test_an_account_an_owner_has_just_made_up_is_no_second_person(
    app: Flask, campaign: Campaign, colleague: Organiser, first: AuditingClient
) -> None:
    puppet = make_organiser(
        "puppet", roles={campaign: Role.OWNER}, second_from=utcnow() + timedelta(hours=1)
    )
    send(first, team_of(campaign, colleague, "reset"))
    refused = send(browser_of(app, puppet), team_of(campaign, colleague, "reset/approval"))
    assert refused.status_code == 409
    assert not was_reset(colleague)
    with time_machine.travel(utcnow() + timedelta(hours=2)):
        later = browser_of(app, puppet)
        assert send(later, team_of(campaign, colleague, "reset/approval")).status_code == 303
    assert was_reset(colleague)


def test_somebody_made_owner_just_now_is_no_second_person_either(
    app: Flask, campaign: Campaign, colleague: Organiser, first: AuditingClient
) -> None:
    raised = make_organiser("raised", roles={campaign: Role.VIEWER})
    send(first, team_of(campaign, raised, "role"), role="owner")
    send(first, team_of(campaign, colleague, "reset"))
    theirs = browser_of(app, raised)
    refused = send(theirs, team_of(campaign, colleague, "reset/approval"))
    assert (refused.status_code, was_reset(colleague)) == (409, False)
    with time_machine.travel(utcnow() + timedelta(days=1)):
        assert (
            send(browser_of(app, raised), team_of(campaign, colleague, "reset")).status_code == 409
        )


def test_what_an_owner_asked_who_was_let_in_anew_since_is_not_approved(
    app: Flask,
    campaign: Campaign,
    colleague: Organiser,
    first: AuditingClient,
    second: AuditingClient,
) -> None:
    send(first, team_of(campaign, colleague, "reset"))
    asker = db.session.scalars(select(Organiser).where(Organiser.username == "first")).one()
    reset_by_admin(asker, make_organiser(site_admin=True))
    db.session.commit()
    refused = send(second, team_of(campaign, colleague, "reset/approval"))
    assert refused.status_code == 409
    assert "Your own link" not in refused.text
    assert not was_reset(colleague)


def test_an_owner_makes_a_new_link_for_whom_this_team_invited_until_they_come(
    app: Flask, campaign: Campaign, first: AuditingClient
) -> None:
    send(first, team_of(campaign), account="new", username="guest", role="editor")
    lost = link_on(first.get(team_of(campaign)))
    guest = db.session.scalars(select(Organiser).where(Organiser.username == "guest")).one()
    assert send(first, team_of(campaign, guest, "link")).status_code == 303
    new = link_on(first.get(team_of(campaign)))
    visitor = app.test_client()
    assert (visitor.get(lost).status_code, visitor.get(new).status_code) == (410, 200)
    guest.password = "a hash"
    assert send(first, team_of(campaign, guest, "link")).status_code == 409


@pytest.mark.database("sqlite")
def test_an_owner_makes_no_link_for_whom_others_invited(
    app: Flask, campaign: Campaign, first: AuditingClient
) -> None:
    theirs = make_campaign()
    here, both = {campaign: Role.EDITOR}, {campaign: Role.EDITOR, theirs: Role.VIEWER}
    for roles, invited_for in ((here, None), (here, theirs.id), (both, campaign.id)):
        organiser = make_organiser(password=None, roles=roles)
        organiser.invited_for = invited_for
        assert send(first, team_of(campaign, organiser, "link")).status_code == 409


def test_a_site_admin_lets_anybody_in_anew_but_themselves(app: Flask, colleague: Organiser) -> None:
    admin = make_organiser("admin", site_admin=True)
    client = browser_of(app, admin)
    assert send(client, f"/console/organisers/{admin.id}/reset").status_code == 409
    assert not was_reset(admin)
    assert send(client, f"/console/organisers/{colleague.id}/reset").status_code == 303
    assert link_on(client.get("/console/organisers"))
    assert was_reset(colleague)
    # Who made the link could have used it: for a while it makes nobody a second person.
    assert colleague.second_from
    assert colleague.second_from > utcnow()
