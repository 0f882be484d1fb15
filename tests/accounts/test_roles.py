"""Who may do what in which campaign."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.accounts.access import current_organiser, require_campaign_role, require_site_admin
from campaigns.accounts.operations import give_role
from campaigns.accounts.queries import organiser_may, visible_campaign_ids
from campaigns.accounts.roles import Role
from tests.accounts.factories import make_organiser, sign_in


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.EDITOR, {Role.VIEWER, Role.EDITOR}),
        (Role.OWNER, {Role.VIEWER, Role.EDITOR, Role.OWNER}),
    ],
)
def test_a_role_allows_what_lesser_roles_allow(app: Flask, role: Role, allowed: set[Role]) -> None:
    organiser = make_organiser(password=None)
    give_role(organiser, 7, role)
    assert {needed for needed in Role if organiser_may(organiser, 7, needed)} == allowed
    assert not any(organiser_may(organiser, 8, needed) for needed in Role)
    assert visible_campaign_ids(organiser) == {7}


def test_a_later_role_replaces_the_earlier(app: Flask) -> None:
    organiser = make_organiser(password=None)
    give_role(organiser, 7, Role.EDITOR)
    give_role(organiser, 7, Role.VIEWER)
    assert not organiser_may(organiser, 7, Role.EDITOR)


def test_a_site_admin_may_do_everything_everywhere(app: Flask) -> None:
    organiser = make_organiser(password=None, site_admin=True)
    assert organiser_may(organiser, 7, Role.OWNER)
    assert visible_campaign_ids(organiser) is None


def test_anothers_campaign_looks_missing_and_ones_own_says_what_is_not_allowed(
    app: Flask, client: FlaskClient
) -> None:
    @app.get("/console/for-a-test/<int:campaign_id>/<role>")
    def page(campaign_id: int, role: str) -> dict[str, str]:
        require_campaign_role(campaign_id, Role(role))
        return {"may": current_organiser().username}

    give_role(make_organiser("ayesha"), 7, Role.EDITOR)
    sign_in(client)
    refused = client.get(f"/console/for-a-test/7/{Role.OWNER}")
    assert "Your role does not allow this" in refused.get_data(as_text=True)
    answers = {
        (campaign_id, role): client.get(f"/console/for-a-test/{campaign_id}/{role}").status_code
        for campaign_id in (7, 8)
        for role in Role
    }
    assert answers == {
        (7, Role.VIEWER): 200,
        (7, Role.EDITOR): 200,
        (7, Role.OWNER): 403,
        (8, Role.VIEWER): 404,
        (8, Role.EDITOR): 404,
        (8, Role.OWNER): 404,
    }


@pytest.mark.parametrize(("site_admin", "status"), [(True, 200), (False, 404)])
def test_what_only_site_admins_do_looks_missing_to_others(
    app: Flask, client: FlaskClient, site_admin: bool, status: int
) -> None:
    @app.get("/console/for-a-test")
    def page() -> dict[str, str]:
        require_site_admin()
        return {}

    make_organiser(site_admin=site_admin)
    sign_in(client)
    assert client.get("/console/for-a-test").status_code == status
