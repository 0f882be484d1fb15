"""A subscriber changes how they are mailed, in a real browser on a small phone."""

import pytest
from playwright.sync_api import expect

from campaigns.cases.models import Campaign
from campaigns.db import db
from tests.factories import make_subscription
from tests.fixtures.browser import NewPage, assert_fits
from tests.fixtures.mail import Mailbox, link_to
from tests.journeys.looking import NARROW, cookies, look_at

AMAL = "amal@example.org"


@pytest.mark.parametrize("java_script", [True, False], ids=["with-javascript", "without"])
def test_a_subscriber_chooses_pauses_and_leaves(
    campaign: Campaign, new_page: NewPage, mailbox: Mailbox, java_script: bool
) -> None:
    slug = campaign.slug
    make_subscription(campaign, AMAL)
    db.session.expunge_all()
    db.session.rollback()
    page = new_page(java_script_enabled=java_script, viewport=NARROW)
    look = look_at if java_script else assert_fits
    page.goto(f"/campaigns/{slug}")
    page.get_by_role("link", name="Subscribed already").click()
    page.get_by_role("button", name="Send me the links").click()
    assert page.title().startswith("Error: ")
    look(page)
    page.get_by_label("Email address").fill(AMAL)
    page.get_by_role("button", name="Send me the links").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now look into your mailbox")

    page.goto(link_to(mailbox.arrival(AMAL), "/preferences/"))
    look(page)
    page.get_by_label("Once a week at most").check()
    page.get_by_label("Discreet").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is as you wish now.")).to_be_visible()
    expect(page.get_by_label("Once a week at most")).to_be_checked()
    expect(page.get_by_label("Discreet")).to_be_checked()
    page.get_by_label("No mail").select_option("For a month")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("No mail until")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Write to me again").click()
    expect(page.get_by_label("No mail")).to_be_visible()
    page.get_by_role("button", name="Never mail me from this site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No more mail from this site")
    look(page)
    assert cookies(page) == []
