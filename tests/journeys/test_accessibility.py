"""Every page can be read and used by everybody: axe finds nothing, and a small phone is enough."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from playwright.sync_api import Page
from sqlalchemy import select

from campaigns.cases.models import Campaign, Event
from campaigns.db import db
from campaigns.updates.models import Update
from tests.fixtures.browser import NewPage, assert_accessible, assert_fits

NO_PAGES = (".json", ".atom", ".ics", ".xml", ".txt", "/embed", "z", "/dev/mail", "/console")
NOT_PUBLIC = ("/console", "/dev", "/static", "/stylesheets")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_public_page_is_accessible_on_a_small_phone(
    app: Flask, campaign: Campaign, new_page: NewPage, scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    paths = list(_public_paths(app, campaign))
    assert len(paths) > 8
    for path in [*paths, "/nowhere", "/?q=nobody+is+called+this", "/?status=held"]:
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.settings(LOCALES="en,ur")
def test_pages_are_accessible_from_right_to_left(
    app: Flask, campaign: Campaign, browser_page: Page
) -> None:
    for path in ("/", f"/campaigns/{campaign.slug}", "/about"):
        browser_page.goto(f"{path}?locale=ur")
        assert browser_page.locator("html").get_attribute("dir") == "rtl"
        assert_accessible(browser_page)
        assert_fits(browser_page)


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
