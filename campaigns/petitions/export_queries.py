"""Every read about exporting signatures, and about who can read them, that has a condition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Row, and_, func, select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.exported import ExportHeader
from campaigns.petitions.models import (
    APPROVAL_LASTS,
    ExportRequest,
    HandoverNames,
    Petition,
    Signature,
    SignatureState,
)
from campaigns.petitions.queries import count_signatures
from campaigns.vault.queries import keys_by_holder, keys_of


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
        count=count_signatures(petition.id)[0] - petition.signatures_purged,
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
