"""What is done to an update before its mail leaves, and to its texts until the last one has."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from campaigns.cases.errors import HiddenName
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.queries import hidden_names, is_public
from campaigns.cases.revisions import forget_revisions, record_revision
from campaigns.cases.vocabulary import Mode, RevisedPart
from campaigns.db import db, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.operations import queue_delivery
from campaigns.mail.runs import recall_run
from campaigns.updates.digest_runs import recall_digests
from campaigns.updates.errors import (
    CampaignNotPublic,
    NotThatWay,
    Overtaken,
    TimePast,
    TooManyTests,
    UpdateOver,
)
from campaigns.updates.living import texts_of
from campaigns.updates.models import SEND, TEST, TestMail, Update
from campaigns.updates.overtaking import overtaking_event
from campaigns.updates.progress import UpdateState, progress_of
from campaigns.updates.queries import find_update_by_token
from campaigns.updates.run_queries import count_tests, is_tested, lock_update

TIME_TO_THINK = timedelta(minutes=10)
TESTS_AN_HOUR = 10
TESTS_KEPT = timedelta(days=1)
UNSENT = (UpdateState.DRAFT, UpdateState.SCHEDULED, UpdateState.HELD)
EDITABLE = (*UNSENT, UpdateState.RUNNING, UpdateState.PAUSED)


def draft_update(campaign: Campaign, *, title: str, text: str, token: str) -> Update:
    """Keep news that only organisers see; a token that has made one already returns that one.

    Raises HiddenName when the name of somebody whose name is not to be published stands in it.
    """
    draft = Update(
        campaign_id=campaign.id,
        title=title,
        text=text,
        translations={},
        idempotency_token=token,
    )
    _refuse_hidden_names(campaign, draft)
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:
        known = find_update_by_token(token)
        if known is None:
            raise
        return known
    return draft


def edit_update(
    campaign: Campaign,
    update: Update,
    *,
    title: str,
    text: str,
    translations: Mapping[str, Any],
    organiser_id: int,
) -> None:
    """Give an update other texts, until its last mail has left.

    Whoever is not mailed yet gets the new ones; whoever was keeps what they got, and the version
    that was is kept. What was held because it was overtaken is a draft, or a pause, like any other.
    Call `lock_update` before. Raises UpdateOver and HiddenName.
    """
    _require(update, *EDITABLE)
    was = {"title": update.title, "text": update.text, "translations": update.translations}
    update.title, update.text, update.translations = title, text, dict(translations)
    _refuse_hidden_names(campaign, update)
    update.version += 1
    update.written_at = utcnow()
    _no_more_overtaken(update)
    db.session.flush()
    record_revision(
        RevisedPart.UPDATE,
        update.id,
        campaign_id=campaign.id,
        organiser_id=organiser_id,
        was=was,
    )
    recall_run(SEND, update.id)
    recall_digests(update)
    touch(campaign)


def schedule_update(campaign: Campaign, update: Update, at: datetime | None = None) -> None:
    """Publish and mail a draft at a time, or in ten minutes, to think.

    Until then it can be edited, and withdrawn. Raises UpdateOver when it has gone further,
    CampaignNotPublic, HiddenName, Overtaken, and TimePast when the time is not after now.
    """
    lock_update(update)
    _require(update, *UNSENT)
    if not is_public(campaign):
        raise CampaignNotPublic
    _refuse_hidden_names(campaign, update)
    now = utcnow()
    if overtaking_event(update, now):
        raise Overtaken
    if at and at <= now:
        raise TimePast
    update.published_at = at or now + TIME_TO_THINK
    update.paused_at = update.overtaken_by_id = update.planned_at = None
    touch(campaign)


def withdraw_update(campaign: Campaign, update: Update) -> None:
    """Make a draft again of an update whose time has not come. Raises UpdateOver when it has."""
    lock_update(update)
    _require(update, UpdateState.SCHEDULED)
    update.published_at = None
    touch(campaign)


def discard_update(update: Update) -> None:
    """Delete a draft. Raises UpdateOver when it is none."""
    lock_update(update)
    _require(update, UpdateState.DRAFT, UpdateState.HELD)
    forget_revisions(RevisedPart.UPDATE, update.id)
    db.session.delete(update)
    db.session.flush()


def send_test(campaign: Campaign, update: Update, test_id: UUID, sealed_address: bytes) -> None:
    """Mail an update to one address, sealed under `test_id`, as it stands when the mail leaves.

    The address goes once the mail has left, or after a day. Raises NotThatWay where news are not
    mailed, and TooManyTests for the eleventh within an hour.

    It counts against its mailbox's three a day: what is typed here may be anybody's address.
    """
    if campaign.mode == Mode.HIGH_RISK:
        raise NotThatWay
    # Of several at the same moment each counts those before it.
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    now = utcnow()
    if count_tests(campaign.id, now) >= TESTS_AN_HOUR:
        raise TooManyTests
    db.session.add(
        TestMail(
            id=test_id,
            update_id=update.id,
            sealed_address=sealed_address,
            expires_at=now + TESTS_KEPT,
        )
    )
    db.session.flush()
    queue_delivery(
        kind=TEST,
        about_id=test_id,
        dedupe_key=f"{TEST}:{test_id.hex}",
        priority=Priority.ASKED_FOR,
        campaign_id=campaign.id,
    )


def forget_tests() -> None:
    """Delete the addresses that were typed for test mails, once these have left."""
    db.session.execute(
        delete(TestMail).where(is_tested(utcnow())).execution_options(synchronize_session=False)
    )


def _require(update: Update, *states: UpdateState) -> None:
    if progress_of(update, utcnow()).state not in states:
        raise UpdateOver


def _no_more_overtaken(update: Update) -> None:
    """Let an update that an entry has stopped be what it is without that."""
    update.overtaken_by_id = None
    if update.published_at is None:
        update.paused_at = update.planned_at = None


def _refuse_hidden_names(campaign: Campaign, update: Update) -> None:
    names = hidden_names(campaign)
    if any(names.stands_in(text) for text in texts_of(update)):
        raise HiddenName
