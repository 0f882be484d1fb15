"""An organiser writes to subscribers by keyboard on a small phone, and watches the mails leave."""

import re
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.mail.operations import queue_delivery
from campaigns.updates.models import SEND, Update
from campaigns.updates.runs import pause_update
from tests.factories import make_subscription
from tests.fixtures.browser import NewPage
from tests.fixtures.mail import Mailbox
from tests.journeys.looking import NARROW, look_at, sign_in, tab_to

AMAL = "amal@example.org"


def test_by_keyboard_alone_it_is_written_looked_at_tried_and_sent(
    campaign: Campaign, organiser: Organiser, new_page: NewPage, mailbox: Mailbox
) -> None:
    make_subscription(campaign, AMAL)
    db.session.rollback()
    page = new_page(viewport=NARROW)
    sign_in(page, organiser)
    heading = page.get_by_role("heading", level=1)
    press(page, "link", "Write to subscribers")
    expect(heading).to_have_text("Write to subscribers")
    press(page, "button", "Save as a draft")
    expect(page).to_have_title(re.compile("^Error: "))
    look_at(page)
    type_in(page, "Subject", "Day {days}")
    type_in(page, "Text", "She thanks you **all**.")
    press(page, "button", "Save as a draft")
    expect(heading).to_have_text("Day {days}")
    look_at(page)
    press(page, "link", "Preview (English)")
    expect(page.get_by_role("main")).to_contain_text("She thanks you all.")
    look_at(page)
    press(page, "link", "Back to the update")
    expect(heading).to_have_text("Day {days}")
    type_in(page, "Email address", "me@example.org")
    press(page, "button", "Send a test")
    expect(page.get_by_role("main")).to_contain_text("The test is on its way.")
    assert mailbox.arrival("me@example.org").subject.startswith("TEST: Day ")
    press(page, "button", "Send")
    expect(page.get_by_role("main")).to_contain_text("It goes out by itself.")
    look_at(page)
    let_ten_minutes_pass()
    assert mailbox.arrival(AMAL).subject.startswith("Day ")
    # Nobody loads the page anew: it does so by itself.
    expect(page.get_by_text("Its public page")).to_be_visible(timeout=10_000)
    look_at(page)


def test_the_numbers_of_a_run_are_renewed_and_survive_a_reload(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    about = paused_run(campaign)
    page = new_page(viewport=NARROW)
    sign_in(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/updates/{about}")
    expect(figure(page, "waiting")).to_have_text("3")
    look_at(page)
    page.get_by_role("button", name="Stop for good").click()
    expect(figure(page, "stopped")).to_have_text("3")
    page.reload()
    expect(figure(page, "stopped")).to_have_text("3")


def test_a_number_that_changes_is_seen_without_a_reload(
    campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    about = paused_run(campaign)
    db.session.execute(update(Update).where(Update.id == about).values(paused_at=None))
    tomorrow = utcnow() + timedelta(days=1)
    waiting = {"state": DeliveryState.QUEUED, "next_at": tomorrow}
    db.session.execute(update(Delivery).where(Delivery.kind == SEND).values(**waiting))
    db.session.commit()
    page = new_page(viewport=NARROW)
    sign_in(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/updates/{about}")
    expect(figure(page, "sent")).to_have_text("0")
    # As soon as the worker has begun, the page is loaded once more.
    expect(page.get_by_text("the worker is not running")).to_have_count(0, timeout=10_000)
    page.evaluate("document.body.dataset.seen = 'before'")
    one = select(Delivery.id).where(Delivery.kind == SEND).limit(1)
    sent = {"state": DeliveryState.SENT, "next_at": None, "sent_at": utcnow()}
    db.session.execute(update(Delivery).where(Delivery.id.in_(one)).values(**sent))
    db.session.commit()
    expect(figure(page, "sent")).to_have_text("1", timeout=10_000)
    assert page.evaluate("document.body.dataset.seen") == "before"
    look_at(page)


def paused_run(campaign: Campaign) -> int:
    """Make an update whose three mails rest; return its id."""
    told = db.session.scalars(select(Update).where(Update.campaign_id == campaign.id)).one()
    told.queued_at = utcnow()
    for number in range(3):
        queue_delivery(
            kind=SEND,
            about_id=told.id,
            dedupe_key=f"{SEND}:{number}",
            priority=Priority.NEWS,
            campaign_id=campaign.id,
        )
    pause_update(told)
    about = told.id
    db.session.commit()
    return about


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"[data-run-figure={name}]")


def press(page: Page, role: str, name: str) -> None:
    """Reach a button or link by Tab and press it."""
    target = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    tab_to(page, target)
    page.keyboard.press("Enter")


def type_in(page: Page, label: str, text: str) -> None:
    """Reach a field by Tab and type."""
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def let_ten_minutes_pass() -> None:
    """Have it been sent eleven minutes ago, instead of waiting."""
    db.session.rollback()
    before = utcnow() - timedelta(seconds=1)
    waiting = Update.queued_at.is_(None) & Update.published_at.is_not(None)
    db.session.execute(update(Update).where(waiting).values(published_at=before))
    db.session.commit()
