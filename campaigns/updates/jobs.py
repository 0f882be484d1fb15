"""What the worker does for updates from time to time; each may be killed or run twice."""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, Select

from campaigns.cases.models import Campaign
from campaigns.cases.queries import find_campaign, is_public
from campaigns.db import db, only_reading, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.operations import queue_deliveries_from, suppress_mailbox
from campaigns.mail.runs import resume_run
from campaigns.petitions.sealed import open_address
from campaigns.updates.correction_queries import correction_audience, notices_to_queue
from campaigns.updates.corrections import open_one_notice
from campaigns.updates.drafts import forget_tests
from campaigns.updates.high_risk import (
    campaigns_to_strip,
    quick_indexes,
    slow_down_index,
    strip_supporters,
)
from campaigns.updates.models import (
    CORRECTION,
    DIGEST,
    FAREWELL,
    SEND,
    CorrectionNotice,
    Digest,
    Farewell,
    Subscription,
    Update,
)
from campaigns.updates.operations import (
    end_subscription,
    enrol_signer,
    mark_enrolled,
    open_digests,
    wait_for_entries,
)
from campaigns.updates.queries import (
    campaigns_to_leave,
    digest_audience,
    digests_to_queue,
    digests_to_resume,
    farewell_audience,
    farewells_to_queue,
    is_at_rest,
    last_of_chunk,
    leaving_subscriptions,
    signers_to_enrol,
    update_audience,
    updates_to_queue,
)
from campaigns.updates.retention import KINDS, record_purge
from campaigns.updates.runs import hold_one_overtaken
from campaigns.updates.sealed import (
    SealedSubscription,
    open_subscriber,
    seal_subscription,
)
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import (
    current_keyring,
    mailer_keys,
    make_guessing_slow,
    suppression_index,
)

logger = logging.getLogger(__name__)

CHUNK = 10_000
SIGNERS = 200
INDEXES = 50


def queue_updates() -> None:
    """Queue each published update's mail to everybody who is to get it at once.

    Before that, those are held that were overtaken since they were written, and those wait longer
    whose entry does.
    """
    wait_for_entries()
    db.session.commit()
    while hold_one_overtaken(utcnow()):
        db.session.commit()
    for update in updates_to_queue(utcnow()):
        _queue(update, SEND, update_audience(update))


def queue_digests() -> None:
    """Queue the digests of the windows of time that have ended since the last ones.

    Those that rested go on once nothing they tell is paused or hidden.
    """
    wait_for_entries()
    db.session.commit()
    open_digests(utcnow())
    db.session.commit()
    for digest in digests_to_resume():
        db.session.refresh(digest, with_for_update=True)
        if not is_at_rest(digest):
            resume_run(DIGEST, digest.id)
        db.session.commit()
    for digest in digests_to_queue():
        _queue(digest, DIGEST, digest_audience(digest))


def queue_corrections() -> None:
    """Queue to whoever was mailed what was wrong since that it was retracted or corrected."""
    while open_one_notice():
        db.session.commit()
    for notice in notices_to_queue():
        _queue(notice, CORRECTION, correction_audience(notice))


def take_leave() -> None:
    """Write a last time to the subscribers of campaigns that were archived."""
    for campaign in campaigns_to_leave():
        db.session.add(Farewell(campaign_id=campaign.id, archived_at=campaign.archived_at))
    db.session.commit()
    for farewell in farewells_to_queue():
        _queue(farewell, FAREWELL, farewell_audience(farewell))


def forget_test_mails() -> None:
    """Delete the addresses that organisers typed for test mails, once these have left."""
    forget_tests()
    db.session.commit()


def enrol_signers() -> None:
    """Subscribe the confirmed signers who ticked it: only the worker can open their address."""
    while waiting := _waiting_signers():
        # All are sealed before the first is written down: nobody who signs waits for that.
        sealed = [(row, _seal_anew(row)) for row in waiting]
        for row, subscription in sealed:
            if subscription is None:
                mark_enrolled(row.id)
            else:
                enrol_signer(row.id, row.campaign_id, subscription)
        db.session.commit()


def leave_sites() -> None:
    """Let no mail go any more to those who left all: only the worker opens their addresses."""
    while leaving := leaving_subscriptions(SIGNERS):
        for subscription in leaving:
            if mailbox := _mailbox_of(subscription):
                suppress_mailbox(mailbox)
            end_subscription(subscription.id)
        db.session.commit()


def purge() -> None:
    """Delete what is past its time, as `campaigns purge` does: a forgotten timer loses nothing."""
    now = utcnow()
    for kind in KINDS:
        first = True
        while kind.purge_some(now):
            record_purge(kind, first=first)
            db.session.commit()
            first = False
        db.session.commit()


def protect_supporters() -> None:
    """Hold what campaigns of high risk promise, for those that were switched to it."""
    with only_reading():
        slugs = [campaign.slug for campaign in campaigns_to_strip()]
    for slug in slugs:
        if campaign := find_campaign(slug):
            strip_supporters(campaign)
        db.session.commit()
    last = UUID(int=0)
    while rows := _quick_indexes(last):
        # Slow on purpose: nobody who signs waits for that.
        slow = [make_guessing_slow(row.email_index) for row in rows]
        for row, index in zip(rows, slow, strict=True):
            slow_down_index(row, index)
        db.session.commit()
        last = rows[-1].id


def _queue(
    mailing: Update | Digest | Farewell | CorrectionNotice, kind: str, audience: Select[UUID]
) -> None:
    """Queue a mailing in chunks, going on where a killed worker stopped."""
    while _is_to_queue(mailing):
        last = last_of_chunk(audience, mailing.queued_up_to, CHUNK)
        if last is None:
            mailing.queued_at = utcnow()
        else:
            first = mailing.queued_up_to or UUID(int=0)
            column = audience.selected_columns[0]
            queue_deliveries_from(
                audience.where(column > first, column <= last),
                kind=kind,
                about_id=mailing.id,
                priority=Priority.NEWS,
                campaign_id=mailing.campaign_id,
            )
            mailing.queued_up_to = last
        db.session.commit()


def _is_to_queue(mailing: Update | Digest | Farewell | CorrectionNotice) -> bool:
    """Say whether more of a mailing is to be queued, by what nobody can change before the commit.

    An update may have been paused, withdrawn or cancelled since the last chunk, and what a digest
    tells paused or hidden. The campaign may have been taken down.
    """
    db.session.refresh(mailing, with_for_update=True)
    campaign = db.session.get_one(Campaign, mailing.campaign_id, populate_existing=True)
    if mailing.queued_at is not None or not is_public(campaign):
        return False
    if isinstance(mailing, Digest):
        return not is_at_rest(mailing)
    if not isinstance(mailing, Update):
        return True
    return mailing.paused_at is None and mailing.published_at is not None


def _quick_indexes(after: UUID) -> Sequence[Row[UUID, int, bytes]]:
    with only_reading():
        return quick_indexes(after, INDEXES)


def _waiting_signers() -> Sequence[Row[UUID, int, bytes | None]]:
    with only_reading():
        return signers_to_enrol(SIGNERS)


def _mailbox_of(subscription: Subscription) -> bytes | None:
    try:
        address, _ = open_subscriber(
            subscription.sealed_address,
            mailer_keys(),
            subscription.campaign_id,
            subscription.id,
        )
    except CannotOpen:
        logger.error("The address of the subscription %s does not open.", subscription.id)
        return None
    return suppression_index(current_keyring(), address)


def _seal_anew(row: Row[UUID, int, bytes | None]) -> SealedSubscription | None:
    """Seal a signer's address as a subscriber's; None when it does not open."""
    envelope = row.sealed_address or b""
    try:
        with only_reading():
            email, locale = open_address(envelope, mailer_keys(), row.campaign_id, row.id)
            return seal_subscription(current_keyring(), row.campaign_id, email=email, locale=locale)
    except CannotOpen:
        logger.error("The address of the signature %s does not open: no news for it.", row.id)
        return None
