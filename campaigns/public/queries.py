"""Versions of what visitors see: cheap to ask for, different whenever a page would be."""

from uuid import UUID

from sqlalchemy import Row, Select, select

from campaigns.cases.models import Campaign
from campaigns.cases.queries import PUBLIC_STATES
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition, Signature, SignatureState, Tally
from campaigns.petitions.queries import has_expired as signature_has_expired
from campaigns.updates.models import Subscription, SubscriptionState
from campaigns.updates.queries import has_expired as subscription_has_expired

Version = tuple[object, ...]


def campaign_version(slug: str) -> Version | None:
    """Return what a campaign's pages are kept by; None when there is no such campaign."""
    row = db.session.execute(_versions().where(Campaign.slug == slug)).one_or_none()
    return tuple(row) if row else None


def site_version() -> Version:
    """Return what pages about all campaigns are kept by."""
    rows = db.session.execute(
        _versions().where(Campaign.state.in_(PUBLIC_STATES)).order_by(Campaign.id)
    )
    return tuple(tuple(row) for row in rows)


def campaign_of_signature(
    signature_id: UUID,
) -> Row[str, SignatureState, bool, bool, bool] | None:
    """Return the slug of the campaign somebody signed for, whether it is confirmed, and the ticks.

    None when there is no such signature, or its time to confirm has passed.
    """
    return db.session.execute(
        select(
            Campaign.slug,
            Signature.state,
            Signature.show_name,
            Signature.hand_over,
            Signature.updates,
        )
        .join(Petition, Petition.campaign_id == Campaign.id)
        .join(Signature, Signature.petition_id == Petition.id)
        .where(Signature.id == signature_id, ~signature_has_expired(utcnow()))
    ).one_or_none()


def signed_for(signature_id: UUID) -> str | None:
    """Return the slug of the campaign that can be signed again once a link has expired.

    None when the signature is deleted by now, or visitors cannot see its campaign.
    """
    return db.session.scalar(
        select(Campaign.slug)
        .join(Petition, Petition.campaign_id == Campaign.id)
        .join(Signature, Signature.petition_id == Petition.id)
        .where(Signature.id == signature_id, Campaign.state.in_(PUBLIC_STATES))
    )


def campaign_of_subscription(
    subscription_id: UUID,
) -> Row[str, SubscriptionState] | None:
    """Return the slug of the campaign somebody subscribed to, and whether it is confirmed.

    None when there is no such subscription, or its time to confirm has passed.
    """
    return db.session.execute(
        select(Campaign.slug, Subscription.state)
        .join(Subscription, Subscription.campaign_id == Campaign.id)
        .where(Subscription.id == subscription_id, ~subscription_has_expired(utcnow()))
    ).one_or_none()


def _versions() -> Select[int, int, CampaignState, int]:
    return (
        select(Campaign.id, Campaign.version, Campaign.state, Tally.online)
        .outerjoin(Petition, Petition.campaign_id == Campaign.id)
        .outerjoin(Tally, Tally.petition_id == Petition.id)
    )
