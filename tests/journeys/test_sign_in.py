"""Signing in with more than a password, in a real browser on a small phone."""

import re

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Locator, Page, expect

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign
from tests.factories import ORGANISER_PASSWORD, code_of
from tests.fixtures.browser import PHONE, NewPage
from tests.fixtures.servers import LiveServer
from tests.journeys.looking import NARROW, look_at, sign_in, tab_to, type_password

ACCOUNT = "/console/account"
WRONG = re.compile("^Error: ")
CODE = re.compile(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}")


@pytest.fixture
def organiser(owners: tuple[Organiser, Organiser]) -> Organiser:
    """Somebody with an authenticator app."""
    return owners[0]


def test_an_app_is_set_up_and_asked_for_by_keyboard_alone(
    admin: Organiser, new_page: NewPage
) -> None:
    page = new_page(viewport=PHONE)
    page.goto("/login?next=/console")
    _type_password(page, admin)
    secret, kept = _set_up_app(page)
    expect(_heading(page)).to_have_text("Your campaigns")
    _press(page, page.get_by_role("button", name="Sign out"))
    expect(_heading(page)).to_have_text("Sign in")

    # The next morning, by the app; its code of this half minute was used.
    _type_password(page, admin)
    expect(_heading(page)).to_have_text("Second step")
    look_at(page)
    _press(page, page.get_by_role("button", name="Go on", exact=True))
    expect(page).to_have_title(WRONG)
    look_at(page)
    tab_to(page, page.get_by_label("Code from your app"))
    page.keyboard.type(code_of(admin, secret))
    page.keyboard.press("Enter")
    expect(_heading(page)).to_have_text("Your campaigns")
    _press(page, page.get_by_role("button", name="Sign out"))
    expect(_heading(page)).to_have_text("Sign in")

    # And with the phone lost, by a code from paper.
    _type_password(page, admin)
    expect(_heading(page)).to_have_text("Second step")
    tab_to(page, page.get_by_text("Use a recovery code"))
    page.keyboard.press("Enter")
    look_at(page)
    tab_to(page, page.get_by_label("Recovery code"))
    page.keyboard.type(kept[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text("You used a recovery code: 9 are left.")).to_be_visible()


def _set_up_app(page: Page) -> tuple[str, list[str]]:
    """Set an app up by keyboard; return its secret and the recovery codes that came with it."""
    # Nothing of the console opens before.
    expect(_heading(page)).to_have_text("Set up a second factor")
    look_at(page)
    _press(page, page.get_by_role("link", name="Set up an app"))
    expect(_heading(page)).to_have_text("Set up an authenticator app")
    look_at(page)
    code = page.get_by_label("Code from your app")
    _press(page, page.get_by_role("button", name="Add the app"))
    expect(page).to_have_title(WRONG)
    look_at(page)
    secret = page.locator(".account__secret").inner_text().replace(" ", "")
    tab_to(page, code)
    page.keyboard.type(TOTP(key=secret).generate().token)
    page.keyboard.press("Enter")
    expect(_heading(page)).to_have_text("Your recovery codes")
    look_at(page)
    kept = CODE.findall(page.locator(".account__codes").inner_text())
    assert len(kept) == 10
    _press(page, page.get_by_role("link", name="I have kept them: go on"))
    return secret, kept


def test_a_passkey_is_made_and_signs_in_alone(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, live_server: LiveServer
) -> None:
    page = new_page(base_url=live_server.url.replace("127.0.0.1", "localhost"))
    _plug_in_device(page)
    sign_in(page, organiser)
    page.goto(f"{ACCOUNT}/passkeys/new")
    look_at(page)
    page.get_by_role("button", name="Make the passkey").click()
    assert page.title().startswith("Error: ")
    look_at(page)
    page.get_by_label("Name of this passkey").fill("this phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.goto(ACCOUNT)
    look_at(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(_heading(page)).to_have_text("Your campaigns")
    page.get_by_role("button", name="Sign out", exact=True).click()

    page.goto("/login")
    type_password(page, organiser)
    look_at(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(_heading(page)).to_have_text("Your campaigns")
    page.goto(ACCOUNT)
    page.get_by_role("link", name="Rename or remove this phone").click()
    look_at(page)
    page.get_by_label("Name of this passkey").fill("")
    page.get_by_role("button", name="Rename").click()
    assert page.title().startswith("Error: ")
    look_at(page)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey is removed")).to_be_visible()


def test_without_a_passkey_one_is_told_and_goes_on_without(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, live_server: LiveServer
) -> None:
    page = new_page(base_url=live_server.url.replace("127.0.0.1", "localhost"))
    _plug_in_device(page)
    page.goto("/login")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_text("No passkey was used.")).to_be_visible()
    look_at(page)


@pytest.mark.parametrize("java_script", [True, False], ids=["under-another-name", "without-script"])
def test_where_there_can_be_no_passkey_none_is_offered(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, java_script: bool
) -> None:
    """A passkey is bound to a name; the site under test is opened by its number."""
    page = new_page(java_script_enabled=java_script)
    page.goto("/login")
    expect(page.get_by_role("button", name="Use a passkey instead")).to_be_hidden()
    sign_in(page, organiser)
    page.goto(f"{ACCOUNT}/passkeys/new")
    expect(page.get_by_role("button", name="Make the passkey")).to_be_hidden()
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()


def test_a_lost_phone_is_signed_out_by_keyboard(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    lost, here = new_page(), new_page(viewport=NARROW)
    sign_in(lost, organiser)
    sign_in(here, organiser)
    here.goto(ACCOUNT)
    look_at(here)
    _press(here, here.get_by_role("button", name="Sign out there"))
    expect(here.get_by_text("Signed out there.")).to_be_visible()
    look_at(here)
    lost.goto("/console")
    expect(_heading(lost)).to_have_text("Sign in")


def test_every_page_of_an_account_is_for_everybody_on_a_small_phone(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    page = new_page(viewport=NARROW)
    sign_in(page, organiser)
    for path in ("", "/second-factor", "/totp/remove", "/recovery-codes/new"):
        page.goto(f"{ACCOUNT}{path}")
        look_at(page)
    for path in ("/password", "/fresh"):
        page.goto(f"{ACCOUNT}{path}")
        look_at(page)
        page.locator("main form button").last.click()
        assert page.title().startswith("Error: ")
        look_at(page)


def _heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def _press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    page.keyboard.press("Enter")


def _type_password(page: Page, organiser: Organiser) -> None:
    tab_to(page, page.get_by_label("User name"))
    page.keyboard.type(organiser.username)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(ORGANISER_PASSWORD)
    page.keyboard.press("Enter")


def _plug_in_device(page: Page) -> None:
    """A device that keeps passkeys and knows its owner's finger."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
