"""What is typed in a tab stays there until the server says that it has arrived, and no longer."""

from playwright.sync_api import Page, expect
from sqlalchemy import delete, func, select

from campaigns.accounts.models import Organiser, Session
from campaigns.cases.models import Campaign, Event
from campaigns.db import db
from tests.factories import ORGANISER_PASSWORD
from tests.journeys.looking import look_at

LINE = "They were moved at night."


def sign_in_here(page: Page, organiser: Organiser) -> None:
    page.get_by_label("User name").fill(organiser.username)
    page.get_by_label("Password").fill(ORGANISER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your campaigns")


def kept(page: Page) -> int:
    number: int = page.evaluate("sessionStorage.length")
    return number


def test_an_entry_previewed_when_the_session_ended_is_found_again_and_then_forgotten(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page = browser_page
    page.goto("/login")
    sign_in_here(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/events/new")
    page.get_by_label("What happened").select_option("transferred")
    page.get_by_label("When", exact=True).fill("3 April 2024")
    page.get_by_label("Zarina Example").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("In one line").fill(LINE)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="As visitors will see it")).to_be_visible()
    expect(page.get_by_text("no answer came back")).to_be_hidden()
    db.session.execute(delete(Session))
    db.session.commit()
    page.get_by_role("button", name="Preview").click()
    sign_in_here(page, organiser)
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("In one line")).to_have_value(LINE)
    expect(page.get_by_label("Zarina Example")).to_be_checked()
    look_at(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_text("It is dated 3 April 2024.")).to_be_visible()
    assert kept(page) == 0
    for note in ("Clearer.", "Clearer still."):
        page.get_by_role("link", name=LINE).first.click()
        expect(page.get_by_text("Here is what you typed.")).to_be_hidden()
        page.get_by_label("Text (optional)").fill(note)
        page.get_by_label("What was corrected, and why").fill(note)
        page.get_by_role("button", name="Save").click()
        if page.get_by_role("button", name="Save anyway").count():
            page.get_by_role("button", name="Save anyway").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert kept(page) == 0
    assert db.session.scalar(select(func.count()).where(Event.summary == LINE)) == 1
    db.session.rollback()


def test_a_part_is_kept_after_an_error_and_forgotten_when_asked(
    campaign: Campaign, organiser: Organiser, browser_page: Page
) -> None:
    page, path = browser_page, f"/console/campaigns/{campaign.slug}/edit/texts"
    page.goto("/login")
    sign_in_here(page, organiser)
    page.goto(path)
    before = page.get_by_label("The case").input_value()
    page.get_by_label("The case").fill("A long text.")
    page.evaluate("document.querySelector('form.form [name=csrf_token]').value = 'x'")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("form[data-draft]")).to_have_count(0)
    page.goto("/console")
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("The case")).to_have_value("A long text.")
    look_at(page)
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_label("The case")).to_have_value(before)
    assert kept(page) == 0
    page.get_by_label("The case").fill("Another text.")
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Texts")
    assert kept(page) == 0
    page.goto(path)
    expect(page.get_by_label("The case")).to_have_value(before)
    page.get_by_label("The case").fill("The text.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept(page) == 0
