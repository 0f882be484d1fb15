"""Writing and mending entries and articles on a small phone, by everybody."""

from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from campaigns.accounts.models import Organiser
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db
from tests.factories import make_article, make_event, make_update
from tests.fixtures.browser import NewPage
from tests.journeys.looking import look_at, sign_in, tab_to

PHONE = {"width": 360, "height": 740}
# From the last line of each title to what stands below it, in pixels.
GAPS = """titles => titles.map(title => {
    const words = document.createRange();
    const texts = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
    let end = 0;
    while (texts.nextNode()) {
        words.selectNode(texts.currentNode);
        end = Math.max(end, ...[...words.getClientRects()].map(box => box.bottom));
    }
    return title.nextElementSibling.getBoundingClientRect().top - end;
})"""


@pytest.mark.parametrize("script", [True, False])
def test_an_entry_is_written_previewed_doubted_and_mended(
    app: Flask, campaign: Campaign, organiser: Organiser, new_page: NewPage, script: bool
) -> None:
    page = new_page(viewport=PHONE, java_script_enabled=script)
    look = look_at if script else (lambda _page: None)
    sign_in(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/events")
    look(page)
    page.get_by_role("link", name="Write an entry").click()
    look(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what happened.")
    look(page)
    page.get_by_label("What happened").select_option("transferred")
    page.get_by_label("When", exact=True).fill("3/4/2024")
    page.get_by_label("In one line").fill("They were moved at night.")
    page.get_by_label("Zarina Example").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("write the month as a word")
    page.get_by_label("When", exact=True).fill("3 April 2024")
    page.get_by_text("Place, and who acted").click()
    page.get_by_label("Place", exact=True).fill("Camp Example")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="As visitors will see it")).to_be_visible()
    expect(page.get_by_text("Understood as: 3 April 2024")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("No source is given")
    look(page)
    page.get_by_role("button", name="Save anyway").click()
    expect(page.locator(".messages")).to_contain_text("It is dated 3 April 2024.")
    page.get_by_role("link", name="They were moved at night.").first.click()
    page.get_by_label("In one line").fill("They were moved at dawn.")
    page.get_by_label("When", exact=True).fill("4 April 2024")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what was corrected, and why")
    look(page)
    page.get_by_label("What was corrected, and why").fill("It was at dawn.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("Saved.")
    page.goto(f"/console/campaigns/{campaign.slug}/events/{_newest(campaign)}/history")
    expect(page.get_by_text("They were moved at night.")).to_be_visible()
    look(page)


def test_two_browsers_one_entry(
    app: Flask, campaign: Campaign, owners: tuple[Organiser, Organiser], new_page: NewPage
) -> None:
    path = f"/console/campaigns/{campaign.slug}/events/{_newest(campaign)}"
    olga, omid = new_page(viewport=PHONE), new_page(viewport=PHONE)
    for page, organiser in ((olga, owners[0]), (omid, owners[1])):
        sign_in(page, organiser)
        page.goto(path)
    for page, line in ((olga, "Olga's line."), (omid, "Omid's line.")):
        page.get_by_label("In one line").fill(line)
        page.get_by_label("What was corrected, and why").fill("Clearer.")
        page.get_by_role("button", name="Save").click()
    expect(olga.locator(".messages")).to_contain_text("Saved.")
    conflict = omid.get_by_role("alert")
    expect(conflict).to_contain_text("Somebody else has changed this meanwhile")
    expect(conflict).to_contain_text("Olga's line.")
    expect(omid.get_by_label("In one line")).to_have_value("Omid's line.")
    look_at(omid)
    omid.get_by_role("button", name="Save").click()
    expect(omid.locator(".messages")).to_contain_text("Saved.")


def test_an_article_is_added_by_keyboard_when_it_cannot_be_fetched(
    app: Flask, campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    page = new_page(viewport=PHONE)
    sign_in(page, organiser)
    page.goto(f"/console/campaigns/{campaign.slug}/articles")
    look_at(page)
    page.get_by_role("link", name="Add an article").click()
    look_at(page)
    page.get_by_label("Address on the web").fill("http://127.0.0.1/story")
    tab_to(page, page.get_by_role("button", name="Fetch title"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The page could not be fetched.")
    look_at(page)
    page.get_by_label("Title").fill("Readers held")
    page.get_by_label("Outlet").fill("The Example")
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("Added.")
    page.get_by_role("link", name="Readers held").first.click()
    look_at(page)
    page.get_by_role("link", name="History of this article").click()
    look_at(page)


def test_what_is_said_below_a_title_stands_off_from_it(
    app: Flask, campaign: Campaign, organiser: Organiser, new_page: NewPage
) -> None:
    long = "They were moved at night, and nobody was told of it until the next day."
    stored = db.session.get_one(Campaign, campaign.id)
    make_event(stored, EventKind.TRANSFERRED, "2024-05-01", summary=long)
    gone = make_event(stored, EventKind.TRANSFERRED, "2024-05-02", summary=long)
    gone.retracted_on, gone.retracted_reason = date(2024, 6, 1), "It was another day."
    make_article(stored, title=long)
    make_update(stored, title=long)
    db.session.remove()
    page = new_page(viewport=PHONE)
    sign_in(page, organiser)
    for part in ("events", "articles", "updates", "edit/detainees"):
        page.goto(f"/console/campaigns/{campaign.slug}/{part}")
        gaps = page.locator(".console__list h2").evaluate_all(GAPS)
        assert gaps, part
        assert min(gaps) >= 6, part


def _newest(campaign: Campaign) -> int:
    found = db.session.scalars(
        select(Event.id).where(Event.campaign_id == campaign.id).order_by(Event.id.desc()).limit(1)
    ).one()
    db.session.rollback()
    return found
