"""Every page can be read and used by everybody: axe finds nothing, and a small phone is enough."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from playwright.sync_api import Page
from sqlalchemy import select

from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from campaigns.updates.models import Update
from tests.factories import make_campaign
from tests.fixtures.browser import NewPage
from tests.journeys.looking import NARROW, cookies, look_at

NO_PAGES = (".json", ".atom", ".ics", ".xml", ".txt", "/healthz", "/readyz", "/dev/mail/<name>")
NOT_PUBLIC = ("/console", "/static", "/stylesheets")


def test_every_public_page_is_for_everybody_on_a_small_phone(
    app: Flask, campaign: Campaign, new_page: NewPage
) -> None:
    make_campaign("taken-down", state=CampaignState.REMOVED)
    paths = list(_public_paths(app, campaign))
    db.session.rollback()
    page = new_page(viewport=NARROW)
    assert len(paths) > 10
    more = (
        "/?q=nobody+is+called+this",
        "/?status=held&country=PK",
        f"/campaigns/{campaign.slug}?as_of=2024-03-05",
        "/nowhere",
        "/campaigns/taken-down",
        "/campaigns/taken-down/embed",
        f"/campaigns/{campaign.slug}?as_of=yesterday",
    )
    for path in (*paths, *more):
        page.goto(path)
        look_at(page)
    # The sign-in page is the only one that gives a cookie: for its form.
    assert cookies(page) in ([], ["campaigns"])


def test_no_cookie_is_given_to_visitors(app: Flask, campaign: Campaign, browser_page: Page) -> None:
    for path in _public_paths(app, campaign):
        if path not in ("/login", "/dev/mail"):
            browser_page.goto(path)
    assert cookies(browser_page) == []


@pytest.mark.settings(LOCALES="en,ur")
def test_pages_are_for_everybody_from_right_to_left(
    app: Flask, campaign: Campaign, new_page: NewPage
) -> None:
    page = new_page(viewport=NARROW)
    for path in ("/", f"/campaigns/{campaign.slug}", "/about"):
        page.goto(f"{path}?locale=ur")
        assert page.locator("html").get_attribute("dir") == "rtl"
        look_at(page)


def _public_paths(app: Flask, campaign: Campaign) -> Iterator[str]:
    """Every page without a token, of this campaign."""
    event = db.session.scalars(select(Event.id).limit(1)).one()
    update = db.session.scalars(select(Update.id)).one()
    db.session.rollback()
    values = {"slug": campaign.slug, "event_id": event, "update_id": update}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            public = not rule.rule.startswith(NOT_PUBLIC) and not rule.rule.endswith(NO_PAGES)
            if public and "GET" in (rule.methods or ()) and rule.arguments <= values.keys():
                wanted = {name: values[name] for name in rule.arguments}
                yield url_for(rule.endpoint, _external=False, **wanted)  # type: ignore[arg-type]
