"""What is done to petitions and signatures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.db import db, utcnow
from campaigns.mail.caps import take_from_mailbox_cap
from campaigns.mail.models import Priority
from campaigns.mail.operations import cancel_deliveries, queue_delivery
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.errors import SignatureExpired
from campaigns.petitions.models import (
    Petition,
    PetitionState,
    PublicSigner,
    Signature,
    SignatureState,
    Tally,
)
from campaigns.petitions.queries import count_confirmed, expired_signatures, find_signature
from campaigns.petitions.sealed import SealedSignature

PENDING_FOR = timedelta(days=7)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Ticks:
    """The three separate consents of a signer, all off unless ticked."""

    show_name: bool
    hand_over: bool
    updates: bool


def is_open(petition: Petition, today: date) -> bool:
    """Return whether a petition can be signed on this day of the campaign's zone."""
    ended = petition.closes is not None and today > petition.closes
    return petition.state == PetitionState.OPEN and today >= petition.opens and not ended


def sign_petition(
    petition_id: int,
    campaign_id: int,
    sealed: SealedSignature,
    ticks: Ticks,
    *,
    country: str | None,
    mailbox: bytes,
) -> None:
    """Store a pending signature and queue the mail that asks to confirm it.

    When the mailbox has signed already, no row is added and one mail a day at most says so.
    `mailbox` is the blind index, across campaigns and for today only, that caps mails to it.
    """
    now = utcnow()
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    added = db.session.execute(
        insert(Signature)
        .values(
            id=sealed.id,
            petition_id=petition_id,
            state=SignatureState.PENDING,
            email_index=sealed.email_index,
            sealed_address=sealed.address,
            sealed_details=sealed.details,
            sealed_public=sealed.public,
            show_name=ticks.show_name,
            hand_over=ticks.hand_over,
            updates=ticks.updates,
            consent_version=CONSENT_VERSION,
            country=country,
            expires_at=now + PENDING_FOR,
        )
        .on_conflict_do_nothing(index_elements=["petition_id", "email_index"])
        .returning(Signature.id)
    ).scalar()
    if added is not None:
        _queue_mail("petition.confirm", added, campaign_id, mailbox, now)
        return
    known = db.session.execute(
        select(Signature.id, Signature.state).where(
            Signature.petition_id == petition_id, Signature.email_index == sealed.email_index
        )
    ).one()
    pending = known.state == SignatureState.PENDING
    kind = "petition.confirm" if pending else "petition.repeat"
    _queue_mail(kind, known.id, campaign_id, mailbox, now)


def _queue_mail(
    kind: str, signature_id: UUID, campaign_id: int, mailbox: bytes, now: datetime
) -> None:
    """Queue one mail a day and signature, while the mailbox's cap allows."""
    queued = queue_delivery(
        kind=kind,
        about_id=signature_id,
        dedupe_key=f"{kind}:{signature_id.hex}:{now.date().isoformat()}",
        priority=Priority.ASKED_FOR,
        campaign_id=campaign_id,
    )
    if queued and not take_from_mailbox_cap(mailbox, now.date()):
        cancel_deliveries(kind=kind, about_id=signature_id)


def confirm_signature(signature_id: UUID) -> int | None:
    """Count a pending signature, once however often its link is used.

    Returns the tally after it, or None when it was confirmed before. Raises SignatureExpired.
    """
    now = utcnow()
    signature = find_signature(signature_id, for_update=True)
    if signature is None:
        raise SignatureExpired
    if signature.state == SignatureState.CONFIRMED:
        return None
    if signature.expires_at is None or signature.expires_at <= now:
        raise SignatureExpired
    signature.state = SignatureState.CONFIRMED
    signature.confirmed_on = now.date()
    signature.expires_at = None
    db.session.flush()
    # Last, because everybody who confirms waits for this one row.
    online: int = db.session.execute(
        update(Tally)
        .where(Tally.petition_id == signature.petition_id)
        .values(online=Tally.online + 1)
        .returning(Tally.online)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return online


def delete_expired_signatures() -> int:
    """Delete pending signatures nobody confirmed in time; returns how many."""
    expired = expired_signatures(utcnow(), CHUNK)
    for signature in expired:
        cancel_deliveries(about_id=signature.id)
    db.session.execute(
        delete(Signature).where(Signature.id.in_([signature.id for signature in expired]))
    )
    return len(expired)


def show_signer(signature: Signature, campaign_id: int, name: str, comment: str | None) -> None:
    """Put a confirmed signer's name, opened by the worker, where the page shows it."""
    touch(db.session.get_one(Campaign, campaign_id))
    db.session.add(
        PublicSigner(
            signature_id=signature.id,
            petition_id=signature.petition_id,
            name=name,
            comment=comment,
        )
    )
    signature.sealed_public = None
    db.session.flush()


def recount(petition_id: int, *, repair: bool) -> tuple[int, int]:
    """Compare a tally with the signatures themselves, and set it right when asked to.

    Returns what the tally said and what was counted.
    """
    tally = db.session.get_one(Tally, petition_id, with_for_update=True)
    said, counted = tally.online, count_confirmed(petition_id)
    if repair:
        tally.online = counted
        db.session.flush()
    return said, counted
