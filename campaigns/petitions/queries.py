"""Every read of this room that has a condition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, LargeBinary, Row, and_, bindparam, func, select

from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import Campaign
from campaigns.cases.queries import PUBLIC_STATES
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db, prepared, utcnow
from campaigns.petitions.exported import ExportHeader
from campaigns.petitions.models import (
    APPROVAL_LASTS,
    ExportRequest,
    HandoverNames,
    PaperBatch,
    Petition,
    PetitionState,
    PublicSigner,
    Signature,
    SignatureState,
    Tally,
)
from campaigns.vault.queries import keys_by_holder, keys_of

RECENT_SIGNERS = 10


@dataclass(frozen=True, slots=True)
class SigningTerms:
    """What of a campaign and its petition decides whether and how it can be signed now."""

    campaign_id: int
    petition_id: int
    mode: Mode
    handover_names: HandoverNames
    open: bool


def signing_terms(slug: str) -> SigningTerms | None:
    """Return the terms of a public campaign's petition; None when there is none.

    Raises CampaignRemoved.
    """
    row = db.session.execute(_signing_terms(), {"slug": slug}).one_or_none()
    if row is None:
        return None
    if row.campaign_state == CampaignState.REMOVED:
        raise CampaignRemoved
    if row.campaign_state not in PUBLIC_STATES:
        return None
    today = utcnow().astimezone(ZoneInfo(row.timezone)).date()
    return SigningTerms(
        campaign_id=row.campaign_id,
        petition_id=row.id,
        mode=row.mode,
        handover_names=row.handover_names,
        open=row.campaign_state == CampaignState.PUBLISHED
        and is_open(row.state, row.opens, row.closes, today),
    )


def is_open(state: PetitionState, opens: date, closes: date | None, today: date) -> bool:
    """Return whether a petition can be signed on this day of its campaign's zone."""
    ended = closes is not None and today > closes
    return state == PetitionState.OPEN and today >= opens and not ended


@prepared
def _signing_terms() -> Any:
    return (
        select(
            Campaign.id.label("campaign_id"),
            Campaign.state.label("campaign_state"),
            Campaign.mode,
            Campaign.timezone,
            Petition.id,
            Petition.state,
            Petition.opens,
            Petition.closes,
            Petition.handover_names,
        )
        .join(Petition, Petition.campaign_id == Campaign.id)
        .where(Campaign.slug == bindparam("slug"))
    )


def petition_of(campaign_id: int) -> Petition | None:
    """Return a campaign's petition."""
    return db.session.scalar(select(Petition).where(Petition.campaign_id == campaign_id))


def count_signatures(petition_id: int) -> tuple[int, int]:
    """Return how many confirmed signatures there are online and on paper."""
    online = select(Tally.online).where(Tally.petition_id == petition_id).scalar_subquery()
    paper = (
        select(func.coalesce(func.sum(PaperBatch.count), 0))
        .where(PaperBatch.petition_id == petition_id)
        .scalar_subquery()
    )
    row = db.session.execute(select(online, paper)).one()
    return int(row[0] or 0), int(row[1])


def find_signature(signature_id: UUID) -> Signature | None:
    """Return a signature as it is now."""
    query = select(Signature).where(Signature.id == signature_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def recent_signers(petition_id: int) -> Sequence[PublicSigner]:
    """Return the last signers who ticked to show their name."""
    return db.session.scalars(
        select(PublicSigner)
        .where(PublicSigner.petition_id == petition_id)
        .order_by(PublicSigner.shown_since.desc(), PublicSigner.signature_id)
        .limit(RECENT_SIGNERS)
    ).all()


def has_expired(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a signature whose time to confirm has passed."""
    return and_(Signature.state == SignatureState.PENDING, Signature.expires_at <= now)


def waits_to_be_shown() -> ColumnElement[bool]:
    """Return the condition for a signature whose name should be shown and is not yet."""
    return and_(
        Signature.state == SignatureState.CONFIRMED,
        Signature.show_name,
        Signature.sealed_public.is_not(None),
    )


def signers_to_show(limit: int) -> Sequence[Row[UUID, int, bytes | None]]:
    """Return the id, campaign and sealed public part of signatures that wait to be shown."""
    return db.session.execute(
        select(Signature.id, Petition.campaign_id, Signature.sealed_public)
        .join(Petition, Petition.id == Signature.petition_id)
        .where(waits_to_be_shown())
        .limit(limit)
    ).all()


def count_confirmed(petition_id: int) -> int:
    """Count the confirmed signatures themselves, to check the tally by."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Signature)
            .where(
                Signature.petition_id == petition_id, Signature.state == SignatureState.CONFIRMED
            )
        )
        or 0
    )


def all_petitions() -> Sequence[tuple[int, str]]:
    """Return every petition with the slug of its campaign."""
    rows = db.session.execute(
        select(Petition.id, Campaign.slug)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .order_by(Campaign.slug)
    ).all()
    return [(row[0], row[1]) for row in rows]


def exports_of(campaign_id: int) -> Sequence[ExportRequest]:
    """Return all requests to export who signed, the latest first."""
    return db.session.scalars(
        select(ExportRequest)
        .where(ExportRequest.campaign_id == campaign_id)
        .order_by(ExportRequest.id.desc())
    ).all()


def find_export(campaign_id: int, export_id: int) -> ExportRequest | None:
    """Return a campaign's own request."""
    return db.session.scalar(
        select(ExportRequest).where(
            ExportRequest.id == export_id, ExportRequest.campaign_id == campaign_id
        )
    )


def is_usable(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a request that is approved, not for too long, and not used."""
    return and_(ExportRequest.used_at.is_(None), ExportRequest.approved_at > now - APPROVAL_LASTS)


def usable_export(campaign_id: int) -> int | None:
    """Return the id of the request the next export is made for, None when there is none."""
    return db.session.scalar(
        select(ExportRequest.id)
        .where(ExportRequest.campaign_id == campaign_id, is_usable(utcnow()))
        .order_by(ExportRequest.approved_at)
        .limit(1)
    )


def export_header(campaign: Campaign, petition: Petition) -> ExportHeader:
    """Return what an export says of itself, with every key of the campaign, old ones too."""
    return ExportHeader(
        campaign_id=campaign.id,
        slug=campaign.slug,
        title=campaign.title,
        locale=campaign.locale,
        petition_title=petition.title,
        text=petition.text,
        addressee=petition.addressee,
        names_handed_over=petition.handover_names == HandoverNames.TICKED,
        count=count_signatures(petition.id)[0],
        keys={key.key_id: key.private_key_age or b"" for key in keys_of(campaign.id)},
    )


def signatures_to_export(
    petition_id: int, after: bytes, limit: int
) -> Sequence[Row[bytes, UUID, bytes, bool, bool, bool, str | None, date | None, int]]:
    """Return confirmed signatures in the order of their blind index, those after one of them."""
    return db.session.execute(
        select(
            # A petition's signatures are found in this order without being sorted.
            Signature.email_index,
            Signature.id,
            Signature.sealed_details,
            Signature.show_name,
            Signature.hand_over,
            Signature.updates,
            Signature.country,
            Signature.confirmed_on,
            Signature.consent_version,
        )
        .where(
            Signature.petition_id == petition_id,
            Signature.email_index > after,
            Signature.state == SignatureState.CONFIRMED,
        )
        .order_by(Signature.email_index)
        .limit(limit)
    ).all()


def count_by_key(petition_id: int) -> Mapping[bytes, int]:
    """Count the confirmed signatures sealed to each key, which their envelopes name in clear."""
    key_id = func.substr(Signature.sealed_details, 2, 4, type_=LargeBinary)
    rows = db.session.execute(
        select(key_id, func.count())
        .where(Signature.petition_id == petition_id, Signature.state == SignatureState.CONFIRMED)
        .group_by(key_id)
    )
    return {bytes(row[0]): row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Readers:
    """So many people can open so many of a petition's names."""

    people: int
    names: int


def readers_of(campaign_id: int, petition_id: int, names: int) -> Sequence[Readers]:
    """Return how many people can open how many of a petition's `names`, most names first.

    Whether a holder still has the identity nobody can tell.
    """
    held = keys_by_holder(campaign_id)
    every = {key.key_id for key in keys_of(campaign_id)}
    if all(keys == every for keys in held.values()):
        # Whoever holds all opens all: a million rows need not be looked at.
        return [Readers(len(held), names)]
    counts = count_by_key(petition_id)
    people = Counter(sum(counts.get(key, 0) for key in keys) for keys in held.values())
    return [Readers(people[count], count) for count in sorted(people, reverse=True)]
