"""What is done to subscriptions and updates."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.cases.errors import HiddenName
from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import source_ref, touch
from campaigns.cases.queries import hidden_names, is_cited, is_public
from campaigns.cases.revisions import forget_revisions
from campaigns.cases.vocabulary import RevisedPart
from campaigns.db import db, insert_into, utcnow
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.models import Signature
from campaigns.retention import PENDING_FOR
from campaigns.updates.erasure import erase_subscriptions
from campaigns.updates.errors import CampaignNotPublic, SubscriptionExpired, UndoTooLate
from campaigns.updates.living import texts_of
from campaigns.updates.mails import CONFIRM, REPEAT
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
    find_subscription,
    find_update_by_token,
    has_expired,
    has_left,
    untold_updates,
    updates_about,
    waits_to_be_enrolled,
)
from campaigns.updates.run_queries import updates_before_their_entry
from campaigns.updates.sealed import SealedSubscription

DIGEST_HOUR = 6
# A post can be taken back within the first; nobody is told of it before the second is over.
UNDO_WITHIN = timedelta(seconds=30)
UNTOLD_FOR = timedelta(seconds=35)
# What was being published as a window ended is in the database by then.
SETTLED = timedelta(minutes=1)


def add_subscription(campaign_id: int, sealed: SealedSubscription, frequency: Frequency) -> None:
    """Store a pending subscription and queue the mail that asks to confirm it.

    When the mailbox has asked already, what it asked for stays, a pending subscription waits seven
    days anew, and one mail a day at most asks again or says that it is subscribed.
    """
    now = utcnow()
    _forget_expired(campaign_id, sealed.email_index, now)
    new = _subscription(
        campaign_id,
        sealed,
        frequency,
        state=SubscriptionState.PENDING,
        expires_at=now + PENDING_FOR,
    )
    # One statement for first and later ones: nobody can come in between, nor tell by the time.
    stored = db.session.execute(
        new.on_conflict_do_update(
            index_elements=["campaign_id", "email_index"],
            set_={
                "expires_at": case(
                    (Subscription.state == SubscriptionState.PENDING, new.excluded.expires_at)
                )
            },
        ).returning(Subscription.id, Subscription.state)
    ).one()
    kind = CONFIRM if stored.state == SubscriptionState.PENDING else REPEAT
    queue_asked_for(kind=kind, about_id=stored.id, campaign_id=campaign_id)


def mark_enrolled(signature_id: UUID) -> bool:
    """Note that a signer's "Email me news" tick is acted on; False when there is nothing to do."""
    # Locked, so that whoever unticks at this moment finds what became of the tick.
    waiting = (
        select(Signature.id)
        .where(Signature.id == signature_id, waits_to_be_enrolled())
        .with_for_update(of=Signature)
    )
    marked = db.session.execute(
        insert_into(EnrolledSignature)
        .from_select(["signature_id"], waiting)
        .on_conflict_do_nothing(index_elements=["signature_id"])
        .returning(EnrolledSignature.signature_id)
    ).scalar()
    return marked is not None


def enrol_signer(signature_id: UUID, campaign_id: int, sealed: SealedSubscription) -> None:
    """Subscribe a confirmed signer who ticked it, once for each ticking.

    By confirming the signature they have confirmed the address: a subscription that was pending is
    pending no more. One that was confirmed stays as it is.
    """
    if not mark_enrolled(signature_id):
        return
    new = _subscription(
        campaign_id,
        sealed,
        Frequency.IMMEDIATE,
        state=SubscriptionState.CONFIRMED,
        confirmed_at=utcnow(),
    )
    subscription = db.session.execute(
        new.on_conflict_do_update(
            index_elements=["campaign_id", "email_index"],
            set_={
                "state": new.excluded.state,
                "confirmed_at": func.coalesce(Subscription.confirmed_at, new.excluded.confirmed_at),
                "expires_at": None,
            },
        ).returning(Subscription.id)
    ).scalar_one()
    db.session.execute(
        update(EnrolledSignature)
        .where(EnrolledSignature.signature_id == signature_id)
        .values(subscription_id=subscription)
        .execution_options(synchronize_session=False)
    )


def end_enrolment(signature_id: UUID) -> bool:
    """End the news that a signature's tick began; ticked again, it begins them anew.

    Returns whether there were any. Raises OSError as `end_subscription` does.
    """
    # Locked, so that a worker that enrols it at this moment has done so before, or does not.
    db.session.execute(select(Signature.id).where(Signature.id == signature_id).with_for_update())
    subscription = db.session.scalar(
        delete(EnrolledSignature)
        .where(EnrolledSignature.signature_id == signature_id)
        .returning(EnrolledSignature.subscription_id)
        .execution_options(synchronize_session=False)
    )
    if subscription is not None:
        end_subscription(subscription)
    return subscription is not None


def renew_enrolment(signature_id: UUID) -> None:
    """Let a tick begin the news again for a signer who has left them since."""
    if has_left(signature_id):
        end_enrolment(signature_id)


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
    """End a subscription at once: its row goes, and with it what was queued for it.

    Raises OSError as `erase_subscriptions` does.
    """
    erase_subscriptions(Subscription.id == subscription_id)


def publish_update(
    campaign: Campaign, *, title: str, text: str, token: str | None = None
) -> Update:
    """Publish news in the archive; the worker mails it to every subscriber it is for.

    A token that has published one already returns that one: a form sent twice mails once. Raises
    CampaignNotPublic: nobody may be mailed what they could not read. Raises HiddenName when the
    name of somebody whose name is not to be published stands in the title or text.
    """
    return _publish(
        campaign,
        Update(
            campaign_id=campaign.id,
            title=title,
            text=text,
            translations={},
            idempotency_token=token,
            published_at=utcnow(),
        ),
    )


def tell_of_event(
    campaign: Campaign, event: Event, text: str, *, wait: timedelta = timedelta()
) -> Update:
    """Publish an update that tells of an entry of the timeline, once an entry.

    It appears and is mailed when the entry's embargo ends, and not before some time to `wait` is
    over. Raises CampaignNotPublic and HiddenName as `publish_update` does.
    """
    return _publish(
        campaign,
        Update(
            campaign_id=campaign.id,
            event_id=event.id,
            title=event.summary,
            text=text or event.text or event.summary,
            translations={} if text else _translated(event),
            idempotency_token=event.idempotency_token,
            published_at=_readable_from(event, wait),
        ),
    )


def tell_what_became_of(
    campaign: Campaign, event: Event, *, title: str, text: str, token: str
) -> Update:
    """Publish an update that tells how an entry went on, once a token, as `tell_of_event` does."""
    return _publish(
        campaign,
        Update(
            campaign_id=campaign.id,
            event_id=event.id,
            title=title,
            text=text,
            translations={},
            idempotency_token=token,
            published_at=_readable_from(event),
        ),
    )


def wait_for_entries() -> None:
    """Let updates wait as long as the entries they tell of, when these are kept back for longer.

    Else the mail of a day or week would leave out what nobody may read on it, and tell it never.
    """
    for early, embargo_until in updates_before_their_entry(utcnow()):
        early.published_at = embargo_until
    db.session.flush()


def undo_event(campaign: Campaign, event: Event) -> None:
    """Take back an entry that was just posted, with the update that was to tell of it.

    An article that came with it goes too, unless another entry rests on it by now. Raises
    UndoTooLate when the time is over or mail of it has left.
    """
    if utcnow() > event.created_at + UNDO_WITHIN:
        raise UndoTooLate
    # Locked, so that a worker that is about to queue its mail finds it gone, or has done so.
    updates = updates_about(event.id)
    if any(update.queued_at or update.queued_up_to for update in updates):
        raise UndoTooLate
    came_with_it = [it.article for it in event.sources if it.article.ref == source_ref(event)]
    for row in (*updates, event):
        db.session.delete(row)
    forget_revisions(RevisedPart.EVENT, event.id)
    db.session.flush()
    for article in came_with_it:
        if not is_cited(article):
            db.session.delete(article)
            forget_revisions(RevisedPart.ARTICLE, article.id)
    touch(campaign)


def _readable_from(event: Event, wait: timedelta = timedelta()) -> datetime:
    """Return from when an update may tell of an entry, and not before some time to wait is over."""
    return max(utcnow() + wait, event.published_at, event.embargo_until or utcnow())


def _translated(event: Event) -> dict[str, dict[str, str]]:
    """Return what an entry says in other languages, as an update says it."""
    return {
        code: {"title": words["summary"], "text": words.get("text") or words["summary"]}
        for code, words in event.translations.items()
    }


def _publish(campaign: Campaign, update: Update) -> Update:
    if not is_public(campaign):
        raise CampaignNotPublic
    if any(map(hidden_names(campaign).stands_in, texts_of(update))):
        raise HiddenName
    try:
        with db.session.begin_nested():
            db.session.add(update)
    except IntegrityError:
        known = find_update_by_token(update.idempotency_token)
        if known is None:
            raise
        return known
    touch(campaign)
    return update


def open_digests(now: datetime) -> None:
    """Freeze the windows that have ended and hold news: a day's at six, a week's on Monday (UTC).

    A window that was missed is part of the next; one without news makes no digest.
    """
    settled = now - SETTLED
    day = settled.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    day = day if day <= settled else day - timedelta(days=1)
    ends = {Frequency.DAILY: day, Frequency.WEEKLY: day - timedelta(days=day.weekday())}
    for campaign_id in campaigns_with_updates():
        # Whoever changes how often they are mailed does so before this window ends, or after.
        db.session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
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


def _subscription(
    campaign_id: int, sealed: SealedSubscription, frequency: Frequency, **values: Any
) -> Any:
    return insert_into(Subscription).values(
        id=sealed.id,
        campaign_id=campaign_id,
        email_index=sealed.email_index,
        sealed_address=sealed.address,
        frequency=frequency,
        **values,
    )


def _forget_expired(campaign_id: int, email_index: bytes, now: datetime) -> None:
    """Let nobody confirm by a new mail what was typed too long ago."""
    db.session.execute(
        delete(Subscription)
        .where(
            Subscription.campaign_id == campaign_id,
            Subscription.email_index == email_index,
            has_expired(now),
        )
        .execution_options(synchronize_session=False)
    )
