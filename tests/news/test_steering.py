"""The run of an update's mail can be watched, paused, let go on, stopped and tried again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from campaigns.cases.models import Campaign, Revision
from campaigns.db import db, utcnow
from campaigns.mail.claims import claim_deliveries, complete_sent, hold, release
from campaigns.mail.models import Delivery, DeliveryState, MailPause, PauseReason, Priority
from campaigns.mail.operations import queue_delivery
from campaigns.mail.runs import pause_run, recall_run, resume_run
from campaigns.updates import jobs
from campaigns.updates.models import DIGEST, SEND, Digest, Frequency
from campaigns.updates.removal import take_down
from tests.dashboard.making import typed
from tests.factories import make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.news.pages import UPDATES, press, the_update, words_of

Deliver = Callable[[], int]


@pytest.fixture
def page(campaign: Campaign) -> str:
    """The page of an update whose three mails are queued."""
    make_subscription(campaign, "bilal@example.org")
    make_subscription(campaign, "chand@example.org")
    page = f"{UPDATES}/{make_update(campaign).id}"
    jobs.queue_updates()
    return page


def states() -> list[str]:
    """The state of every mail of updates."""
    db.session.expire_all()
    kept = select(Delivery.state).where(Delivery.kind == SEND).order_by(Delivery.id)
    return [state.value for state in db.session.scalars(kept)]


def set_states(*wanted: DeliveryState) -> None:
    """Have the worker got so far with the mails of updates."""
    rows = db.session.scalars(select(Delivery).order_by(Delivery.id)).all()
    for row, state in zip(rows, wanted, strict=True):
        row.state, row.next_at = state, None
        row.sent_at = utcnow() if state is DeliveryState.SENT else None
    db.session.commit()


def test_a_paused_run_rests_until_it_is_let_go_on(
    page: str, client: AuditingClient, deliver: Deliver
) -> None:
    press(client, page, "pause")
    assert states() == ["paused"] * 3
    assert deliver() == 0
    words = words_of(client.get(page))
    assert "It is paused: nothing more leaves until somebody lets it go on." in words
    assert "An update is paused: let it go on, or stop it" in client.get("/console").text
    press(client, page, "resume")
    assert deliver() == 3
    assert "Sent" in words_of(client.get(page))


def test_pausing_stops_the_queueing_as_well(
    campaign: Campaign, client: AuditingClient, deliver: Deliver
) -> None:
    page = f"{UPDATES}/{make_update(campaign).id}"
    press(client, page, "pause")
    assert deliver() == 0
    assert states() == []
    press(client, page, "resume")
    assert deliver() == 1


def test_what_is_stopped_stays_so_and_what_was_read_stays_to_be_read(
    page: str, client: AuditingClient, deliver: Deliver
) -> None:
    press(client, page, "pause")
    press(client, page, "cancel")
    assert states() == ["cancelled"] * 3
    assert deliver() == 0
    assert "It goes on" not in client.get(page).text
    press(client, page, "resume")
    assert "it stands as you see it" in client.get(page).text
    assert client.get(f"/campaigns/watched/updates/{the_update().id}").status_code == 200


def test_taking_a_campaign_down_stops_what_is_paused_too(
    page: str, campaign: Campaign, client: AuditingClient
) -> None:
    press(client, page, "pause")
    take_down(campaign)
    db.session.commit()
    assert states() == ["cancelled"] * 3


def test_what_failed_is_tried_once_more(
    page: str, client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    set_states(DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.SENT)
    assert "Try the failed once more" in client.get(page).text
    press(client, page, "retry")
    assert deliver() == 1
    assert states() == ["sent"] * 3
    assert "Try the failed once more" not in client.get(page).text


def test_what_was_stopped_for_good_stays_so_whatever_failed_of_it(
    page: str, client: AuditingClient, deliver: Deliver
) -> None:
    set_states(DeliveryState.FAILED, DeliveryState.PAUSED, DeliveryState.PAUSED)
    press(client, page, "cancel")
    assert "Try the failed once more" not in client.get(page).text
    press(client, page, "retry")
    assert deliver() == 0
    assert the_update().cancelled_at is not None
    assert states() == ["failed", "cancelled", "cancelled"]


def test_the_page_and_its_script_are_told_the_same_numbers(
    page: str, client: AuditingClient
) -> None:
    set_states(DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SENT)
    db.session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.QUEUED, next_at=utcnow())
    )
    db.session.commit()
    told = client.get(f"{page}/progress.json").json
    assert told
    assert (told["queued"], told["sent"], told["waiting"], told["failed"]) == ("3", "2", "1", "0")
    assert (told["rate"], told["left"]) == ("2 mails a minute", "About 1 minute left")
    words = words_of(client.get(page))
    assert "In all 3 Sent 2 Waiting 1" in words
    assert "2 mails a minute About 1 minute left" in words
    assert told["key"] in client.get(page).text


@pytest.mark.database("sqlite")
def test_mail_that_rests_by_itself_says_why_and_what_to_do(
    page: str, client: AuditingClient, campaign: Campaign
) -> None:
    later = utcnow() + timedelta(minutes=15)
    db.session.add(
        MailPause(kind=SEND, campaign_id=campaign.id, reason=PauseReason.POLICY, until=later)
    )
    db.session.commit()
    words = words_of(client.get(page))
    assert "The mail server refuses it by a rule of its own." in words
    assert "It is tried again at 12:15 UTC; nothing is lost." in words
    assert "campaigns mail doctor" in words


def test_those_not_mailed_yet_get_what_was_edited_meanwhile(
    page: str, client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    (first,) = claim_deliveries("worker", 1, lambda key: f"<{key}@example.org>")
    db.session.commit()
    complete_sent([first], version=1)
    db.session.commit()
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", title="Bail was refused"))
    assert deliver() == 2
    assert {mail.subject for mail in mailbox.mails()} == {"Bail was refused"}
    versions = select(Delivery.version).order_by(Delivery.version)
    assert db.session.scalars(versions).all() == [1, 2, 2]
    (before,) = db.session.scalars(select(Revision).where(Revision.what == "update")).all()
    assert (before.number, before.was["title"]) == (1, "Bail was granted")


def test_what_a_worker_has_in_hand_is_not_sent_as_it_was_before_the_edit(
    page: str, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    claims = claim_deliveries("worker", 2, lambda key: f"<{key}@example.org>")
    db.session.commit()
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", title="Bail was refused"))
    assert not hold(claims)
    release(claims)
    # The first had just passed that question, and was sent as it was.
    assert complete_sent(claims[:1], version=1)
    assert deliver() == 1
    clock.shift(timedelta(seconds=61))
    assert deliver() == 1
    assert states() == ["sent"] * 3


def test_nor_is_a_digest_that_tells_it(
    page: str, campaign: Campaign, client: AuditingClient, clock: time_machine.Traveller
) -> None:
    told, now = the_update(), utcnow()
    for begins_at in (now - timedelta(days=1), now):
        digest = Digest(
            campaign_id=campaign.id,
            frequency=Frequency.DAILY,
            begins_at=begins_at,
            ends_at=begins_at + timedelta(days=1),
        )
        db.session.add(digest)
        db.session.flush()
        queue_delivery(
            kind=DIGEST,
            about_id=digest.id,
            dedupe_key=f"{DIGEST}:{digest.id}",
            priority=Priority.NEWS,
        )
    pause_run(SEND, told.id)
    claims = claim_deliveries("worker", 2, lambda key: f"<{key}@example.org>")
    db.session.commit()
    client.post(f"{page}/edit", data=typed(client, f"{page}/edit", title="Bail was refused"))
    assert hold(claims) == {max(claim.id for claim in claims)}


def test_when_its_last_mail_has_left_its_text_stays_as_it_is(
    page: str, client: AuditingClient, deliver: Deliver
) -> None:
    assert deliver() == 3
    assert f"{page}/edit" not in client.get(page).text
    answer = client.post(f"{page}/edit", data=typed(client, f"{page}/edit", title="Another"))
    assert answer.status_code == 422
    assert "Its last mail has left" in answer.text
    assert the_update().title == "Bail was granted"


def test_a_mail_that_leaves_while_its_run_is_paused_and_resumed_is_not_sent_twice(
    page: str, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    (claim,) = claim_deliveries("worker", 1, lambda key: f"<{key}@example.org>")
    assert hold([claim])
    assert pause_run(SEND, claim.about_id) == 3
    assert resume_run(SEND, claim.about_id) == 3
    assert deliver() == 2
    assert complete_sent([claim])
    clock.shift(timedelta(minutes=2))
    assert deliver() == 0
    assert states() == ["sent"] * 3


def test_only_what_is_in_hand_is_recalled(page: str) -> None:
    claim_deliveries("worker", 2, lambda key: f"<{key}@example.org>")
    assert recall_run(SEND, the_update().id) == 2
    assert recall_run(SEND, the_update().id) == 0
    assert states() == ["queued"] * 3
