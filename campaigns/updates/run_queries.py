"""Reads about updates that are being written, and about the runs of their mail."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, exists, func, or_, select

from campaigns.cases.custody import CUSTODY_AFTER
from campaigns.cases.models import Campaign, Event
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState, MailPause
from campaigns.mail.queries import active_pauses, still_to_be_sent
from campaigns.updates.models import (
    DIGEST,
    SEND,
    TEST,
    CorrectionNotice,
    Digest,
    Farewell,
    Frequency,
    Subscription,
    SubscriptionState,
    TestMail,
    Update,
)
from campaigns.updates.queries import lies_in_window, still_holds

HOUR = timedelta(hours=1)
LEFT = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.PAUSED,
)


def updates_of(campaign_id: int) -> Sequence[Update]:
    """Return all of a campaign's updates, drafts too, the latest first."""
    latest = func.coalesce(Update.published_at, Update.written_at)
    return db.session.scalars(
        select(Update)
        .where(Update.campaign_id == campaign_id)
        .order_by(latest.desc(), Update.id.desc())
    ).all()


def lock_update(update: Update) -> None:
    """Read an update anew, and let nobody else who asks so change it before the commit."""
    db.session.refresh(update, with_for_update=True)


def lock_mailings(campaign_id: int) -> None:
    """Lock all that is mailed to many of a campaign: a worker that queues some of it comes before.

    What it has queued is seen then, and after the commit it sees what has become of the campaign.
    """
    for mailing in (Update, Digest, Farewell, CorrectionNotice):
        some = select(mailing.id).where(mailing.campaign_id == campaign_id).order_by(mailing.id)
        db.session.execute(some.with_for_update()).all()


def updates_told(campaign_id: int, now: datetime, limit: int) -> Sequence[Update]:
    """Return a campaign's latest updates whose time has come, the latest first."""
    return db.session.scalars(
        select(Update)
        .where(Update.campaign_id == campaign_id, Update.published_at <= now)
        .order_by(Update.published_at.desc(), Update.id.desc())
        .limit(limit)
    ).all()


def find_notice(campaign_id: int, notice_id: int) -> CorrectionNotice | None:
    """Return what a campaign mails of a correction or retraction, locked."""
    return db.session.scalar(
        select(CorrectionNotice)
        .where(CorrectionNotice.campaign_id == campaign_id, CorrectionNotice.id == notice_id)
        .with_for_update()
    )


def find_digest(campaign_id: int, digest_id: int) -> Digest | None:
    """Return a digest of a campaign, locked."""
    return db.session.scalar(
        select(Digest)
        .where(Digest.campaign_id == campaign_id, Digest.id == digest_id)
        .with_for_update()
    )


def digests_telling(update: Update) -> Sequence[int]:
    """Return the digests in whose window of time an update lies, locked; none of a draft.

    A worker that queues one comes before, or after the commit.
    """
    if update.published_at is None:
        return []
    return db.session.scalars(
        select(Digest.id)
        .where(
            Digest.campaign_id == update.campaign_id,
            Digest.begins_at < update.published_at,
            Digest.ends_at >= update.published_at,
        )
        .order_by(Digest.id)
        .with_for_update()
    ).all()


def count_awaiting(update_ids: Collection[int]) -> Mapping[int, int]:
    """Return how many are still to be mailed each update in a digest, where anybody is."""
    rows = db.session.execute(
        select(Update.id, number := _awaiting()).where(Update.id.in_(update_ids), number > 0)
    )
    return {row[0]: row[1] for row in rows}


def count_by_state(update_ids: Collection[int]) -> Mapping[int, Counter[DeliveryState]]:
    """Return how many mails of each update are in which state."""
    counts: dict[int, Counter[DeliveryState]] = defaultdict(Counter)
    rows = db.session.execute(
        select(Delivery.about_id, Delivery.state, func.count())
        .where(Delivery.kind == SEND, Delivery.about_id.in_([str(it) for it in update_ids]))
        .group_by(Delivery.about_id, Delivery.state)
    )
    for about, state, number in rows:
        counts[int(about)][state] = number
    return counts


def hidden_updates(update_ids: Collection[int]) -> Collection[int]:
    """Return which updates are hidden, or what they belong to, while a report is looked into."""
    return db.session.scalars(
        select(Update.id)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .outerjoin(Event, Event.id == Update.event_id)
        .where(
            Update.id.in_(update_ids),
            or_(
                Update.hidden_at.is_not(None),
                Event.hidden_at.is_not(None),
                Campaign.hidden_at.is_not(None),
            ),
        )
    ).all()


def count_sent_since(update_id: int, moment: datetime) -> int:
    """Return how many mails of an update were sent after a moment."""
    sent = select(func.count()).where(
        Delivery.kind == SEND,
        Delivery.about_id == str(update_id),
        Delivery.state == DeliveryState.SENT,
        Delivery.sent_at > moment,
    )
    return db.session.scalar(sent) or 0


def pauses_of(campaign_id: int, now: datetime) -> Sequence[MailPause]:
    """Return why mail of a campaign's updates rests now, by no organiser's wish."""
    return [
        pause
        for pause in active_pauses(now)
        if pause.kind in (None, SEND) and pause.campaign_id in (None, campaign_id)
    ]


def audience_sizes(campaign_id: int, now: datetime) -> Mapping[Frequency, int]:
    """Return how many confirmed subscribers who have not paused chose to be mailed how often."""
    rows = db.session.execute(
        select(Subscription.frequency, func.count())
        .where(
            Subscription.campaign_id == campaign_id,
            Subscription.state == SubscriptionState.CONFIRMED,
            or_(Subscription.paused_until.is_(None), Subscription.paused_until < now),
        )
        .group_by(Subscription.frequency)
    )
    return {row[0]: row[1] for row in rows}


def find_test_mail(test_id: UUID) -> Row[TestMail, Update] | None:
    """Return a test mail that has not left with the update it shows."""
    return db.session.execute(
        select(TestMail, Update)
        .join(Update, Update.id == TestMail.update_id)
        .where(TestMail.id == test_id)
    ).one_or_none()


def count_tests(campaign_id: int, now: datetime) -> int:
    """Return how many test mails of a campaign were asked for within the last hour."""
    asked = select(func.count()).where(
        Delivery.kind == TEST,
        Delivery.campaign_id == campaign_id,
        Delivery.created_at > now - HOUR,
    )
    return db.session.scalar(asked) or 0


def is_tested(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a test mail that has left, or whose day is over."""
    # SQLite keeps a UUID as 32 hex digits, PostgreSQL writes it with hyphens.
    about = func.replace(cast(TestMail.id, Text), "-", "")
    waiting = select(Delivery.about_id).where(Delivery.kind == TEST, still_to_be_sent())
    return or_(TestMail.expires_at <= now, about.not_in(waiting))


def updates_perhaps_overtaken(now: datetime) -> Sequence[Update]:
    """Return the updates still to be mailed since whose writing an entry about custody came.

    Those among them that only digests are still to tell.
    """
    waiting = exists().where(
        Delivery.kind == SEND,
        Delivery.about_id == cast(Update.id, Text),
        Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED]),
    )
    newer = exists().where(
        Event.campaign_id == Update.campaign_id,
        Event.id.is_distinct_from(Update.event_id),
        _changes_custody_since(Update.written_at, now),
    )
    return db.session.scalars(
        select(Update)
        .where(
            Update.published_at.is_not(None),
            Update.paused_at.is_(None),
            newer,
            or_(Update.queued_at.is_(None), waiting, _awaiting() > 0),
        )
        .order_by(Update.id)
    ).all()


def overtaken_updates(campaign_ids: Collection[int]) -> Sequence[Update]:
    """Return the updates of some campaigns that an entry has stopped, oldest first."""
    return db.session.scalars(
        select(Update)
        .where(
            Update.campaign_id.in_(campaign_ids),
            Update.paused_at.is_not(None),
            Update.overtaken_by_id.is_not(None),
        )
        .order_by(Update.id)
    ).all()


def updates_before_their_entry(now: datetime) -> Sequence[Row[Update, datetime | None]]:
    """Return updates whose entry is kept back longer than they are, locked, with until when."""
    return db.session.execute(
        select(Update, Event.embargo_until)
        .join(Event, Event.id == Update.event_id)
        .where(
            Event.embargo_until > now,
            Update.published_at < Event.embargo_until,
            Update.queued_at.is_(None),
            Update.queued_up_to.is_(None),
        )
        .with_for_update(of=Update)
    ).all()


def paused_updates(campaign_ids: Collection[int]) -> Sequence[Update]:
    """Return the updates of some campaigns that an organiser or a report paused, oldest first."""
    return db.session.scalars(
        select(Update)
        .where(
            Update.campaign_id.in_(campaign_ids),
            Update.published_at.is_not(None),
            Update.paused_at.is_not(None),
            Update.overtaken_by_id.is_(None),
        )
        .order_by(Update.id)
    ).all()


def drafted_updates(campaign_ids: Collection[int]) -> Sequence[Update]:
    """Return the updates of some campaigns that are neither sent nor held, oldest first."""
    return db.session.scalars(
        select(Update)
        .where(
            Update.campaign_id.in_(campaign_ids),
            Update.published_at.is_(None),
            Update.overtaken_by_id.is_(None),
        )
        .order_by(Update.id)
    ).all()


def has_news_of_custody(update: Update, now: datetime) -> bool:
    """Say whether an entry about custody came since an update was written, besides its own."""
    newer = select(Event.id).where(
        Event.campaign_id == update.campaign_id,
        Event.id.is_distinct_from(update.event_id),
        _changes_custody_since(update.written_at, now),
    )
    return db.session.scalar(newer.limit(1)) is not None


def _changes_custody_since(moment: Any, now: datetime) -> ColumnElement[bool]:
    """Return the condition for an entry about custody that visitors see now and did not then."""
    return and_(
        Event.kind.in_(CUSTODY_AFTER),
        Event.retracted_on.is_(None),
        Event.published_at <= now,
        or_(Event.embargo_until.is_(None), Event.embargo_until <= now),
        or_(Event.published_at > moment, Event.embargo_until > moment),
    )


def _awaiting() -> ColumnElement[int]:
    """Return how many readers of digests are still to be mailed an update.

    Until a digest is queued they are counted among the subscribers, and then among its mails.
    """
    mails = (
        select(func.count())
        .select_from(Digest)
        .join(Delivery, Delivery.about_id == cast(Digest.id, Text))
        .where(
            lies_in_window(),
            Digest.queued_at.is_not(None),
            Delivery.kind == DIGEST,
            Delivery.state.in_(LEFT),
        )
        .correlate(Update)
        .scalar_subquery()
    )
    daily, weekly = (_awaiting_digest(it) for it in (Frequency.DAILY, Frequency.WEEKLY))
    return case((still_holds(), mails + daily + weekly), else_=0)


def _awaiting_digest(frequency: Frequency) -> ColumnElement[int]:
    queued = exists().where(
        lies_in_window(), Digest.frequency == frequency, Digest.queued_at.is_not(None)
    )
    readers = (
        select(func.count())
        .where(
            Subscription.campaign_id == Update.campaign_id,
            Subscription.state == SubscriptionState.CONFIRMED,
            Subscription.frequency == frequency,
            _began_before(Subscription.frequency_since),
            _began_before(Subscription.paused_until),
        )
        .correlate(Update)
        .scalar_subquery()
    )
    return case((queued, 0), else_=readers)


def _began_before(moment: Any) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment < Update.published_at)
