"""What subscribers choose by the link in each mail: how often, in which way, not for a while."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.operations import cancel_deliveries, queue_deliveries_from
from campaigns.mail.runs import pause_run
from campaigns.updates.errors import SubscriptionGone
from campaigns.updates.models import SEND, Frequency, Subscription, SubscriptionState
from campaigns.updates.queries import find_subscription, updates_owed


def change_preferences(
    subscription_id: UUID,
    *,
    frequency: Frequency,
    plain_text: bool,
    discreet: bool,
    sealed_locale: bytes | None,
) -> None:
    """Mail a subscriber in another way from now on; the language stays when none is given.

    What was published under the frequency before is told as that asked, or at once: nothing twice,
    and nothing not at all. Raises SubscriptionGone.
    """
    subscription = _confirmed(subscription_id)
    if frequency != subscription.frequency:
        _tell_what_is_owed(subscription)
        subscription.frequency = frequency
        subscription.frequency_since = utcnow()
    subscription.plain_text = plain_text
    subscription.discreet = discreet
    if sealed_locale is not None:
        subscription.sealed_locale = sealed_locale


def pause_subscription(subscription_id: UUID, length: timedelta) -> None:
    """Mail a subscriber nothing of what is published from now on for a while, nor what waits.

    A pause of no length ends one at once. Raises SubscriptionGone.
    """
    subscription = _confirmed(subscription_id)
    subscription.paused_until = utcnow() + length
    if length:
        cancel_deliveries(recipient_id=subscription_id)


def leave_all(subscription_id: UUID) -> None:
    """End a subscription at once, and have the worker let no mail go to its address any more.

    Nothing is done when it is gone already.
    """
    subscription = find_subscription(subscription_id, for_update=True)
    if subscription is not None:
        subscription.state = SubscriptionState.LEAVING
        cancel_deliveries(recipient_id=subscription_id)


def _confirmed(subscription_id: UUID) -> Subscription:
    known = find_subscription(subscription_id)
    if known is None:
        raise SubscriptionGone
    # Everybody locks the campaign first: no window of digests ends in the middle of this.
    db.session.execute(
        select(Campaign.id).where(Campaign.id == known.campaign_id).with_for_update()
    )
    subscription = find_subscription(subscription_id, for_update=True)
    if subscription is None or subscription.state != SubscriptionState.CONFIRMED:
        raise SubscriptionGone
    return subscription


def _tell_what_is_owed(subscription: Subscription) -> None:
    only = select(Subscription.id).where(Subscription.id == subscription.id)
    campaign = db.session.get_one(Campaign, subscription.campaign_id, populate_existing=True)
    for update in updates_owed(subscription, utcnow()):
        queue_deliveries_from(
            only,
            kind=SEND,
            about_id=update.id,
            priority=Priority.NEWS,
            campaign_id=subscription.campaign_id,
        )
        if update.paused_at or campaign.hidden_at:
            pause_run(SEND, update.id)
