"""What is done to petitions and signatures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, utcnow
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.errors import SignatureExpired
from campaigns.petitions.mails import CONFIRM, REPEAT
from campaigns.petitions.models import (
    Petition,
    PetitionState,
    PublicSigner,
    Signature,
    SignatureState,
    Tally,
)
from campaigns.petitions.queries import (
    count_confirmed,
    find_signature,
    has_expired,
    mode_of,
    waits_to_be_shown,
)
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

    When the mailbox has signed already, what it signed with stays, a pending signature waits seven
    days anew, and one mail a day at most asks again or says that it counts. `mailbox` is the blind
    index, across campaigns and for today only, that caps mails to it.
    """
    now = utcnow()
    _forget_expired(petition_id, sealed.email_index, now)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    new = insert(Signature).values(
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
    # One statement for first and second signings: nobody can come in between, nor tell by the time.
    stored = db.session.execute(
        new.on_conflict_do_update(
            index_elements=["petition_id", "email_index"],
            set_={
                "expires_at": case(
                    (Signature.state == SignatureState.PENDING, new.excluded.expires_at)
                )
            },
        ).returning(Signature.id, Signature.state)
    ).one()
    kind = CONFIRM if stored.state == SignatureState.PENDING else REPEAT
    queue_asked_for(kind=kind, about_id=stored.id, campaign_id=campaign_id, mailbox=mailbox)


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
    if mode_of(signature.petition_id) == Mode.HIGH_RISK:
        signature.sealed_address = None
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
    now = utcnow()
    some = select(Signature.id).where(has_expired(now)).limit(CHUNK)
    deleted = db.session.scalars(
        delete(Signature)
        # Asked again of each row as it is locked: it may have been confirmed since.
        .where(Signature.id.in_(some), has_expired(now))
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(deleted)


def show_signer(signature_id: UUID, campaign_id: int, name: str, comment: str | None) -> None:
    """Put a confirmed signer's name, opened by the worker, where the page shows it.

    Nothing is done when it stands there already or need not stand there any more.
    """
    petition_id = forget_public_part(signature_id)
    if petition_id is None:
        return
    db.session.add(
        PublicSigner(signature_id=signature_id, petition_id=petition_id, name=name, comment=comment)
    )
    touch(db.session.get_one(Campaign, campaign_id))


def forget_public_part(signature_id: UUID) -> int | None:
    """Delete what of a confirmed signature waited to be shown.

    Returns the petition's id, or None when nothing waited.
    """
    petition_id: int | None = db.session.scalar(
        update(Signature)
        .where(Signature.id == signature_id, waits_to_be_shown())
        .values(sealed_public=None)
        .returning(Signature.petition_id)
        .execution_options(synchronize_session=False)
    )
    return petition_id


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


def _forget_expired(petition_id: int, email_index: bytes, now: datetime) -> None:
    """Let nobody confirm by a new mail what was typed too long ago."""
    db.session.execute(
        delete(Signature)
        .where(
            Signature.petition_id == petition_id,
            Signature.email_index == email_index,
            has_expired(now),
        )
        .execution_options(synchronize_session=False)
    )
