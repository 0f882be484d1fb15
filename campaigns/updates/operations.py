"""What is done to subscriptions and updates."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_public
from campaigns.db import db, utcnow
from campaigns.mail.caps import take_from_mailbox_cap
from campaigns.mail.models import Priority
from campaigns.mail.operations import cancel_deliveries, queue_delivery
from campaigns.updates.errors import CampaignNotPublic, SubscriptionExpired
from campaigns.updates.models import (
    Digest,
    EnrolledSignature,
    Frequency,
    Subscription,
    SubscriptionState,
    Update,
)
from campaigns.updates.queries import (
    campaigns_with_updates,
    expired_subscriptions,
    find_subscription,
    untold_updates,
)
from campaigns.updates.sealed import SealedSubscription

PENDING_FOR = timedelta(days=7)
CHUNK = 500
DIGEST_HOUR = 6


def add_subscription(
    campaign_id: int, sealed: SealedSubscription, frequency: Frequency, *, mailbox: bytes
) -> None:
    """Store a pending subscription and queue the mail that asks to confirm it.

    Somebody subscribed already gets one mail a day at most, which says so; nothing changes.
    `mailbox` is the blind index, across campaigns and for today only, that caps mails to it.
    """
    now = utcnow()
    added = _insert(
        campaign_id,
        sealed,
        frequency,
        state=SubscriptionState.PENDING,
        expires_at=now + PENDING_FOR,
    )
    if added:
        _queue_mail("subscription.confirm", sealed.id, campaign_id, mailbox, now)
        return
    known = db.session.execute(
        select(Subscription.id, Subscription.state).where(
            Subscription.campaign_id == campaign_id,
            Subscription.email_index == sealed.email_index,
        )
    ).one()
    pending = known.state == SubscriptionState.PENDING
    kind = "subscription.confirm" if pending else "subscription.repeat"
    _queue_mail(kind, known.id, campaign_id, mailbox, now)


def enrol_signer(signature_id: UUID, campaign_id: int, sealed: SealedSubscription) -> None:
    """Subscribe a confirmed signer who ticked it; a subscription that exists stays as it is."""
    db.session.add(EnrolledSignature(signature_id=signature_id))
    _insert(
        campaign_id,
        sealed,
        Frequency.IMMEDIATE,
        state=SubscriptionState.CONFIRMED,
        expires_at=None,
    )


def confirm_subscription(subscription_id: UUID) -> Subscription:
    """Confirm a pending subscription; once confirmed it stays so. Raises SubscriptionExpired."""
    subscription = find_subscription(subscription_id, for_update=True)
    if subscription is None:
        raise SubscriptionExpired
    if subscription.state == SubscriptionState.PENDING:
        if subscription.expires_at is None or subscription.expires_at <= utcnow():
            raise SubscriptionExpired
        subscription.state = SubscriptionState.CONFIRMED
        subscription.confirmed_at = utcnow()
        subscription.expires_at = None
        db.session.flush()
    return subscription


def end_subscription(subscription_id: UUID) -> None:
    """End a subscription at once: its row goes, and with it what was queued for it."""
    cancel_deliveries(recipient_id=subscription_id)
    cancel_deliveries(about_id=subscription_id)
    db.session.execute(delete(Subscription).where(Subscription.id == subscription_id))


def publish_update(
    campaign: Campaign, *, title: str, text: str, token: str | None = None
) -> Update:
    """Publish news in the archive; the worker mails it to every subscriber it is for.

    A token that has published one already returns that one: a form sent twice mails once. Raises
    CampaignNotPublic: nobody may be mailed what they could not read.
    """
    return _publish(
        campaign, Update(campaign_id=campaign.id, title=title, text=text, idempotency_token=token)
    )


def tell_of_event(campaign: Campaign, event: Event, text: str) -> Update:
    """Publish an update that tells of an entry of the timeline, once an entry.

    Raises CampaignNotPublic.
    """
    return _publish(
        campaign,
        Update(
            campaign_id=campaign.id,
            event_id=event.id,
            title=event.summary,
            text=text or event.text or event.summary,
            idempotency_token=event.idempotency_token,
        ),
    )


def _publish(campaign: Campaign, update: Update) -> Update:
    if not is_public(campaign):
        raise CampaignNotPublic
    try:
        with db.session.begin_nested():
            db.session.add(update)
    except IntegrityError:
        return db.session.scalars(
            select(Update).where(Update.idempotency_token == update.idempotency_token)
        ).one()
    touch(campaign)
    return update


def open_digests(now: datetime) -> None:
    """Freeze the windows that have ended and hold news: a day's at six, a week's on Monday (UTC).

    A window that was missed is part of the next; one without news makes no digest.
    """
    day = now.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    day = day if day <= now else day - timedelta(days=1)
    ends = {Frequency.DAILY: day, Frequency.WEEKLY: day - timedelta(days=day.weekday())}
    for campaign_id in campaigns_with_updates():
        for frequency, end in ends.items():
            if window := untold_updates(campaign_id, frequency, end):
                db.session.add(
                    Digest(
                        campaign_id=campaign_id,
                        frequency=frequency,
                        begins_at=window[0],
                        ends_at=window[1],
                    )
                )
    db.session.flush()


def delete_expired_subscriptions() -> int:
    """Delete pending subscriptions nobody confirmed in time; returns how many."""
    expired = expired_subscriptions(utcnow(), CHUNK)
    for subscription in expired:
        end_subscription(subscription.id)
    return len(expired)


def _insert(
    campaign_id: int,
    sealed: SealedSubscription,
    frequency: Frequency,
    *,
    state: SubscriptionState,
    expires_at: datetime | None,
) -> bool:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    added = db.session.execute(
        insert(Subscription)
        .values(
            id=sealed.id,
            campaign_id=campaign_id,
            state=state,
            email_index=sealed.email_index,
            sealed_address=sealed.address,
            frequency=frequency,
            expires_at=expires_at,
            confirmed_at=utcnow() if state == SubscriptionState.CONFIRMED else None,
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "email_index"])
        .returning(Subscription.id)
    ).scalar()
    return added is not None


def _queue_mail(
    kind: str, subscription_id: UUID, campaign_id: int, mailbox: bytes, now: datetime
) -> None:
    """Queue one mail a day and subscription, while the mailbox's cap allows."""
    queued = queue_delivery(
        kind=kind,
        about_id=subscription_id,
        dedupe_key=f"{kind}:{subscription_id.hex}:{now.date().isoformat()}",
        priority=Priority.ASKED_FOR,
        campaign_id=campaign_id,
    )
    if queued and not take_from_mailbox_cap(mailbox, now.date()):
        cancel_deliveries(kind=kind, about_id=subscription_id)
