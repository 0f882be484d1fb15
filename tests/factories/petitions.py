"""Petitions and signatures."""

import secrets
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, utcnow
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.models import (
    HandoverNames,
    PaperBatch,
    Petition,
    PetitionState,
    Signature,
    SignatureState,
    Tally,
)
from campaigns.petitions.sealed import seal_signature
from campaigns.petitions.tallies import count_in, record_goals
from campaigns.vault.addresses import RULES
from campaigns.vault.keyring import current_keyring

PENDING_FOR = timedelta(days=7)
# Bytes of an envelope: its padded text, and 54 around it.
SEALED_ADDRESS, SEALED_DETAILS = 310, 566
_number = count(1)


def make_petition(campaign: Campaign, *, paper: int = 0, **fields: Any) -> Petition:
    """Make an open petition with two goals and no signatures but those on paper."""
    petition = Petition(
        **{
            "campaign_id": campaign.id,
            "title": "Release the readers",
            "text": "We ask you to release them.",
            "addressee": "the Minister of the Interior",
            "handover_names": HandoverNames.TICKED,
            "goals": [100, 1000],
            "opens": date(2024, 3, 1),
            "state": PetitionState.OPEN,
            "address_rules": RULES,
            "tally": Tally(online=0),
        }
        | fields
    )
    if paper:
        batch = PaperBatch(position=1, on=date(2024, 4, 1), count=paper, note="Collected in town")
        petition.paper.append(batch)
    campaign.version += 1
    db.session.add(petition)
    db.session.flush()
    record_goals(petition.id)
    db.session.commit()
    return petition


def make_signature(
    petition: Petition,
    email: str | None = None,
    *,
    name: str = "Amal Signer",
    comment: str = "",
    locale: str = "en",
    confirmed: bool = True,
    show_name: bool = False,
    **fields: Any,
) -> Signature:
    """Make a sealed signature, confirmed and counted unless told otherwise."""
    sealed = seal_signature(
        current_keyring(),
        petition.campaign_id,
        email=email or f"signer{next(_number)}@example.org",
        locale=locale,
        name=name,
        comment=comment,
        show_name=show_name,
        high_risk=db.session.get_one(Campaign, petition.campaign_id).mode == Mode.HIGH_RISK,
    )
    state = SignatureState.CONFIRMED if confirmed else SignatureState.PENDING
    signature = Signature(
        **{
            "id": sealed.id,
            "petition_id": petition.id,
            "state": state,
            "email_index": sealed.email_index,
            "slow_index": sealed.quick_index is not None,
            "sealed_address": sealed.address,
            "sealed_details": sealed.details,
            "sealed_public": sealed.public,
            "show_name": show_name,
            "hand_over": False,
            "updates": False,
            "consent_version": CONSENT_VERSION,
            "confirmed_on": utcnow().date() if confirmed else None,
            "expires_at": None if confirmed else utcnow() + PENDING_FOR,
        }
        | fields
    )
    db.session.add(signature)
    if signature.state == SignatureState.CONFIRMED:
        count_in(petition.id)
    db.session.commit()
    return signature


def make_pending(petition_id: int, number: int) -> list[UUID]:
    """Make many signatures that wait to be confirmed, as long as real ones; nothing opens them."""
    rows: list[dict[str, Any]] = [
        {
            "id": uuid4(),
            "petition_id": petition_id,
            "state": SignatureState.PENDING,
            "email_index": secrets.token_bytes(32),
            "sealed_address": secrets.token_bytes(SEALED_ADDRESS),
            "sealed_details": secrets.token_bytes(SEALED_DETAILS),
            "show_name": False,
            "hand_over": True,
            "updates": False,
            "consent_version": CONSENT_VERSION,
            "expires_at": utcnow() + PENDING_FOR,
        }
        for _ in range(number)
    ]
    db.session.execute(insert(Signature), rows)
    db.session.commit()
    return [row["id"] for row in rows]


def long_ago(signature: Signature) -> Signature:
    """Let the time to confirm a pending signature have passed."""
    signature.expires_at = utcnow() - timedelta(seconds=1)
    db.session.commit()
    return signature
