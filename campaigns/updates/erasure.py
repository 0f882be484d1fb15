"""Erasing a supporter: whoever names the address has it done, and is not told who signed."""

from sqlalchemy import delete, update

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.operations import cancel_deliveries
from campaigns.petitions.models import Signature, SignatureState, Tally
from campaigns.petitions.queries import petition_of
from campaigns.updates.models import Subscription
from campaigns.vault.addresses import canonical_address
from campaigns.vault.keyring import IndexPurpose, Keyring, make_guessing_slow


def erase_supporter(keyring: Keyring, campaign: Campaign, address: str) -> int:
    """Delete the signature and the subscription of an address, however it is spelled.

    The count follows at once. Returns how many rows there were. Raises KeyMissing.
    """
    scope, canonical = f"campaign:{campaign.id}", canonical_address(address)
    signed = keyring.index(IndexPurpose.SIGNATURES, scope, canonical)
    if campaign.mode == Mode.HIGH_RISK:
        signed = make_guessing_slow(signed)
    subscribed = keyring.index(IndexPurpose.SUBSCRIPTIONS, scope, canonical)
    erased = _erase_subscription(campaign.id, subscribed)
    if petition := petition_of(campaign.id):
        erased += _erase_signature(petition.id, signed)
    touch(campaign)
    return erased


def _erase_subscription(campaign_id: int, index: bytes) -> int:
    gone = db.session.scalars(
        delete(Subscription)
        .where(Subscription.campaign_id == campaign_id, Subscription.email_index == index)
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    ).all()
    for subscription in gone:
        cancel_deliveries(recipient_id=subscription)
        cancel_deliveries(about_id=subscription)
    return len(gone)


def _erase_signature(petition_id: int, index: bytes) -> int:
    gone = db.session.execute(
        delete(Signature)
        .where(Signature.petition_id == petition_id, Signature.email_index == index)
        .returning(Signature.id, Signature.state)
        .execution_options(synchronize_session=False)
    ).all()
    for signature in gone:
        cancel_deliveries(about_id=signature.id)
    if confirmed := sum(row.state == SignatureState.CONFIRMED for row in gone):
        # Last, because everybody who confirms waits for this one row.
        db.session.execute(
            update(Tally)
            .where(Tally.petition_id == petition_id)
            .values(online=Tally.online - confirmed)
            .execution_options(synchronize_session=False)
        )
    return len(gone)
