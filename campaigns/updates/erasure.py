"""Erasing a supporter: whoever names the address has it done, and is not told who signed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.operations import cancel_deliveries, cancel_deliveries_of
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.mails import MOVE
from campaigns.petitions.models import AddressChange, Signature
from campaigns.petitions.queries import petition_of
from campaigns.updates.mails import ABOUT_SUBSCRIPTIONS
from campaigns.updates.models import Subscription
from campaigns.vault.addresses import canonical_address
from campaigns.vault.erasures import Erased, record_erasures
from campaigns.vault.keyring import IndexPurpose, Keyring, make_guessing_slow
from campaigns.vault.operations import has_campaign_indexes


def erase_supporter(keyring: Keyring, campaign: Campaign, address: str) -> int:
    """Delete the signature and the subscription of an address, however it is spelled.

    The count follows at once. Returns how many rows there were. Raises KeyMissing, and OSError as
    `erase_signatures` does.
    """
    if not has_campaign_indexes(campaign.id):
        return 0
    scope, canonical = f"campaign:{campaign.id}", canonical_address(address)
    signed = [keyring.index(IndexPurpose.SIGNATURES, scope, canonical)]
    if campaign.mode == Mode.HIGH_RISK:
        signed.append(make_guessing_slow(signed[0]))
    subscribed = keyring.index(IndexPurpose.SUBSCRIPTIONS, scope, canonical)
    erased = len(
        erase_subscriptions(
            Subscription.campaign_id == campaign.id, Subscription.email_index == subscribed
        )
    )
    for change in db.session.scalars(
        delete(AddressChange)
        .where(AddressChange.email_index.in_(signed))
        .returning(AddressChange.id)
        .execution_options(synchronize_session=False)
    ).all():
        cancel_deliveries(kind=MOVE, about_id=change)
    # Everybody locks first the campaign, then signatures, then the tally.
    touch(campaign)
    if petition := petition_of(campaign.id):
        erased += len(erase_signatures(petition.id, Signature.email_index.in_(signed)))
    return erased


def erase_subscriptions(*conditions: ColumnElement[bool]) -> Sequence[UUID]:
    """Delete the subscriptions that meet all conditions, so that no restore brings them back.

    What was queued for them is cancelled. Returns the ids of those that went. Raises OSError when
    they cannot be written down outside the database.
    """
    erased = db.session.scalars(select(Subscription.id).where(*conditions).with_for_update()).all()
    if not erased:
        return erased
    record_erasures(Erased.SUBSCRIPTION, erased)
    db.session.execute(
        delete(Subscription)
        .where(Subscription.id.in_(erased))
        .execution_options(synchronize_session=False)
    )
    cancel_deliveries_of(erased, ABOUT_SUBSCRIPTIONS)
    return erased
