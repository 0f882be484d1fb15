"""Every page of the console is for everybody on a small phone; a new one is looked at by itself."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db
from tests.architecture.world import address_of, make_world, routes
from tests.factories import make_organiser
from tests.fixtures.browser import NewPage
from tests.journeys.looking import NARROW, look_at, sign_in

NO_PAGES = (".csv", ".json")
# Sent empty, these say what is missing.
FORMS = (
    "/console/campaigns/ours/team",
    "/console/organisers",
    "/console/campaigns/new",
    "/console/campaigns/ours/events/1/retraction",
    "/console/campaigns/ours/events/2/hearing",
)


@pytest.mark.settings(LOCALES="en,ur")
def test_every_page_of_the_console_is_for_everybody(app: Flask, new_page: NewPage) -> None:
    world = make_world()
    admin = make_organiser("admin", site_admin=True)
    db.session.refresh(admin)
    addresses = sorted(
        {
            address_of(app, rule, world)
            for method, rule in routes(app)
            if method == "GET"
            and rule.rule.startswith("/console")
            and not rule.rule.endswith(NO_PAGES)
        }
    )
    db.session.expunge_all()
    db.session.rollback()
    assert len(addresses) > 30
    page = new_page(viewport=NARROW)
    sign_in(page, admin)
    for address in addresses:
        page.goto(address)
        look_at(page)
    for address in FORMS:
        page.goto(address)
        _send_empty(page)
        look_at(page)


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_pages_that_refuse_are_for_everybody_too(
    campaign: Campaign, app: Flask, new_page: NewPage, role: Role | None
) -> None:
    slug = campaign.slug
    roles = {campaign: role} if role else None
    someone = make_organiser("someone", roles=roles)
    db.session.refresh(someone)
    db.session.expunge_all()
    db.session.rollback()
    page = new_page(viewport=NARROW)
    sign_in(page, someone)
    for path in ("/exports", "/high-risk", "/state", "/post", "/audit"):
        answer = page.goto(f"/console/campaigns/{slug}{path}")
        assert answer
        assert answer.status in (403, 404)
        look_at(page)
    page.goto("/invitation/nobodys")
    look_at(page)


def _send_empty(page: Page) -> None:
    form = page.locator("main form:has(input:visible:not([type=hidden]))").first
    form.evaluate("form => { form.noValidate = true; form.reset(); }")
    form.get_by_role("button").last.click()
    expect(page).to_have_title(re.compile("^Error: "))
