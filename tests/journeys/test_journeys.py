"""What people come for, in a real browser on a small phone."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.updates.models import Subscription, Update
from tests.fixtures.browser import NewPage, assert_fits
from tests.fixtures.mail import Mailbox, link_to
from tests.journeys.looking import NARROW, cookies, look_at, sign_in, tab_to

AMAL = "amal@example.org"

THANKS = "Thank you. Your signature is confirmed"


@pytest.mark.parametrize("java_script", [True, False], ids=["with-javascript", "without"])
def test_a_supporter_signs_confirms_and_is_thanked(
    campaign: Campaign, new_page: NewPage, mailbox: Mailbox, java_script: bool
) -> None:
    page = new_page(java_script_enabled=java_script)
    # Looking needs JavaScript.
    look = look_at if java_script else assert_fits
    before = _count(page, campaign.slug)
    page.goto(f"/campaigns/{campaign.slug}")
    page.get_by_role("button", name="Agree and sign").click()
    assert page.title().startswith("Error: ")
    look(page)
    form = page.locator("form.petition-form")
    form.get_by_label("Full name").fill("Amal Supporter")
    form.get_by_label("Email address").fill(AMAL)
    form.get_by_role("button", name="Agree and sign").click()
    expect(page).to_have_url(f"{_base(page)}/campaigns/{campaign.slug}/signed")
    look(page)
    assert _count(page, campaign.slug) == before

    # As somebody does who tries it out on their own machine.
    mailbox.arrival(AMAL)
    page.goto("/dev/mail")
    page.locator("main ol a").first.click()
    look(page)
    page.locator("main a", has_text="/confirm/").click()
    look(page)
    assert _count(page, campaign.slug) == before
    page.get_by_role("button", name="Confirm my signature").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Thank you. Your signature is confirmed"
    )
    expect(page.get_by_role("link", name="WhatsApp")).to_be_visible()
    look(page)
    assert _count(page, campaign.slug) == before + 1
    page.reload()
    assert _count(page, campaign.slug) == before + 1
    assert cookies(page) == []


def test_the_keyboard_alone_signs_and_confirms(
    campaign: Campaign, browser_page: Page, mailbox: Mailbox
) -> None:
    page = browser_page
    page.goto(f"/campaigns/{campaign.slug}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    form = page.locator("form.petition-form")
    tab_to(page, form.get_by_label("Full name"))
    page.keyboard.type("Amal Supporter")
    tab_to(page, form.get_by_label("Email address"))
    page.keyboard.type("not an address")
    tab_to(page, form.get_by_label("Show my name on this page"))
    page.keyboard.press("Space")
    tab_to(page, form.get_by_role("button", name="Agree and sign"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign")
    # What is wrong has the focus, and leads to where it is wrong.
    expect(page.locator("#errors")).to_be_focused()
    tab_to(page, page.locator("#errors a").first)
    page.keyboard.press("Enter")
    expect(form.get_by_label("Email address")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(AMAL)
    page.keyboard.press("Enter")
    page.wait_for_url("**/signed")
    page.goto(link_to(mailbox.arrival(AMAL), "/confirm/"))
    tab_to(page, page.get_by_role("button", name="Confirm my signature"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Thank you. Your signature is confirmed"
    )


def test_a_form_with_faults_says_what_to_do_and_keeps_what_was_typed(
    campaign: Campaign, browser_page: Page
) -> None:
    browser_page.goto(f"/campaigns/{campaign.slug}")
    form = browser_page.locator("form.petition-form")
    form.get_by_label("Full name").fill("Amal Supporter")
    form.get_by_label("Email address").fill("amal at example")
    form.get_by_label("Show my name on this page").check()
    form.get_by_role("button", name="Agree and sign").click()
    assert browser_page.title().startswith("Error: ")
    expect(form.get_by_label("Full name")).to_have_value("Amal Supporter")
    expect(form.get_by_label("Email address")).to_have_value("amal at example")
    expect(form.get_by_label("Show my name on this page")).to_be_checked()
    expect(form.get_by_label("Email address")).to_have_attribute("aria-invalid", "true")


def test_a_subscriber_is_told_by_an_organiser_and_leaves_with_one_press(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, mailbox: Mailbox
) -> None:
    page = new_page()
    page.goto(f"/campaigns/{campaign.slug}")
    form = page.locator("form.subscribe")
    form.get_by_role("button", name="Email me news").click()
    assert page.title().startswith("Error: ")
    look_at(page)
    form.get_by_label("Email address").fill(AMAL)
    form.get_by_role("button", name="Email me news").click()
    look_at(page)
    page.goto(link_to(mailbox.arrival(AMAL), "/confirm/"))
    page.get_by_role("button", name="Email me news of this case").click()

    desk = new_page()
    sign_in(desk, organiser)
    desk.get_by_role("link", name="Post what happened").click()
    desk.get_by_label("What happened").select_option("released_on_bail")
    desk.get_by_label("In one line").fill("Zarina came home this evening, on bail.")
    desk.get_by_text("Whom it concerns, telling subscribers").click()
    desk.get_by_label("Zarina Example").check()
    desk.get_by_label("Also tell subscribers").check()
    assert_fits(desk)
    desk.get_by_role("button", name="Post", exact=True).click()
    expect(desk.get_by_text("Posted.")).to_be_visible()
    _let_the_time_to_undo_pass()

    page.goto(f"/campaigns/{campaign.slug}")
    expect(page.locator(".timeline")).to_contain_text("Zarina came home this evening, on bail.")
    status = _json(page, campaign.slug)["detainees"][0]["status"]
    assert status["custody"] == "released_on_bail"

    news = mailbox.arrival(AMAL, number=2)
    assert "Zarina came home this evening, on bail." in news.text
    assert "Zarina came home this evening, on bail." in news.html
    assert ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") in news.headers
    leave = link_to(news, "/unsubscribe/")
    page.goto(leave)
    look_at(page)
    # What a mail program sends when its own button is pressed (RFC 8058).
    left = page.request.post(leave, form={"List-Unsubscribe": "One-Click"})
    assert (left.status, left.text(), left.url) == (200, "", leave)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("No more mail about this case")
    look_at(page)
    assert cookies(page) == []


def test_every_page_of_the_console_is_accessible(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    browser_page.goto("/login")
    look_at(browser_page)
    browser_page.get_by_role("button", name="Sign in").click()
    look_at(browser_page)
    sign_in(browser_page, organiser)
    look_at(browser_page)
    for path in ("post", "updates/new", "high-risk"):
        browser_page.goto(f"/console/campaigns/{campaign.slug}/{path}")
        look_at(browser_page)
        browser_page.locator("main form button").last.click()
        expect(browser_page).to_have_title(re.compile("^Error: "))
        look_at(browser_page)


def test_two_owners_agree_on_an_export_by_keyboard(
    campaign: Campaign, owners: tuple[Organiser, Organiser], new_page: NewPage
) -> None:
    asking, approving = (new_page(viewport=NARROW) for _ in owners)
    path = f"/console/campaigns/{campaign.slug}/exports"
    for page, owner in zip((asking, approving), owners, strict=True):
        sign_in(page, owner)
        page.goto(path)
    _press(asking, asking.get_by_role("button", name="Ask for it"))
    expect(asking).to_have_title(re.compile("^Error: "))
    look_at(asking)
    tab_to(asking, asking.locator("[name=reason]"))
    asking.keyboard.type("Handing over on 8 March")
    _press(asking, asking.get_by_role("button", name="Ask for it"))
    expect(asking.get_by_text("It waits for somebody else to approve it.")).to_be_visible()
    look_at(asking)
    approving.reload()
    look_at(approving)
    _press(approving, approving.get_by_role("button", name="Approve"))
    expect(approving.get_by_text("The export can be made now")).to_be_visible()
    look_at(approving)


def _press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    page.keyboard.press("Enter")


def _let_the_time_to_undo_pass() -> None:
    """Have all this happened a minute ago, instead of waiting until somebody may be told."""
    minute = timedelta(minutes=1)
    for subscription in db.session.scalars(select(Subscription)):
        assert subscription.confirmed_at
        subscription.confirmed_at -= minute
    for update in db.session.scalars(select(Update).where(Update.queued_at.is_(None))):
        assert update.published_at
        update.published_at -= minute
    db.session.commit()


def _base(page: Page) -> str:
    return page.url.split("/campaigns")[0]


def _json(page: Page, slug: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    found: dict[str, list[dict[str, dict[str, str]]]] = json.loads(
        page.request.get(f"/campaigns/{slug}.json").text()
    )
    return found


def _count(page: Page, slug: str) -> int:
    return int(json.loads(page.request.get(f"/campaigns/{slug}/count.json").text())["count"])
