"""Switching a campaign to high risk: what could betray its supporters goes at once, for good."""

from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, delete, exists, null, or_, select, update
from sqlalchemy.orm import aliased

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.operations import cancel_campaign_deliveries
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.models import (
    AddressChange,
    CountryTally,
    Petition,
    PublicSigner,
    Signature,
    SignatureState,
)
from campaigns.updates.erasure_names import erasure_name
from campaigns.updates.mails import KINDS
from campaigns.updates.models import EnrolledSignature, Subscription
from campaigns.vault.erasures import Erased, record_erasures


def switch_to_high_risk(campaign: Campaign) -> None:
    """Have a campaign know as little of its supporters as can be; nothing leads back.

    Signatures stay and count. Their addresses go (one that is pending keeps it until confirmed),
    with ticks, countries and public names; subscriptions go, with the mail that waits for them. The
    worker then makes the indexes slow to guess. Raises OSError when the switch cannot be written
    down outside the database: a restore would bring all of it back. Raises KeyMissing.
    """
    record_erasures(Erased.HIGH_RISK, [erasure_name(campaign)])
    campaign.mode = Mode.HIGH_RISK
    db.session.flush()
    strip_supporters(campaign)


def strip_supporters(campaign: Campaign) -> None:
    """Delete what a campaign of high risk keeps of nobody."""
    petitions = select(Petition.id).where(Petition.campaign_id == campaign.id)
    ours = Signature.petition_id.in_(petitions)
    confirmed = Signature.state != SignatureState.PENDING
    signatures = select(Signature.id).where(ours)
    for statement in (
        update(Signature)
        .where(ours)
        .values(
            sealed_address=case((confirmed, null()), else_=Signature.sealed_address),
            sealed_public=None,
            typed_index=None,
            show_name=False,
            hand_over=False,
            updates=False,
            country=None,
        ),
        delete(AddressChange).where(AddressChange.signature_id.in_(signatures)),
        delete(PublicSigner).where(PublicSigner.signature_id.in_(signatures)),
        delete(EnrolledSignature).where(EnrolledSignature.signature_id.in_(signatures)),
        delete(Subscription).where(Subscription.campaign_id == campaign.id),
        delete(CountryTally).where(CountryTally.petition_id.in_(petitions)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    cancel_campaign_deliveries(campaign.id, KINDS)
    db.session.expire_all()
    touch(campaign)


def campaigns_to_strip() -> list[Campaign]:
    """Return campaigns of high risk that hold too much, given while they were being switched."""
    too_much = or_(
        Signature.show_name,
        Signature.hand_over,
        Signature.updates,
        Signature.country.is_not(None),
        Signature.sealed_public.is_not(None),
        and_(
            Signature.state != SignatureState.PENDING,
            Signature.sealed_address.is_not(None),
        ),
    )
    signed = exists().where(
        Petition.campaign_id == Campaign.id, Signature.petition_id == Petition.id, too_much
    )
    subscribed = exists().where(Subscription.campaign_id == Campaign.id)
    query = select(Campaign).where(Campaign.mode == Mode.HIGH_RISK, signed | subscribed)
    return list(db.session.scalars(query))


def quick_indexes(after: UUID, limit: int) -> list[Row[UUID, int, bytes]]:
    """Return the next signatures, in the order of ids, whose index is quick to guess and must not
    be: id, petition and index.
    """
    high_risk = db.session.scalars(
        select(Petition.id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(Campaign.mode == Mode.HIGH_RISK)
    ).all()
    if not high_risk:
        return []
    return list(
        db.session.execute(
            select(Signature.id, Signature.petition_id, Signature.email_index)
            .where(
                Signature.petition_id.in_(high_risk),
                Signature.slow_index.is_(False),
                Signature.id > after,
            )
            .order_by(Signature.id)
            .limit(limit)
        )
    )


def slow_down_index(row: Row[UUID, int, bytes], slow: bytes) -> None:
    """Put a slow index in the place of a signature's quick one.

    When the mailbox has signed once more in the moment of the switch, the one that is confirmed
    stays, or else the later one.
    """
    quick = aliased(Signature)
    erase_signatures(
        row.petition_id,
        Signature.email_index == slow,
        Signature.state == SignatureState.PENDING,
        exists().where(quick.id == row.id, quick.state != SignatureState.PENDING),
    )
    changed = db.session.execute(
        update(Signature)
        .where(
            Signature.id == row.id,
            Signature.email_index == row.email_index,
            ~_is_taken(row.petition_id, slow),
        )
        .values(email_index=slow, slow_index=True)
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if changed is None:
        erase_signatures(
            row.petition_id, Signature.id == row.id, Signature.email_index == row.email_index
        )


def _is_taken(petition_id: int, index: bytes) -> ColumnElement[bool]:
    other = aliased(Signature)
    return exists().where(other.petition_id == petition_id, other.email_index == index)
