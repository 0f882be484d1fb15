"""Organisers at night, on a phone, on a bad network."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, func, select

from campaigns.accounts.models import Organiser, Session
from campaigns.cases.models import Campaign, Confirmation, Event
from campaigns.db import db
from campaigns.updates.models import Update
from tests.factories import (
    ORGANISER_PASSWORD,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_subscription,
)
from tests.fixtures.browser import NewPage
from tests.journeys.looking import NARROW, look_at, tab_to
from tests.journeys.looking import sign_in as sign_in_with_app

LINE = "Zarina came home this evening, on bail."
WIDE = {"width": 1280, "height": 800}


def test_a_post_survives_the_loss_of_the_network_and_is_stored_once(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    sign_in(page, organiser)
    page.get_by_role("link", name="Post what happened").click()
    fill_in(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("There is no network.")).to_be_visible()
    look_at(page)
    assert entries() == 0
    page.context.set_offline(False)
    expect(page.get_by_text("Posted.")).to_be_visible()
    assert entries() == 1
    assert page.evaluate("sessionStorage.length") == 0
    page.goto(f"/console/campaigns/{campaign.slug}/post")
    expect(page.get_by_label("In one line")).to_have_value("")


def test_an_answer_that_is_lost_makes_no_second_entry(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, organiser)
    path = f"/console/campaigns/{campaign.slug}/post"
    page.goto(path)
    fill_in(page)
    form = page.locator("form.quick-post")
    sent = form.evaluate("form => Object.fromEntries(new FormData(form))")
    # The server takes it, and the phone never learns of it, not even by a cookie.
    elsewhere = new_page()
    elsewhere.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    assert elsewhere.request.post(path, form=sent, max_redirects=0).status == 303
    assert entries() == 1
    page.goto(path)
    expect(page.get_by_text("Here is what you typed.")).to_be_visible()
    expect(page.get_by_label("In one line")).to_have_value(LINE)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted.")).to_be_visible()
    assert entries() == 1


def test_a_post_survives_the_end_of_the_session(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    sign_in(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/post")
    fill_in(page)
    page.get_by_text("telling subscribers").click()
    page.get_by_label("Karim Example").check()
    db.session.execute(delete(Session))
    db.session.commit()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in_here(page, organiser)
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("In one line")).to_have_value(LINE)
    expect(page.get_by_label("Karim Example")).to_be_checked()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Posted.")).to_be_visible()
    assert entries() == 1


def test_what_was_typed_is_forgotten_at_sign_out(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    sign_in(browser_page, organiser)
    browser_page.goto(f"/console/campaigns/{campaign.slug}/post")
    fill_in(browser_page)
    assert LINE in browser_page.evaluate("JSON.stringify(sessionStorage)")
    browser_page.get_by_role("button", name="Sign out").click()
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert browser_page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_the_keyboard_alone_posts_and_takes_it_back(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    make_subscription(db.session.get_one(Campaign, campaign.id), "amal@example.org")
    db.session.rollback()
    page.goto("/login")
    tab_to(page, page.get_by_label("User name"))
    page.keyboard.type(organiser.username)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(ORGANISER_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    tab_to(page, page.get_by_role("link", name="Post what happened"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/post")
    tab_to(page, page.get_by_label("What happened"))
    page.keyboard.type("Released on bail")
    tab_to(page, page.get_by_label("In one line"))
    page.keyboard.type(LINE)
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Also tell subscribers"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Post", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Posted.")).to_be_visible()
    look_at(page)
    assert (entries(), updates()) == (1, 2)
    tab_to(page, page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Undone")).to_be_visible()
    assert (entries(), updates()) == (0, 1)


def test_one_tap_says_that_it_is_still_true(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    sign_in(page, organiser)
    page.get_by_role("heading", level=2).get_by_role("link", name=campaign.title).click()
    look_at(page)
    page.get_by_role("button", name=re.compile("Still true.*Karim")).click()
    expect(page.get_by_text("Confirmed today.")).to_have_count(1)
    page.get_by_text("Tell who says so").click()
    page.get_by_label("Who says so").select_option("lawyer")
    look_at(page)
    page.get_by_role("button", name="Still true for all").dblclick()
    expect(page.get_by_text("Confirmed today.")).to_have_count(2)
    assert db.session.scalar(select(func.count()).select_from(Confirmation)) == 2
    db.session.rollback()
    page.goto(f"/campaigns/{campaign.slug}")
    expect(page.get_by_text("Source: Lawyer.").first).to_be_visible()


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["phone", "desk"])
def test_desk_start_page_and_statistics_are_for_everybody(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, viewport: dict[str, int]
) -> None:
    stale = make_campaign("stale", title="A case nobody has looked at")
    make_detainee(stale)
    make_event(stale, date="2024-03-01")
    admin = make_organiser("root", site_admin=True)
    db.session.refresh(admin)
    db.session.expunge_all()
    db.session.rollback()
    page = new_page(viewport=viewport)
    sign_in_with_app(page, admin)
    expect(page.get_by_text("still true?").first).to_be_visible()
    look_at(page)
    for path in ("", "/statistics", "/post"):
        page.goto(f"/console/campaigns/{campaign.slug}{path}")
        for folded in page.locator("summary").all():
            folded.click()
        look_at(page)
    page.goto(f"/console/campaigns/{campaign.slug}/statistics")
    expect(page.get_by_role("img", name=re.compile("Signatures confirmed by day"))).to_be_visible()
    small = page.evaluate(
        "[...document.querySelectorAll('.console a, .console button, .console summary')]"
        ".filter(it => it.offsetParent && it.getBoundingClientRect().height < 44)"
        ".map(it => it.outerHTML)"
    )
    assert not small


def sign_in(page: Page, organiser: Organiser) -> None:
    page.goto("/login")
    sign_in_here(page, organiser)


def sign_in_here(page: Page, organiser: Organiser) -> None:
    page.get_by_label("User name").fill(organiser.username)
    page.get_by_label("Password").fill(ORGANISER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your campaigns")


def fill_in(page: Page) -> None:
    page.get_by_label("What happened").select_option("released_on_bail")
    page.get_by_label("In one line").fill(LINE)


def entries() -> int:
    """How many entries say what is posted here."""
    number = db.session.scalar(select(func.count()).where(Event.summary == LINE))
    db.session.rollback()
    return number or 0


def updates() -> int:
    number = db.session.scalar(select(func.count()).select_from(Update))
    db.session.rollback()
    return number or 0
