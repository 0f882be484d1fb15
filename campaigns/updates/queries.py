"""Every read of this room that has a condition."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from campaigns.cases.custody import CUSTODY_AFTER
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import PUBLIC_STATES, is_visible
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db, is_one_of, prepared, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.petitions.models import Petition, Signature, SignatureState
from campaigns.updates.models import (
    DIGEST,
    Digest,
    EnrolledSignature,
    Farewell,
    Frequency,
    Subscription,
    SubscriptionState,
    Update,
)


def find_subscription(subscription_id: UUID, *, for_update: bool = False) -> Subscription | None:
    """Return a subscription, locked and as it is now when it is about to change."""
    query = select(Subscription).where(Subscription.id == subscription_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def confirmed_among(subscription_ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return what a mail to many needs to know of each confirmed one of some subscriptions.

    Plain rows: as objects they cost as much as everything else that is asked for a mail.
    """
    return db.session.execute(
        select(
            Subscription.id,
            Subscription.campaign_id,
            Subscription.sealed_address,
            Subscription.sealed_locale,
            Subscription.frequency_since,
            Subscription.paused_until,
            Subscription.plain_text,
            Subscription.discreet,
        ).where(
            Subscription.id.in_(subscription_ids),
            Subscription.state == SubscriptionState.CONFIRMED,
        )
    ).all()


def subscriptions_in(some: Collection[UUID], state: SubscriptionState) -> Collection[UUID]:
    """Return which of some subscriptions are in a state, by their ids."""
    rows = _in_state.all({"some_ids": [row.hex for row in some], "state": state})
    return {row.id for row in rows}


def find_update_by_token(token: str | None) -> Update | None:
    """Return the update a form with this idempotency token has published already."""
    return db.session.scalar(select(Update).where(Update.idempotency_token == token))


def published_updates(campaign_id: int) -> Sequence[Update]:
    """Return a campaign's updates that everybody may read by now, newest first."""
    return _readable(
        select(Update)
        .where(Update.campaign_id == campaign_id)
        .order_by(Update.published_at.desc(), Update.id.desc()),
        utcnow(),
    )


def stored_updates(campaign_id: int) -> Sequence[Update]:
    """Return all of a campaign's updates, also those nobody may read yet, oldest first."""
    return db.session.scalars(
        select(Update).where(Update.campaign_id == campaign_id).order_by(Update.id)
    ).all()


def find_update(campaign_id: int, update_id: int) -> Update | None:
    """Return an update of a campaign, seen by visitors or not, for organisers."""
    return db.session.scalar(
        select(Update).where(Update.campaign_id == campaign_id, Update.id == update_id)
    )


def updates_about(event_id: int) -> Sequence[Update]:
    """Return the updates that tell of an entry, locked: a worker that queues them comes after."""
    return db.session.scalars(
        select(Update)
        .where(Update.event_id == event_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def count_subscribers(campaign_id: int) -> int:
    """Return how many confirmed subscriptions a campaign has."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Subscription)
            .where(
                Subscription.campaign_id == campaign_id,
                Subscription.state == SubscriptionState.CONFIRMED,
            )
        )
        or 0
    )


def has_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a subscription whose time to confirm has passed."""
    return and_(Subscription.state == SubscriptionState.PENDING, Subscription.expires_at <= now)


def still_holds() -> ColumnElement[bool]:
    """Return the condition for an update that was not stopped and tells of nothing struck through.

    The archive shows both, and an entry that was struck as such; a mail would tell it as true.
    """
    told_of = aliased(Event)
    return Update.cancelled_at.is_(None) & ~exists().where(
        told_of.id == Update.event_id, told_of.retracted_on.is_not(None)
    )


def updates_to_queue(now: datetime) -> Sequence[Update]:
    """Return the updates to be told that are not queued for all subscribers yet.

    Those of a campaign that was taken down wait until it is brought back.
    """
    unqueued = select(Update).where(Update.queued_at.is_(None), Update.paused_at.is_(None))
    unqueued = unqueued.join(Campaign, Campaign.id == Update.campaign_id).where(_is_public())
    return _readable(unqueued.where(still_holds()).order_by(Update.id), now)


def updates_to_tell(update_ids: Iterable[int]) -> Mapping[int, Update]:
    """Return those of some updates that may be mailed now, by id."""
    some = select(Update).where(Update.id.in_(set(update_ids)), still_holds())
    return {update.id: update for update in _readable(some, utcnow())}


def which_to_tell(update_ids: Iterable[int]) -> set[int]:
    """Return which of some updates may be mailed now, quicker than `updates_to_tell` does."""
    now = utcnow()
    rows = _to_tell.all({"update_ids": list(set(update_ids)), "now": now})
    return {
        row.id
        for row in rows
        if row.state in PUBLIC_STATES and (row.event_id is None or is_visible(row, now))
    }


def which_digests_to_tell(digest_ids: Iterable[int]) -> set[int]:
    """Return which of some digests may be mailed now: those of campaigns visitors may see."""
    rows = _digests.all({"digest_ids": list(set(digest_ids))})
    return {row.id for row in rows if row.state in PUBLIC_STATES}


def update_audience(update: Update) -> Select[UUID]:
    """Select the subscriptions an update goes to at once: none that was confirmed after it."""
    frequencies = [Frequency.IMMEDIATE]
    event = db.session.get(Event, update.event_id) if update.event_id else None
    if event is not None and event.kind in CUSTODY_AFTER:
        frequencies.append(Frequency.STATUS)
    return _confirmed(update.campaign_id, update.appears_at).where(
        Subscription.frequency.in_(frequencies), _not_paused(update.appears_at)
    )


def digests_to_queue() -> Sequence[Digest]:
    """Return the digests that are not queued for all their subscribers yet, but for those at rest.

    Those of a campaign that was taken down wait until it is brought back.
    """
    return db.session.scalars(
        select(Digest)
        .join(Campaign, Campaign.id == Digest.campaign_id)
        .where(Digest.queued_at.is_(None), ~_rests(), _is_public())
        .order_by(Digest.id)
    ).all()


def is_at_rest(digest: Digest) -> bool:
    """Say whether a digest would tell what is paused, or hidden while a report is looked into."""
    resting = select(Digest.id).where(Digest.id == digest.id, _rests())
    return db.session.scalar(resting) is not None


def digests_to_resume() -> Sequence[Digest]:
    """Return the digests of which paused mails wait, though nothing they tell rests any more."""
    paused = exists().where(
        Delivery.kind == DIGEST,
        Delivery.about_id == cast(Digest.id, Text),
        Delivery.state == DeliveryState.PAUSED,
    )
    digests = select(Digest).join(Campaign, Campaign.id == Digest.campaign_id)
    return db.session.scalars(
        digests.where(paused, ~_rests(), _is_public()).order_by(Digest.id)
    ).all()


def lies_in_window() -> ColumnElement[bool]:
    """Return the condition for an update that lies in the window of a digest."""
    return and_(
        Update.campaign_id == Digest.campaign_id,
        Update.published_at > Digest.begins_at,
        Update.published_at <= Digest.ends_at,
    )


def digest_audience(digest: Digest) -> Select[UUID]:
    """Select the subscriptions a digest goes to: none that was confirmed after its end."""
    return _confirmed(digest.campaign_id, digest.ends_at).where(
        Subscription.frequency == digest.frequency, _not_paused(digest.ends_at)
    )


def updates_owed(subscription: Subscription, now: datetime) -> Sequence[Update]:
    """Return the updates a subscriber's frequency promises that no mail of theirs tells yet.

    Those that are mailed at once: what is still being queued. Those in digests: what came after the
    last one of theirs, unless it came before this frequency was chosen or while they had paused.
    """
    updates = (
        select(Update)
        .where(
            Update.campaign_id == subscription.campaign_id,
            Update.published_at >= subscription.confirmed_at,
            still_holds(),
        )
        .order_by(Update.id)
    )
    at_once = subscription.frequency in (Frequency.IMMEDIATE, Frequency.STATUS)
    told = (
        subscription.frequency_since,
        subscription.paused_until,
        None if at_once else _last_digest_of(subscription),
    )
    if any(told):
        updates = updates.where(Update.published_at > max(it for it in told if it))
    if at_once:
        unqueued = _readable(updates.where(Update.queued_at.is_(None)), now)
        return [it for it in unqueued if _is_among(subscription, update_audience(it))]
    return _readable(updates, now)


def campaigns_to_leave() -> Sequence[Campaign]:
    """Return the archived campaigns that have not begun to take leave of their subscribers."""
    taken = exists().where(
        Farewell.campaign_id == Campaign.id, Farewell.archived_at == Campaign.archived_at
    )
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.state == CampaignState.ARCHIVED, ~taken)
        .order_by(Campaign.id)
    ).all()


def farewells_to_queue() -> Sequence[Farewell]:
    """Return the farewells that are not queued for all subscribers yet."""
    return db.session.scalars(
        select(Farewell)
        .join(Campaign, Campaign.id == Farewell.campaign_id)
        .where(Farewell.queued_at.is_(None), _still_archived())
        .order_by(Farewell.id)
    ).all()


def farewells_to_send(farewell_ids: Iterable[int]) -> Mapping[int, Farewell]:
    """Return those of some farewells that are still true, by id: none of a reopened campaign."""
    farewells = db.session.scalars(
        select(Farewell)
        .join(Campaign, Campaign.id == Farewell.campaign_id)
        .where(Farewell.id.in_(set(farewell_ids)), _still_archived())
    )
    return {farewell.id: farewell for farewell in farewells}


def farewell_audience(farewell: Farewell) -> Select[UUID]:
    """Select everybody whose address will be deleted, however often they are mailed."""
    return _confirmed(farewell.campaign_id, farewell.archived_at)


def leaving_subscriptions(limit: int) -> Sequence[Subscription]:
    """Return subscriptions whose owners want no mail from this site at all."""
    return db.session.scalars(
        select(Subscription).where(Subscription.state == SubscriptionState.LEAVING).limit(limit)
    ).all()


def subscriptions_of(
    index_of: Callable[[int], bytes | None],
) -> Sequence[tuple[Subscription, Campaign]]:
    """Return the subscriptions of an address with their campaigns, by its index in each."""
    found = []
    for campaign in db.session.scalars(select(Campaign).order_by(Campaign.id)).all():
        index = index_of(campaign.id)
        subscription = index and db.session.scalar(
            select(Subscription).where(
                Subscription.campaign_id == campaign.id,
                Subscription.email_index == index,
                Subscription.state == SubscriptionState.CONFIRMED,
            )
        )
        if subscription:
            found.append((subscription, campaign))
    return found


def updates_in(digest: Digest) -> Sequence[Update]:
    """Return the updates a digest tells of that may be mailed now, in the order published."""
    return _readable(
        select(Update)
        .where(
            Update.campaign_id == digest.campaign_id,
            Update.published_at > digest.begins_at,
            Update.published_at <= digest.ends_at,
            still_holds(),
        )
        .order_by(Update.published_at, Update.id),
        utcnow(),
    )


def untold_updates(
    campaign_id: int, frequency: Frequency, until: datetime
) -> tuple[datetime, datetime] | None:
    """Return from when to when updates lie that no digest of a frequency has told; None if none."""
    told = db.session.scalar(
        select(func.max(Digest.ends_at)).where(
            Digest.campaign_id == campaign_id, Digest.frequency == frequency
        )
    )
    query = select(func.min(Update.published_at)).where(
        Update.campaign_id == campaign_id, Update.published_at <= until, still_holds()
    )
    first = db.session.scalar(query if told is None else query.where(Update.published_at > told))
    if first is None:
        return None
    return told or first - timedelta(microseconds=1), until


def last_of_chunk(audience: Select[UUID], after: UUID | None, length: int) -> UUID | None:
    """Return the last id of the next chunk of an audience, in the order of ids; None at its end."""
    column = audience.selected_columns[0]
    rest = audience if after is None else audience.where(column > after)
    chunk = rest.order_by(column).limit(length).subquery()
    return db.session.scalar(select(chunk.c[0]).order_by(chunk.c[0].desc()).limit(1))


def campaigns_with_updates() -> Sequence[int]:
    """Return the campaigns that have published any update."""
    return db.session.scalars(select(Update.campaign_id).distinct()).all()


def _is_public() -> ColumnElement[bool]:
    return Campaign.state.in_(PUBLIC_STATES)


def _rests() -> ColumnElement[bool]:
    hidden_entry = aliased(Event)
    hidden = exists().where(hidden_entry.id == Update.event_id, hidden_entry.hidden_at.is_not(None))
    return exists().where(
        lies_in_window(),
        still_holds(),
        or_(Update.paused_at.is_not(None), Update.hidden_at.is_not(None), hidden),
    )


def _confirmed(campaign_id: int, until: datetime) -> Select[UUID]:
    return select(Subscription.id).where(
        Subscription.campaign_id == campaign_id,
        Subscription.state == SubscriptionState.CONFIRMED,
        Subscription.confirmed_at <= until,
    )


def _still_archived() -> ColumnElement[bool]:
    return and_(
        Campaign.state == CampaignState.ARCHIVED, Campaign.archived_at == Farewell.archived_at
    )


def _not_paused(moment: datetime) -> ColumnElement[bool]:
    """Return the condition for subscriptions that get what was published at a moment."""
    return or_(Subscription.paused_until.is_(None), Subscription.paused_until < moment)


def _last_digest_of(subscription: Subscription) -> datetime | None:
    """Return the end of the last window of which a mail was queued for a subscriber."""
    mailed = select(Delivery.about_id).where(
        Delivery.kind == DIGEST, Delivery.recipient_id == subscription.id.hex
    )
    return db.session.scalar(
        select(func.max(Digest.ends_at)).where(cast(Digest.id, Text).in_(mailed))
    )


def _is_among(subscription: Subscription, audience: Select[UUID]) -> bool:
    only = audience.where(Subscription.id == subscription.id)
    return db.session.scalar(only) is not None


def waits_to_be_enrolled() -> ColumnElement[bool]:
    """Return the condition for a signature whose "Email me news" tick waits to be acted on."""
    return and_(
        Signature.state == SignatureState.CONFIRMED,
        Signature.updates,
        ~exists().where(EnrolledSignature.signature_id == Signature.id),
    )


def has_left(signature_id: UUID) -> bool:
    """Say whether a signer's tick has begun news that its owner has ended since."""
    enrolled = select(EnrolledSignature.signature_id).where(
        EnrolledSignature.signature_id == signature_id,
        EnrolledSignature.subscription_id.is_(None),
    )
    return db.session.scalar(enrolled) is not None


def signers_to_enrol(limit: int) -> Sequence[Row[UUID, int, bytes | None]]:
    """Return the id, campaign and sealed address of signatures that wait to be enrolled."""
    return db.session.execute(
        select(Signature.id, Petition.campaign_id, Signature.sealed_address)
        .join(Petition, Petition.id == Signature.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(waits_to_be_enrolled(), Campaign.mode != Mode.HIGH_RISK)
        .limit(limit)
    ).all()


def _readable(updates: Select[Update], now: datetime) -> Sequence[Update]:
    """Return the updates that are published by now and tell of no entry that is still hidden."""
    rows = db.session.execute(_with_entries(updates).add_columns(Event), {"now": now}).all()
    return [update for update, event in rows if event is None or is_visible(event, now)]


def _with_entries(updates: Any) -> Any:
    shown = updates.where(Update.published_at <= bindparam("now"), Update.hidden_at.is_(None))
    return shown.outerjoin(Event, Event.id == Update.event_id)


@prepared
def _to_tell() -> Any:
    event = (Event.published_at, Event.embargo_until, Event.hidden_at)
    some = (
        select(Update.id, Campaign.state, Event.id.label("event_id"), *event)
        .select_from(Update)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .where(is_one_of(Update.id, "update_ids"))
    )
    return _with_entries(some.where(still_holds()))


@prepared
def _digests() -> Any:
    return (
        select(Digest.id, Campaign.state)
        .join(Campaign, Campaign.id == Digest.campaign_id)
        .where(is_one_of(Digest.id, "digest_ids"))
    )


@prepared
def _in_state() -> Any:
    some = is_one_of(Subscription.id, "some_ids")
    return select(Subscription.id).where(some, Subscription.state == bindparam("state"))
