"""What a mail to subscribers carries: text and HTML, one click to leave, one thread a campaign."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import utcnow
from campaigns.mail.mailbox import StoredMail
from campaigns.updates.models import Frequency
from campaigns.vault.tokens import TokenPurpose, make_token
from campaigns.web.plain_text import markdown_as_text
from tests.factories import make_event, make_petition, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to, links_in

# What is composed is the same whatever the database.
pytestmark = pytest.mark.database("sqlite")
Deliver = Callable[[], int]
ADDRESS = "amal@example.org"


def header(mail: StoredMail, name: str) -> str:
    (value,) = [value for found, value in mail.headers if found.lower() == name.lower()]
    return value


def test_a_mail_can_be_left_with_one_click_by_its_headers_and_its_text(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    subscription = make_subscription(campaign, ADDRESS)
    make_update(campaign)
    deliver()
    mail = mailbox.last(ADDRESS)
    leave = link_to(mail, "/unsubscribe/")
    assert leave.endswith(make_token(TokenPurpose.UNSUBSCRIBE, subscription.id))
    assert header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    unsubscribe = header(mail, "List-Unsubscribe")
    assert unsubscribe == f"<{leave}>, <mailto:committee@example.org?subject=unsubscribe>"
    assert leave in mail.text.splitlines()
    assert f'href="{leave}"' in mail.html
    assert campaign.slug in header(mail, "List-Id")
    assert header(mail, "List-Archive").endswith(f"/campaigns/{campaign.slug}/updates>")
    assert header(mail, "Auto-Submitted") == "auto-generated"
    assert header(mail, "Reply-To") == "committee@example.org"
    assert header(mail, "From").startswith("Example Street Committee <")
    assert header(mail, "To") == ADDRESS


def test_everybody_gets_their_own_link_and_message_id_and_nobody_elses(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    known = {
        name: make_subscription(campaign, f"{name}@example.org") for name in ("one", "two", "three")
    }
    make_update(campaign)
    deliver()
    ids = set()
    for name, subscription in known.items():
        mail = mailbox.last(f"{name}@")
        token = make_token(TokenPurpose.UNSUBSCRIBE, subscription.id)
        assert link_to(mail, "/unsubscribe/").endswith(token)
        assert token in header(mail, "List-Unsubscribe")
        ids.add(header(mail, "Message-ID"))
        for other in set(known) - {name}:
            assert f"{other}@example.org" not in str(mail)
    assert len(ids) == 3


def test_all_updates_of_a_campaign_form_one_thread_from_the_first(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, ADDRESS)
    for _ in range(2):
        make_update(campaign)
        deliver()
        clock.shift(timedelta(minutes=1))
    first, second = (header(mail, "References") for mail in mailbox.mails(ADDRESS))
    assert first == second


@pytest.mark.parametrize("frequency", [Frequency.IMMEDIATE, Frequency.DAILY])
def test_what_happened_days_ago_is_told_as_an_earlier_event(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    frequency: Frequency,
) -> None:
    make_subscription(campaign, ADDRESS, frequency=frequency)
    yesterday = (utcnow() - timedelta(days=1)).date().isoformat()
    for date, title in (("2024-03-01", "She was arrested"), (yesterday, "She was charged")):
        event = make_event(campaign, date=date, summary=title)
        make_update(campaign, title=title, text=title, event_id=event.id)
    deliver()
    clock.shift(timedelta(days=1))
    deliver()

    mails = mailbox.mails(ADDRESS)
    for way in ("text", "html"):
        told = "".join(getattr(mail, way) for mail in mails)
        assert told.count("Earlier event added: 1 March 2024") == 1
        assert told.count("Earlier event added") == 1
    archive = client.get(f"/campaigns/{campaign.slug}/updates").text
    assert archive.count("Earlier event added: 1 March 2024") == 1
    assert archive.count("Earlier event added") == 1


def test_how_a_hearing_of_days_ago_went_is_no_earlier_event_that_was_added(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, ADDRESS)
    five_days_ago = (utcnow() - timedelta(days=5)).date().isoformat()
    announced = utcnow() - timedelta(days=30)
    event = make_event(campaign, EventKind.HEARING, five_days_ago, published_at=announced)
    make_update(campaign, title="Two witnesses were heard", event_id=event.id)
    deliver()
    assert "Earlier event" not in mailbox.last(ADDRESS).text


def test_an_update_stands_in_text_and_html_with_nothing_that_loads_or_runs(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, ADDRESS)
    update = make_update(
        campaign,
        title="Bail & <b>freedom</b>",
        text="**Now.** <script>alert(1)</script> ![x](https://track.example/x.png)\n\n"
        "[Read](https://news.example/) [bad](javascript:alert(1))",
    )
    deliver()
    mail = mailbox.last(ADDRESS)
    assert mail.subject == "Bail & <b>freedom</b>"
    assert "Bail &amp; &lt;b&gt;freedom&lt;/b&gt;" in mail.html
    assert "<strong>Now.</strong>" in mail.html
    assert 'href="https://news.example/"' in mail.html
    for forbidden in ("<script", "<img", 'track.example/x.png"', 'href="javascript', "<link"):
        assert forbidden not in mail.html
    assert f"/campaigns/{campaign.slug}/updates/{update.id}" in mail.text
    assert any(link.endswith(f"/updates/{update.id}") for link in links_in(mail))


def test_the_plain_text_has_no_marks_and_says_where_links_lead(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, ADDRESS)
    make_petition(campaign, paper=1234)
    make_update(
        campaign,
        text="**{signatures}** signed & <i>more</i>.\n\n"
        "- [Read](https://news.example/)\n\n> Free _them_.",
    )
    assert deliver() == 1
    said = ["1,234 signed & <i>more</i>.", "", "- Read <https://news.example/>", "", "> Free them."]
    lines = mailbox.last(ADDRESS).text.splitlines()
    assert lines[lines.index(said[0]) :][:5] == said


def test_many_mails_of_an_update_cost_one_reading_of_its_text(
    campaign: Campaign, deliver: Deliver
) -> None:
    for number in range(5):
        make_subscription(campaign, f"{number}@example.org")
    make_update(campaign, text="*Read* once.")
    markdown_as_text.cache_clear()
    assert deliver() == 5
    assert markdown_as_text.cache_info().misses == 1


def test_a_title_cannot_add_a_header(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, ADDRESS)
    make_update(campaign, title="Title\r\nBcc: other@example.org")
    campaign.run_by_name = 'Committee"\r\nX-Injected: yes'
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    assert {name for name, _ in mail.headers}.isdisjoint({"Bcc", "X-Injected"})
    assert mail.subject == "Title Bcc: other@example.org"


@pytest.mark.settings(LOCALES="en,ur")
def test_everybody_reads_an_update_in_their_language_where_it_has_it(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    campaign.translations = {"ur": {"title": "قیدیوں کو رہا کرو"}}
    make_subscription(campaign, "english@example.org")
    make_subscription(campaign, "urdu@example.org", locale="ur")
    make_subscription(campaign, "other@example.org", locale="fi")
    make_update(
        campaign,
        title="Bail was granted",
        translations={"ur": {"title": "ضمانت منظور", "text": "عدالت نے **ضمانت** دی۔"}},
    )
    assert deliver() == 3
    urdu = mailbox.last("urdu@")
    assert urdu.subject == "ضمانت منظور"
    assert "<strong>ضمانت</strong>" in urdu.html
    assert 'dir="rtl"' in urdu.html
    assert "قیدیوں کو رہا کرو" in urdu.text
    assert "locale=ur" in link_to(urdu, "/unsubscribe/")
    for name in ("english@", "other@"):
        assert mailbox.last(name).subject == "Bail was granted"


def test_a_plain_mail_in_english_goes_out_as_it_is_written(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, ADDRESS)
    make_update(campaign)
    deliver()
    (file,) = mailbox.folder.iterdir()
    raw = file.read_text(encoding="ascii")
    assert "quoted-printable" not in raw
    assert f"\n{link_to(mailbox.last(), '/unsubscribe/')}\n" in raw.replace("\r\n", "\n")


def test_an_entry_told_without_more_is_said_once(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign)
    make_update(campaign, title="They are free.", text="They are free.")
    assert deliver() == 1
    mail = mailbox.last()
    assert mail.text.count("They are free.") == 1
    assert mail.html.count("They are free.") == 1
