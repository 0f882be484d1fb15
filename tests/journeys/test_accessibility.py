"""Every page can be read and used by everybody: axe finds nothing, and a small phone is enough."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, url_for
from playwright.sync_api import Page, expect
from sqlalchemy import select

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.petitions.models import CountryTally, Petition, PublicSigner, SignatureState
from campaigns.updates.models import Update
from tests.factories import make_campaign, make_signature
from tests.fixtures.browser import NewPage
from tests.journeys.looking import NARROW, cookies, look_at, sign_in

NO_PAGES = (
    ".json",
    ".csv",
    ".atom",
    ".ics",
    ".xml",
    ".txt",
    "/healthz",
    "/readyz",
    "/dev/mail/<name>",
)
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
        f"/campaigns/{campaign.slug}?known_on={utcnow().date() - timedelta(days=1)}",
        "/report/ABCD-2345",
        "/nowhere",
        "/campaigns/taken-down",
        "/campaigns/taken-down/embed",
        f"/campaigns/{campaign.slug}?as_of=yesterday",
    )
    for path in (*paths, *more):
        page.goto(path)
        look_at(page)
    page.goto("/report")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what it is.")
    look_at(page)
    # The sign-in page is the only one that gives a cookie: for its form.
    assert cookies(page) in ([], ["campaigns"])


@pytest.mark.settings(LOCALES="en,ur")
def test_looking_back_is_for_everybody_with_a_keyboard(
    app: Flask, campaign: Campaign, new_page: NewPage
) -> None:
    page = new_page(viewport=NARROW)
    for locale in ("en", "ur"):
        page.goto(f"/campaigns/{campaign.slug}?locale={locale}")
        page.locator(".look-back summary").press("Enter")
        look_at(page)
    page.goto(f"/campaigns/{campaign.slug}")
    page.locator(".look-back summary").press("Enter")
    page.get_by_label("What had happened by").fill("2024-03-05")
    page.get_by_label("What had happened by").press("Enter")
    expect(page.get_by_text("This page shows the status as of")).to_be_visible()
    expect(page.get_by_text("1 of 2 free")).to_have_count(0)


def test_no_cookie_is_given_to_visitors(app: Flask, campaign: Campaign, browser_page: Page) -> None:
    for path in _public_paths(app, campaign):
        if path != "/dev/mail" and not path.startswith("/login"):
            browser_page.goto(path)
    assert cookies(browser_page) == []


@pytest.mark.settings(LOCALES="en,ur")
def test_pages_are_for_everybody_from_right_to_left(
    app: Flask, campaign: Campaign, new_page: NewPage
) -> None:
    page = new_page(viewport=NARROW)
    for path in ("/", f"/campaigns/{campaign.slug}", "/about", "/report"):
        page.goto(f"{path}?locale=ur")
        assert page.locator("html").get_attribute("dir") == "rtl"
        look_at(page)


def test_what_organisers_decide_about_signatures_is_for_everybody_on_a_small_phone(
    app: Flask, campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    petition = db.session.scalars(select(Petition)).one()
    for days_ago in range(2):
        day = utcnow().date() - timedelta(days=days_ago)
        make_signature(petition, state=SignatureState.HELD, held=True, confirmed_on=day)
    for name, comment in (("زرینہ", "ان کو رہا کرو"), ("Amal Signer", "Let them go. " * 20)):
        signature = make_signature(petition)
        signer = PublicSigner(
            signature_id=signature.id, petition_id=petition.id, name=name, comment=comment
        )
        db.session.add(signer)
    db.session.add(CountryTally(petition_id=petition.id, country="PK", number=20))
    petition.tally.online = petition.tally.countries_of = 60
    db.session.get_one(Campaign, campaign.id).version += 1
    db.session.commit()
    page = new_page(viewport=NARROW)
    page.goto(f"/campaigns/{campaign.slug}")
    page.get_by_text("Where they signed from").click()
    look_at(page)
    sign_in(page, organiser)
    page.get_by_role("link", name="2 comments wait").click()
    look_at(page)
    page.get_by_text("They are a misuse").first.click()
    look_at(page)
    page.get_by_role("button", name="Release all").click()
    expect(page.get_by_text("2 signatures count now.")).to_be_visible()
    page.get_by_role("button", name="Approve").first.click()
    look_at(page)
    page.get_by_role("link", name="Names shown in public").click()
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
