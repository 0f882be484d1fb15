"""A signer sees, changes and takes back what they gave, in a real browser on a small phone."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.petitions.models import Petition
from tests.factories import make_signature
from tests.fixtures.browser import NewPage, assert_fits
from tests.fixtures.mail import Mailbox, link_to
from tests.journeys.looking import NARROW, cookies, look_at

AMAL = "amal@example.org"
NEW = "amal.new@example.org"


@pytest.fixture
def signed(campaign: Campaign) -> Campaign:
    petition = db.session.scalars(select(Petition)).one()
    make_signature(petition, AMAL, name="Amal Supporter", show_name=True, country="PK")
    db.session.expunge_all()
    db.session.rollback()
    return campaign


@pytest.mark.parametrize("java_script", [True, False], ids=["with-javascript", "without"])
def test_a_signer_changes_and_withdraws_what_they_gave(
    signed: Campaign, new_page: NewPage, mailbox: Mailbox, java_script: bool
) -> None:
    page = new_page(java_script_enabled=java_script, viewport=NARROW)
    look = look_at if java_script else assert_fits
    page.goto(f"/campaigns/{signed.slug}")
    page.locator(".petition-form__beside").get_by_role("link", name="See, change").click()
    page.get_by_role("button", name="Send me the links").click()
    assert page.title().startswith("Error: ")
    look(page)
    page.get_by_label("Email address").fill(AMAL)
    page.get_by_role("button", name="Send me the links").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now look into your mailbox")
    mail = mailbox.arrival(AMAL)

    page.goto(link_to(mail, "/my-signature/"))
    look(page)
    expect(page.get_by_label("Show my name on this page")).to_be_checked()
    page.get_by_label("Show my name on this page").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is as you wish now.")).to_be_visible()
    expect(page.get_by_label("Show my name on this page")).not_to_be_checked()
    page.get_by_label("Show my name on this page").check()
    page.get_by_role("button", name="Save").click()
    assert page.title().startswith("Error: ")
    look(page)

    page.get_by_role("link", name="Withdraw my signature").click()
    look(page)
    page.get_by_role("button", name="Withdraw my signature").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your signature is withdrawn")
    look(page)
    page.goto(link_to(mail, "/my-signature/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This signature is gone")
    look(page)
    assert cookies(page) == []


def test_a_signer_moves_to_another_address_and_wants_no_more_mail(
    signed: Campaign, new_page: NewPage, mailbox: Mailbox
) -> None:
    page: Page = new_page(viewport=NARROW)
    page.goto("/my-signature")
    page.get_by_label("Email address").fill(AMAL)
    page.get_by_role("button", name="Send me the links").click()
    own = link_to(mailbox.arrival(AMAL), "/my-signature/")
    page.goto(own)
    page.get_by_label("Email address").fill(NEW)
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_text("Look into the mailbox of the new address")).to_be_visible()
    mail = mailbox.arrival(NEW)
    page.goto(link_to(mail, "/confirm/"))
    look_at(page)
    page.get_by_role("button", name="Use this address").click()
    look_at(page)

    page.goto("/my-signature")
    page.get_by_label("Email address").fill(NEW)
    page.get_by_role("button", name="Send me the links").click()
    mail = mailbox.arrival(NEW, 2)
    own = link_to(mail, "/my-signature/")

    page.goto(link_to(mail, "/never-mail/"))
    look_at(page)
    page.get_by_role("button", name="Never mail me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No more mail from this site")
    look_at(page)

    page.goto(f"{own}/erasure")
    look_at(page)
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything is erased")
    look_at(page)
    assert cookies(page) == []
