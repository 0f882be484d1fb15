"""How a page is looked at in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

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
