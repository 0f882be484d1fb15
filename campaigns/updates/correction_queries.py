"""Finding what was mailed and is wrong, and who was mailed it."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from campaigns.cases.models import Campaign, Correction, Event
from campaigns.cases.queries import PUBLIC_STATES
from campaigns.db import db, utcnow
from campaigns.mail.claims import LEASE
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.updates.models import (
    CORRECTION,
    DIGEST,
    RETRACTION,
    SEND,
    CorrectionNotice,
    Digest,
    Subscription,
    SubscriptionState,
    Update,
)

# After it, no worker has anything in hand any more that it was given before.
ALL_WRITTEN_DOWN = 2 * LEASE


def unnoticed_corrections() -> Sequence[Row[int, int, int]]:
    """Return campaign, update and number of what was corrected or retracted and has no notice.

    A correction counts only if an organiser had it mailed, and if the update is older than it.
    """
    retracted = _updates_of_entries(literal(RETRACTION)).where(Event.retracted_on.is_not(None))
    corrected = (
        _updates_of_entries(Correction.__table__.c.position)
        .join(Correction, Correction.event_id == Event.id)
        .where(Event.retracted_on.is_(None), Correction.mail_at >= Update.published_at)
    )
    return [*db.session.execute(retracted).all(), *db.session.execute(corrected).all()]


def notices_to_queue() -> Sequence[CorrectionNotice]:
    """Return the notices that are not queued for everybody, and whose audience is known by now.

    It is while no news of the campaign is on its way out: that was written before. Nor may there be
    any that was taken out of a worker's hands at the last moment, which it still writes down as
    sent. What visitors do not see now, or a campaign that was taken down, waits.
    """
    under_way = exists().where(
        Delivery.campaign_id == CorrectionNotice.campaign_id,
        Delivery.kind.in_((SEND, DIGEST)),
        Delivery.state == DeliveryState.SENDING,
        # By these two it is found among what waits, not among all that was ever mailed.
        Delivery.priority == int(Priority.NEWS),
        Delivery.next_at.is_not(None),
    )
    return db.session.scalars(
        select(CorrectionNotice)
        .join(Update, Update.id == CorrectionNotice.update_id)
        .join(Event, Event.id == Update.event_id)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .where(CorrectionNotice.queued_at.is_(None), ~under_way, _is_shown())
        .where(Event.updated_at <= utcnow() - ALL_WRITTEN_DOWN)
        .order_by(CorrectionNotice.id)
    ).all()


def correction_audience(notice: CorrectionNotice) -> Select[UUID]:
    """Select whoever was mailed what was wrong, at once or in a digest, and still subscribes.

    Pauses do not count: what somebody was told is set right. Left out is who read of the correction
    in that very mail, or is told of it by the notice of another update of the same entry.
    """
    update = db.session.get_one(Update, notice.update_id)
    digests = select(cast(Digest.id, Text)).where(
        Digest.campaign_id == update.campaign_id, Digest.ends_at >= update.published_at
    )
    told = or_(
        and_(Delivery.kind == SEND, Delivery.about_id == str(update.id)),
        and_(
            Delivery.kind == DIGEST,
            Delivery.about_id.in_(digests),
            Delivery.contents.contains(token_of(update.id)),
        ),
    )
    mailed = select(Delivery.recipient_id).where(told, Delivery.state == DeliveryState.SENT)
    if notice.number != RETRACTION:
        known = Delivery.contents.contains(token_of(update.id, notice.number))
        mailed = mailed.where(or_(Delivery.contents.is_(None), ~known))
    told_by_another = select(Delivery.recipient_id).where(
        Delivery.kind == CORRECTION,
        Delivery.about_id.in_(_notices_of_the_same(notice, update)),
        Delivery.state != DeliveryState.CANCELLED,
    )
    mailed = mailed.where(Delivery.recipient_id.not_in(told_by_another))
    return select(Subscription.id).where(
        Subscription.campaign_id == notice.campaign_id,
        Subscription.state == SubscriptionState.CONFIRMED,
        # SQLite keeps a UUID as 32 hex digits, PostgreSQL writes it with hyphens.
        func.replace(cast(Subscription.id, Text), "-", "").in_(mailed),
    )


def notices_of(update_id: int) -> Sequence[int]:
    """Return the notices of an update."""
    return db.session.scalars(
        select(CorrectionNotice.id).where(CorrectionNotice.update_id == update_id)
    ).all()


def notices_to_send(notice_ids: Iterable[int]) -> Mapping[int, CorrectionNotice]:
    """Return those of some notices whose update is still there for everybody, by id."""
    notices = db.session.scalars(
        select(CorrectionNotice)
        .join(Update, Update.id == CorrectionNotice.update_id)
        .join(Event, Event.id == Update.event_id)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .where(CorrectionNotice.id.in_(set(notice_ids)), _is_shown())
    )
    return {notice.id: notice for notice in notices}


def mailed_corrections(update: Update) -> Sequence[Correction]:
    """Return the corrections to be mailed that an update does not know of, oldest first."""
    return db.session.scalars(
        select(Correction)
        .where(
            Correction.event_id == update.event_id,
            Correction.mail_at >= update.appears_at,
        )
        .order_by(Correction.position)
    ).all()


def token_of(update_id: int, number: int | None = None) -> str:
    """Return how a delivery keeps that it told an update, or one of its entry's corrections."""
    return f",{update_id}," if number is None else f",{update_id}/{number},"


def _updates_of_entries(number: ColumnElement[int]) -> Select[int, int, int]:
    known = exists().where(
        CorrectionNotice.update_id == Update.id, CorrectionNotice.number == number
    )
    return (
        select(Update.campaign_id, Update.id, number)
        .join(Event, Event.id == Update.event_id)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .where(_is_shown(), ~known)
        .order_by(Update.id)
    )


def _notices_of_the_same(notice: CorrectionNotice, update: Update) -> Select[str]:
    """Select the other notices of what was wrong with the entry of an update."""
    return (
        select(cast(CorrectionNotice.id, Text))
        .join(Update, Update.id == CorrectionNotice.update_id)
        .where(
            Update.event_id == update.event_id,
            CorrectionNotice.number == notice.number,
            CorrectionNotice.id != notice.id,
        )
    )


def _is_shown() -> ColumnElement[bool]:
    return and_(
        Event.hidden_at.is_(None), Update.hidden_at.is_(None), Campaign.state.in_(PUBLIC_STATES)
    )
