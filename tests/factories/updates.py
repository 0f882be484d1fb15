"""Subscriptions and updates."""

from datetime import timedelta
from itertools import count
from typing import Any

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.updates.models import Frequency, Subscription, SubscriptionState, Update
from campaigns.updates.sealed import seal_subscription
from campaigns.vault.keyring import current_keyring

PENDING_FOR = timedelta(days=7)
_number = count(1)


def make_subscription(
    campaign: Campaign,
    email: str | None = None,
    *,
    locale: str = "en",
    confirmed: bool = True,
    **fields: Any,
) -> Subscription:
    """Make a sealed subscription, confirmed unless told otherwise."""
    sealed = seal_subscription(
        current_keyring(),
        campaign.id,
        email=email or f"subscriber{next(_number)}@example.org",
        locale=locale,
    )
    subscription = Subscription(
        **{
            "id": sealed.id,
            "campaign_id": campaign.id,
            "state": SubscriptionState.CONFIRMED if confirmed else SubscriptionState.PENDING,
            "email_index": sealed.email_index,
            "sealed_address": sealed.address,
            "frequency": Frequency.IMMEDIATE,
            "expires_at": None if confirmed else utcnow() + PENDING_FOR,
            "confirmed_at": utcnow() if confirmed else None,
        }
        | fields
    )
    db.session.add(subscription)
    db.session.commit()
    return subscription


def make_update(campaign: Campaign, **fields: Any) -> Update:
    """Make an update that is published and not yet mailed."""
    update = Update(
        **{
            "campaign_id": campaign.id,
            "title": "Bail was granted",
            "text": "The court granted bail this morning. **They are not free yet.**",
            "published_at": utcnow(),
        }
        | fields
    )
    campaign.version += 1
    db.session.add(update)
    db.session.commit()
    return update
