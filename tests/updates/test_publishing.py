"""An update is published once, to those who may read it, and when they may."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select

from campaigns.cases.errors import HiddenName
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, EventKind, NamePolicy
from campaigns.db import db, utcnow
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import composer_of
from campaigns.mail.models import Priority
from campaigns.updates import jobs
from campaigns.updates.cli import send
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.models import SEND, Frequency, Update
from campaigns.updates.operations import publish_update, tell_of_event
from campaigns.updates.queries import published_updates
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "update.md"
    path.write_text("The court granted bail.\n\n*They are not free yet.*\n", encoding="utf-8")
    return path


def run_send(*arguments: str | Path, given: bytes | None = None) -> Result:
    return CliRunner().invoke(send, [str(it) for it in arguments], input=given)


def titles() -> list[str]:
    return list(db.session.scalars(select(Update.title).order_by(Update.id)))


def test_an_update_stands_in_the_archive_and_reaches_subscribers(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, "amal@example.org")
    before = campaign.version
    update = publish_update(campaign, title="Bail was granted", text="The court *granted* bail.")
    assert campaign.version > before
    assert deliver() == 1
    assert mailbox.last("amal@example.org").subject == "Bail was granted"
    page = client.get(f"/campaigns/{campaign.slug}/updates/{update.id}").get_data(as_text=True)
    assert "<em>granted</em>" in page


def test_what_nobody_can_read_is_not_mailed(campaign: Campaign) -> None:
    event = make_event(campaign)
    for state in (CampaignState.DRAFT, CampaignState.REMOVED):
        campaign.state = state
        with pytest.raises(CampaignNotPublic):
            publish_update(campaign, title="Title", text="Text")
        with pytest.raises(CampaignNotPublic):
            tell_of_event(campaign, event, "")
    assert titles() == []


def test_a_form_sent_twice_publishes_once(campaign: Campaign, deliver: Deliver) -> None:
    make_subscription(campaign)
    first = publish_update(campaign, title="Title", text="Text", token="t" * 32)
    version = campaign.version
    again = publish_update(campaign, title="Title", text="Text", token="t" * 32)
    assert again is first
    assert campaign.version == version
    assert titles() == ["Title"]
    assert deliver() == 1
    publish_update(campaign, title="Title", text="Text")
    publish_update(campaign, title="Title", text="Text")
    assert deliver() == 2


def test_an_entry_of_the_timeline_is_told_of_once(campaign: Campaign, deliver: Deliver) -> None:
    make_subscription(campaign)
    event = make_event(campaign, idempotency_token="t" * 32, summary="Bail was granted")
    told = tell_of_event(campaign, event, "")
    assert (told.title, told.text, told.event_id) == (event.summary, event.summary, event.id)
    assert tell_of_event(campaign, event, "Other words") is told
    assert deliver() == 1


def test_news_of_an_embargoed_entry_is_hidden_and_waits_for_the_embargo_to_end(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    for frequency in (Frequency.IMMEDIATE, Frequency.DAILY):
        make_subscription(campaign, f"{frequency}@example.org", frequency=frequency)
    event = make_event(
        campaign,
        EventKind.BAIL_GRANTED,
        summary="Embargoed canary",
        embargo_until=utcnow() + timedelta(days=2),
    )
    update = tell_of_event(campaign, event, "Canary text")
    db.session.commit()
    for path in ("", "/updates", f"/updates/{update.id}", ".json", "/feed.atom", "/timeline.json"):
        answer = client.get(f"/campaigns/{campaign.slug}{path}")
        assert "canary" not in answer.get_data(as_text=True).lower(), path
    assert client.get(f"/campaigns/{campaign.slug}/updates/{update.id}").status_code == 404
    clock.shift(timedelta(days=1))
    assert deliver() == 0
    clock.shift(timedelta(days=1))
    assert [it.id for it in published_updates(campaign.id)] == [update.id]
    assert deliver() == 1
    assert mailbox.last("immediate@example.org").subject == "Embargoed canary"
    clock.shift(timedelta(days=1))
    assert deliver() == 1
    assert mailbox.last("daily@example.org").subject == "Embargoed canary"


def test_an_embargo_set_after_publishing_holds_the_mail_back(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign)
    event = make_event(campaign)
    tell_of_event(campaign, event, "")
    event.embargo_until = utcnow() + timedelta(hours=1)
    assert deliver() == 0
    assert published_updates(campaign.id) == []
    clock.shift(timedelta(hours=1))
    assert deliver() == 1


def test_news_of_an_entry_that_is_kept_back_longer_is_missing_from_no_digest(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    event = make_event(campaign, summary="Kept back", embargo_until=utcnow() + timedelta(days=2))
    tell_of_event(campaign, event, "")
    event.embargo_until = utcnow() + timedelta(days=4)
    db.session.commit()
    assert deliver() == 0
    for _ in range(3):
        clock.shift(timedelta(days=1))
        assert deliver() == 0
    clock.shift(timedelta(days=2))
    assert deliver() == 1
    assert mailbox.last("daily@example.org").subject == "Kept back"


def test_a_file_is_published_at_once_from_the_command_line(
    campaign: Campaign, file: Path, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, "amal@example.org")
    result = run_send(campaign.slug, "--title", " Bail granted ", file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 subscribers" in result.stdout
    db.session.rollback()
    assert deliver() == 1
    mail = mailbox.last("amal@example.org")
    assert mail.subject == "Bail granted"
    assert "\r\nThey are not free yet.\r\n" in mail.text
    assert "<em>They are not free yet.</em>" in mail.html
    piped = run_send(campaign.slug, "--title", "More", "-", given=b"And more.")
    assert piped.exit_code == 0
    assert titles() == ["Bail granted", "More"]


def test_what_cannot_be_published_is_said_in_one_sentence(
    campaign: Campaign, file: Path, tmp_path: Path
) -> None:
    draft = make_campaign(state=CampaignState.DRAFT)
    empty, binary, long = tmp_path / "empty", tmp_path / "binary", tmp_path / "long"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    long.write_text("a" * 50_001)
    faults = [
        (("nowhere", "--title", "T", file), "There is no campaign “nowhere”."),
        ((draft.slug, "--title", "T", file), "is not public"),
        ((campaign.slug, "--title", " ", file), "A title is one line"),
        ((campaign.slug, "--title", "Day {dias}", file), "There is no number {dias}."),
        ((campaign.slug, "--title", "a\nb", file), "A title is one line"),
        ((campaign.slug, "--title", "a" * 151, file), "up to 150 characters"),
        ((campaign.slug, "--title", "T", empty), "up to 50000 characters"),
        ((campaign.slug, "--title", "T", long), "up to 50000 characters"),
        ((campaign.slug, "--title", "T", binary), "not UTF-8"),
    ]
    for arguments, sentence in faults:
        result = run_send(*arguments)
        assert result.exit_code == 1, arguments
        assert sentence in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert run_send(campaign.slug, "-").exit_code == 2
    assert run_send(campaign.slug, "--title", "T", tmp_path / "missing").exit_code == 2
    assert titles() == []


@pytest.mark.parametrize("policy", [NamePolicy.INITIALS, NamePolicy.WITHHELD])
def test_no_update_tells_a_name_that_is_not_public(campaign: Campaign, policy: NamePolicy) -> None:
    make_detainee(campaign, "زرینہ مثال", name_romanised="Zarina Example", name_policy=policy)
    named = make_event(campaign, EventKind.RELEASED, summary="Zarina Example is free")
    unnamed = make_event(campaign, EventKind.RELEASED, summary="She is free")
    with pytest.raises(HiddenName):
        publish_update(campaign, title="ZARINA EXAMPLE is free", text="At last.")
    with pytest.raises(HiddenName):
        publish_update(campaign, title="She is free", text="It is true: زرینہ مثال!")
    with pytest.raises(HiddenName):
        tell_of_event(campaign, named, "She is free.")
    with pytest.raises(HiddenName):
        tell_of_event(campaign, unnamed, "Zarina Example is free.")
    assert titles() == []
    tell_of_event(campaign, unnamed, "")
    assert titles() == ["She is free"]


def test_a_public_name_may_be_told(campaign: Campaign) -> None:
    make_detainee(campaign, "Zarina Example", name_policy=NamePolicy.FULL)
    publish_update(campaign, title="Zarina Example is free", text="At last.")
    assert titles() == ["Zarina Example is free"]


def test_news_struck_through_before_it_was_queued_is_not_mailed(
    campaign: Campaign, deliver: Deliver
) -> None:
    make_subscription(campaign)
    event = make_event(campaign, EventKind.RELEASED)
    update = tell_of_event(campaign, event, "")
    event.retracted_on = utcnow().date()
    assert deliver() == 0
    assert update.queued_at is None
    assert [it.id for it in published_updates(campaign.id)] == [update.id]
    event.retracted_on = None
    assert deliver() == 1


def test_news_struck_through_after_it_was_queued_is_not_mailed(
    campaign: Campaign, deliver: Deliver
) -> None:
    make_subscription(campaign)
    event = make_event(campaign, EventKind.RELEASED)
    tell_of_event(campaign, event, "")
    make_update(campaign)
    jobs.queue_updates()
    event.retracted_on = utcnow().date()
    db.session.commit()
    assert deliver() == 1


def test_a_letter_written_before_its_news_was_struck_through_does_not_leave(
    campaign: Campaign,
) -> None:
    subscription = make_subscription(campaign)
    event = make_event(campaign, EventKind.RELEASED)
    update = tell_of_event(campaign, event, "")
    db.session.commit()
    composer = composer_of(SEND)
    assert composer is not None
    claim = ClaimedDelivery(
        id=7,
        kind=SEND,
        about_id=str(update.id),
        recipient_id=subscription.id.hex,
        campaign_id=campaign.id,
        message_id="<7@example.org>",
        priority=Priority.NEWS,
        attempts=0,
        counted=False,
        owner="worker",
    )
    assert set(composer.still_wanted([claim])) == {7}
    event.retracted_on = utcnow().date()
    db.session.commit()
    assert set(composer.still_wanted([claim])) == set()


def test_an_embargoed_entry_struck_through_meanwhile_is_never_mailed(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign)
    event = make_event(campaign, embargo_until=utcnow() + timedelta(days=1))
    tell_of_event(campaign, event, "")
    event.retracted_on = utcnow().date()
    clock.shift(timedelta(days=2))
    assert deliver() == 0
