"""The pages of a campaign's team and of the site's organisers."""

from base64 import b64decode

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry, Organiser
from campaigns.accounts.queries import role_in
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db
from tests.accounts.factories import cookie_of, token_of
from tests.factories import make_campaign, make_organiser
from tests.teams.pages import browser_of, link_on, send, team_of

PASSWORD = "four unconnected nouns: kettle"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("ours")


def named(username: str) -> Organiser:
    """The organiser of this name."""
    return db.session.scalars(select(Organiser).where(Organiser.username == username)).one()


def actions() -> list[str]:
    """What the trail tells of, in order."""
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_an_owner_invites_somebody_whose_link_is_shown_once_and_lets_them_in(
    app: Flask, campaign: Campaign
) -> None:
    client = browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))
    fields = {"account": "new", "username": "Bilal", "role": "editor"}
    answer = send(client, team_of(campaign), **fields)
    assert (answer.status_code, answer.location) == (303, team_of(campaign))
    link = link_on(client.get(team_of(campaign)))
    assert "/invitation/" not in client.get(team_of(campaign)).text
    guest = app.test_client()
    form = {"password": PASSWORD, "again": PASSWORD, "csrf_token": token_of(guest.get(link))}
    assert guest.post(link, data=form).status_code == 303
    assert role_in(named("bilal"), campaign.id) == Role.EDITOR
    assert not named("bilal").site_admin
    assert {Action.ORGANISER_ADDED, Action.ROLE_GIVEN} <= set(actions())


def test_an_owner_adds_somebody_by_exactly_the_name_they_have_here(
    app: Flask, campaign: Campaign
) -> None:
    client = browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))
    make_organiser("bilal", password=None)
    make_organiser("gone", active=False)
    for username in ("bila", "nobody", "gone", "no\x00name"):
        answer = send(
            client, team_of(campaign), account="existing", username=username, role="owner"
        )
        assert answer.status_code == 422
        assert "Nobody who could be added has exactly this user name." in answer.text
        assert "bilal" not in answer.text
    send(client, team_of(campaign), account="existing", username="BILAL", role="viewer")
    assert role_in(named("bilal"), campaign.id) == Role.VIEWER
    again = send(client, team_of(campaign), account="existing", username="bilal", role="owner")
    assert "They are in the team already" in again.text
    assert role_in(named("bilal"), campaign.id) == Role.VIEWER


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"account": "new", "username": "ayesha"}, "This user name is taken"),
        ({"account": "new", "username": "no spaces"}, "A user name is 2 to 40 letters"),
        ({"account": "new", "username": ""}, "Enter a user name."),
        ({"account": "new", "username": "x" * 1000}, "This is too long."),
        ({"account": "", "username": "bilal"}, "Say whether they have an account here."),
    ],
)
def test_what_is_wrong_with_a_form_is_said_and_nothing_typed_is_lost(
    app: Flask, campaign: Campaign, fields: dict[str, str], message: str
) -> None:
    client = browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))
    answer = send(client, team_of(campaign), role="viewer", **fields)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{fields["username"]}"' in answer.text
    assert "<title>Error: Team" in answer.text


def test_a_role_is_changed_and_taken_away_and_the_last_owner_stays(
    app: Flask, campaign: Campaign
) -> None:
    ayesha = make_organiser("ayesha", roles={campaign: Role.OWNER})
    bilal = make_organiser("bilal", roles={campaign: Role.EDITOR})
    client = browser_of(app, ayesha)
    for what, fields in (("role", {"role": "viewer"}), ("removal", {})):
        refused = send(client, team_of(campaign, ayesha, what), **fields)
        assert refused.status_code == 409
        assert "A campaign needs an owner who can sign in" in refused.text
    assert send(client, team_of(campaign, bilal, "role"), role="owner").status_code == 303
    assert role_in(bilal, campaign.id) == Role.OWNER
    assert send(client, team_of(campaign, bilal, "role"), role="king").status_code == 422
    left = send(client, team_of(campaign, ayesha, "removal"))
    assert (left.status_code, left.location) == (303, "/console")
    assert client.get(team_of(campaign)).status_code == 404
    assert actions().count(Action.ROLE_GIVEN) == 1


def test_everybody_may_leave_and_nobody_but_owners_takes_out_others(
    app: Flask, campaign: Campaign
) -> None:
    viewer = make_organiser("viewer", roles={campaign: Role.VIEWER})
    editor = make_organiser("editor", roles={campaign: Role.EDITOR})
    client = browser_of(app, viewer)
    assert send(client, team_of(campaign, editor, "removal")).status_code == 403
    assert send(client, team_of(campaign, viewer, "removal")).status_code == 303
    assert role_in(viewer, campaign.id) is None


@pytest.mark.database("sqlite")
def test_a_team_shows_nobody_of_another_campaign(app: Flask, campaign: Campaign) -> None:
    other = make_organiser("chandni", roles={make_campaign(): Role.OWNER})
    client = browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))
    assert "chandni" not in client.get(team_of(campaign)).text
    for what in ("role", "removal", "link", "reset", "reset/approval"):
        assert send(client, team_of(campaign, other, what), role="viewer").status_code == 404


def test_a_site_admin_adds_disables_and_makes_admins(app: Flask) -> None:
    client = browser_of(app, make_organiser("ayesha", site_admin=True))
    send(client, "/console/organisers", username="bilal")
    assert link_on(client.get("/console/organisers"))
    bilal = f"/console/organisers/{named('bilal').id}"
    assert send(client, f"{bilal}/site-admin").status_code == 303
    assert named("bilal").site_admin
    send(client, f"{bilal}/site-admin/removal")
    assert not named("bilal").site_admin
    send(client, f"{bilal}/disabling")
    assert not named("bilal").active
    assert "disabled" in client.get("/console/organisers").text
    found = actions()
    for action in (Action.SITE_ADMIN_MADE, Action.SITE_ADMIN_UNMADE, Action.ORGANISER_DISABLED):
        assert found.count(action) == 1


@pytest.mark.database("sqlite")
def test_the_last_site_admin_stays_one(app: Flask) -> None:
    ayesha = make_organiser("ayesha", site_admin=True)
    client = browser_of(app, ayesha)
    for what in ("disabling", "site-admin/removal"):
        answer = send(client, f"/console/organisers/{ayesha.id}/{what}")
        assert answer.status_code == 409
        assert "The site needs an admin who can sign in" in answer.text


def test_whoever_holds_a_link_gets_no_rights_that_others_add_to_it(
    app: Flask, campaign: Campaign
) -> None:
    theirs = make_campaign("theirs")
    send(
        browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER})),
        team_of(campaign), account="new", username="guest", role="viewer",
    )  # fmt: skip
    guest, other = named("guest"), browser_of(app, make_organiser(roles={theirs: Role.OWNER}))
    admin = browser_of(app, make_organiser(site_admin=True))
    fields = {"account": "existing", "username": "guest", "role": "owner"}
    made_admin = f"/console/organisers/{guest.id}/site-admin"
    for refused in (send(other, team_of(theirs), **fields), send(admin, made_admin)):
        assert "have not come yet: whoever holds their link" in refused.text
        assert refused.status_code in (409, 422)
    db.session.rollback()
    assert not guest.site_admin
    assert role_in(guest, theirs.id) is None
    # Who invited them may still raise them, and others when they have come.
    raised = send(admin, team_of(campaign, guest, "role"), role="editor")
    assert (raised.status_code, role_in(guest, campaign.id)) == (303, Role.EDITOR)
    guest.password = "a hash"
    db.session.commit()
    assert send(other, team_of(theirs), **fields).status_code == 303
    assert send(admin, made_admin).status_code == 303


@pytest.mark.database("sqlite")
def test_a_copy_of_the_cookie_does_not_tell_the_link(app: Flask, campaign: Campaign) -> None:
    client = browser_of(app, make_organiser("ayesha", roles={campaign: Role.OWNER}))
    send(client, team_of(campaign), account="new", username="guest", role="viewer")
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    kept = serializer.loads(cookie_of(client, app))["link"][0]
    assert b"invitation" not in b64decode(kept)
    assert link_on(client.get(team_of(campaign)))
    assert "link" not in serializer.loads(cookie_of(client, app))
