"""From nothing to a published campaign, by the keyboard alone on a small phone."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from campaigns.accounts.models import Organiser
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from tests.factories import ORGANISER_PASSWORD, make_detainee, make_organiser
from tests.factories.accounts import code_of
from tests.fixtures.browser import NewPage
from tests.journeys.looking import look_at, sign_in, tab_to

EDIT = "/console/campaigns/free-the-readers/edit"

ERROR = re.compile("^Error: ")


@pytest.fixture
def admin(app: Flask) -> Organiser:
    """A site admin; nothing is there yet."""
    admin = make_organiser("aziza", site_admin=True)
    db.session.refresh(admin)
    db.session.expunge_all()
    db.session.rollback()
    return admin


def sign_in_by_keyboard(page: Page, organiser: Organiser) -> None:
    """Sign in as somebody does who has no mouse."""
    page.goto("/login")
    write(page, page.get_by_label("User name"), organiser.username)
    write(page, page.get_by_label("Password"), ORGANISER_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/second**")
    write(page, page.get_by_label("Code from your app"), code_of(organiser))
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")


def write(page: Page, field: Locator, text: str) -> None:
    """Go to a field and replace what stands there."""
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def press(page: Page, target: Locator) -> None:
    """Go to a button or link and press it."""
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def save(page: Page) -> None:
    """Save a part, and be back at the list of parts."""
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the campaign")


def test_from_nothing_to_a_published_campaign_by_keyboard(
    admin: Organiser, browser_page: Page
) -> None:
    page = browser_page
    sign_in_by_keyboard(page, admin)
    page.goto("/console/campaigns/new")
    look_at(page)
    write(page, page.locator("#title"), "Free the readers")
    press(page, page.get_by_role("button", name="Make the draft"))
    expect(page.locator("#errors")).to_be_focused()
    look_at(page)
    write(page, page.locator("#name"), "Zarina Example")
    tab_to(page, page.locator("#policy"))
    page.keyboard.type("Initials")
    write(page, page.locator("#run_by_name"), "Example Street Committee")
    write(page, page.locator("#run_by_contact"), "committee@example.org")
    press(page, page.get_by_role("button", name="Make the draft"))
    page.wait_for_url(f"**{EDIT}")
    look_at(page)

    press(page, page.get_by_role("link", name="Texts", exact=True))
    look_at(page)
    write(page, page.locator("#summary"), "A reader was arrested on 1 March in Example City.")
    write(page, page.locator("#body"), "She was taken from a reading circle.")
    save(page)
    press(page, page.get_by_role("link", name="Petition", exact=True))
    look_at(page)
    write(page, page.locator("#text"), "We ask you to release her.")
    write(page, page.locator("#addressee"), "the Minister of the Interior")
    save(page)
    expect(page.get_by_text("Nothing is missing: it can be published.")).to_be_visible()

    press(page, page.get_by_role("link", name="See it as visitors will"))
    expect(page.get_by_text("Draft: only organisers see this.")).to_be_visible()
    expect(page.locator(".plate").get_by_text("Z. E.").first).to_be_visible()
    look_at(page)
    press(page, page.get_by_role("link", name="Go on editing"))
    press(page, page.get_by_role("link", name="Publish"))
    look_at(page)
    press(page, page.get_by_role("button", name="Publish"))
    expect(page.get_by_text("Published. Everybody can see it now.")).to_be_visible()
    look_at(page)
    page.goto("/")
    expect(page.get_by_role("link", name="Free the readers").first).to_be_visible()
    page.goto("/campaigns/free-the-readers")
    expect(page.get_by_role("button", name="Agree and sign")).to_be_visible()


def test_what_is_looked_at_sends_nothing(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    sign_in(page, organiser)
    address = f"/console/campaigns/{campaign.slug}/preview"
    page.goto(address)
    form = page.locator("form.petition-form")
    form.get_by_label("Full name").fill("Amal Supporter")
    form.get_by_label("Email address").fill("amal@example.org")
    form.get_by_role("button", name="Agree and sign").click()
    expect(page.get_by_text("Nothing is sent from here.")).to_be_visible()
    assert page.url.endswith(address)


def test_every_page_of_making_a_campaign_is_for_everybody(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    page, colleague = new_page(), new_page()
    base = f"/console/campaigns/{campaign.slug}"
    for desk in (page, colleague):
        sign_in(desk, organiser)
    paths = ("edit", "edit/detainees", "edit/detainees/new", "edit/translations", "edit/about")
    for path in (*paths, "edit/texts", "edit/petition", "preview", "state"):
        page.goto(f"{base}/{path}")
        look_at(page)

    # A full name without its basis; another wording of what was signed; a slip of the finger.
    page.goto(f"{base}/edit/detainees/new")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title(ERROR)
    look_at(page)
    page.goto(f"{base}/edit/petition")
    page.locator("#text").fill("Something else.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Tick this to publish the changed one").first).to_be_visible()
    look_at(page)
    page.goto(f"{base}/state")
    page.get_by_role("button", name="Take down now").click()
    expect(page).to_have_title(ERROR)
    look_at(page)

    page.goto(f"{base}/edit/detainees")
    page.get_by_role("button", name="Remove Zarina Example").click()
    expect(page).to_have_title(ERROR)
    look_at(page)

    for desk, words in ((page, "Mine."), (colleague, "Theirs.")):
        desk.goto(f"{base}/edit/texts")
        desk.locator("#summary").fill(words)
    colleague.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else saved this meanwhile")).to_be_visible()
    expect(page.get_by_text("Theirs.")).to_be_visible()
    expect(page.locator("#summary")).to_have_value("Mine.")
    look_at(page)
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit the campaign")


def test_what_is_missing_is_a_list_that_leads_there(campaign: Campaign, browser_page: Page) -> None:
    row = db.session.get_one(Campaign, campaign.id)
    row.state, row.demand = CampaignState.DRAFT, ""
    make_detainee(row, "A Third Example")
    owner = make_organiser("olga", roles={row: Role.OWNER})
    db.session.refresh(owner)
    db.session.expunge_all()
    db.session.rollback()
    sign_in(browser_page, owner)
    browser_page.goto(f"/console/campaigns/{campaign.slug}/state")
    browser_page.get_by_role("button", name="Publish").click()
    expect(browser_page.locator("#errors")).to_be_focused()
    look_at(browser_page)
    browser_page.get_by_role("link", name="Say in one sentence what is demanded.").click()
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Texts")
