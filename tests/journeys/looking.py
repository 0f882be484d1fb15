"""How a page is looked at in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from campaigns.accounts.models import Organiser
from tests.factories import ORGANISER_PASSWORD, code_of
from tests.fixtures.browser import assert_accessible, assert_fits

NARROW = {"width": 320, "height": 640}
MOST_STEPS = 80


def look_at(page: Page) -> None:
    """Fail when a page is wider than the screen, or hard to use for somebody, by day or night."""
    assert_fits(page)
    assert_accessible(page)
    # By night only the colours differ.
    page.emulate_media(color_scheme="dark")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    assert found.violations_count == 0, f"{page.url} by night: {found.generate_report()}"


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; where the focus is must be seen all the way."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "(style => style.outlineStyle !== 'none' || style.boxShadow !== 'none')"
            "(getComputedStyle(document.activeElement))"
        ), f"{page.url}: the focus on {page.evaluate('document.activeElement.outerHTML')} is unseen"
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{page.url}: Tab does not lead to {target}")


def cookies(page: Page) -> list[str]:
    """The names of the cookies this browser has been given."""
    return [cookie["name"] for cookie in page.context.cookies()]


def sign_in(page: Page, organiser: Organiser) -> None:
    """Sign in, with the app of those who have one, and arrive at the start page."""
    page.goto("/login")
    type_password(page, organiser)
    heading = page.get_by_role("heading", level=1)
    expect(heading).not_to_have_text("Sign in")
    if heading.inner_text() == "Second step":
        page.get_by_label("Code from your app").fill(code_of(organiser))
        page.get_by_role("button", name="Go on", exact=True).click()
    page.wait_for_url("**/console")


def type_password(page: Page, organiser: Organiser) -> None:
    """Fill in the sign-in page."""
    page.get_by_label("User name").fill(organiser.username)
    page.get_by_label("Password").fill(ORGANISER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
