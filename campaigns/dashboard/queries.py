"""What the start page shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db
from campaigns.petitions.models import Petition, PublicSigner, Signature, Tally
from campaigns.petitions.queries import is_held, waits
from campaigns.updates.models import Subscription, SubscriptionState


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """A campaign as its organisers see it in the list."""

    id: int
    slug: str
    title: str
    state: CampaignState
    mode: Mode
    signatures: int
    subscribers: int
    comments: int
    # Those that wait to be approved.
    held: int
    # Signatures that wait to be released.


def overview(visible: Collection[int] | None) -> Sequence[CampaignOverview]:
    """Return the campaigns with these ids, or all when it is None, open ones first."""
    subscribers = (
        select(func.count())
        .select_from(Subscription)
        .where(
            Subscription.campaign_id == Campaign.id,
            Subscription.state == SubscriptionState.CONFIRMED,
        )
        .scalar_subquery()
    )
    comments = (
        select(func.count())
        .select_from(PublicSigner)
        .where(PublicSigner.petition_id == Petition.id, waits())
        .scalar_subquery()
    )
    held = (
        select(func.count())
        .select_from(Signature)
        .where(Signature.petition_id == Petition.id, is_held())
        .scalar_subquery()
    )
    query = (
        select(
            Campaign.id,
            Campaign.slug,
            Campaign.title,
            Campaign.state,
            Campaign.mode,
            func.coalesce(Tally.online, 0),
            subscribers,
            comments,
            held,
        )
        .outerjoin(Petition, Petition.campaign_id == Campaign.id)
        .outerjoin(Tally, Tally.petition_id == Petition.id)
        .order_by(Campaign.closed_on.is_not(None), Campaign.title)
    )
    if visible is not None:
        query = query.where(Campaign.id.in_(visible))
    return [CampaignOverview(*row) for row in db.session.execute(query)]
