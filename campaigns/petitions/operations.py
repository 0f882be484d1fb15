"""What is done to petitions and signatures."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, case, delete, exists, null, or_, select, update

from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.queries import PUBLIC_STATES, is_public
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, insert_into, prepared, utcnow
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.errors import SignatureExpired
from campaigns.petitions.mails import CONFIRM, REPEAT
from campaigns.petitions.models import (
    Petition,
    PublicSigner,
    Signature,
    SignatureState,
    Tally,
)
from campaigns.petitions.queries import count_confirmed, find_signature, waits_to_be_shown
from campaigns.petitions.sealed import SealedSignature
from campaigns.retention import PENDING_FOR

SIGNATURES = cast("Table", Signature.__table__)
TALLIES = cast("Table", Tally.__table__)


@dataclass(frozen=True, slots=True)
class Ticks:
    """The three separate consents of a signer, all off unless ticked."""

    show_name: bool
    hand_over: bool
    updates: bool


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

    When the mailbox has signed already, a confirmed signature stays as it is. A pending one waits
    seven days anew and keeps only the ticks and the country that both signings gave: either may be
    a stranger's, and one button confirms whatever is stored. One mail a day at most asks again or
    says that it counts. `mailbox` is the blind index, across campaigns and for today only, that
    caps mails to it.
    """
    now = utcnow()
    high_risk = sealed.quick_index is not None
    if high_risk:
        slow, quick = sealed.email_index, sealed.quick_index
        db.session.execute(
            _slow_down(), {"for_petition": petition_id, "quick": quick, "slow": slow}
        )
    db.session.execute(
        _forget_expired(),
        {"for_petition": petition_id, "for_index": sealed.email_index, "now": now},
    )
    stored = db.session.execute(
        _store(),
        {
            "id": sealed.id,
            "petition_id": petition_id,
            "email_index": sealed.email_index,
            "slow_index": high_risk,
            "sealed_address": sealed.address,
            "sealed_details": sealed.details,
            "sealed_public": sealed.public,
            "show_name": ticks.show_name,
            "hand_over": ticks.hand_over,
            "updates": ticks.updates,
            "consent_version": CONSENT_VERSION,
            "country": country,
            "expires_at": now + PENDING_FOR,
        },
    ).one()
    kind = CONFIRM if stored.state == SignatureState.PENDING else REPEAT
    queue_asked_for(kind=kind, about_id=stored.id, campaign_id=campaign_id, mailbox=mailbox)


def confirm_signature(signature_id: UUID) -> int | None:
    """Count a pending signature, once however often its link is used.

    Returns the tally after it, or None when it was confirmed before. Raises SignatureExpired, and
    CampaignRemoved when visitors may not see the campaign any more.
    """
    now = utcnow()
    petition_id = db.session.scalar(
        _confirm(), {"signature": signature_id, "now": now, "today": now.date()}
    )
    if petition_id is None:
        signature = find_signature(signature_id)
        if signature is None:
            raise SignatureExpired
        petition = db.session.get_one(Petition, signature.petition_id)
        if not is_public(db.session.get_one(Campaign, petition.campaign_id)):
            raise CampaignRemoved
        if signature.state == SignatureState.PENDING:
            raise SignatureExpired
        return None
    # Last, because everybody who confirms waits for this one row.
    online: int = db.session.execute(_count_one(), {"petition": petition_id}).scalar_one()
    return online


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

    Those that were purged a while after archiving count for good.

    Returns what the tally said and what was counted.
    """
    tally = db.session.get_one(Tally, petition_id, with_for_update=True)
    purged = tally.petition.signatures_purged
    said, counted = tally.online, count_confirmed(petition_id) + purged
    if repair:
        tally.online = counted
        db.session.flush()
    return said, counted


@prepared
def _slow_down() -> Any:
    """Let who signed before the campaign became one of high risk be found as who signs now."""
    other = SIGNATURES.alias()
    taken = exists().where(
        other.c.petition_id == bindparam("for_petition"), other.c.email_index == bindparam("slow")
    )
    return (
        update(SIGNATURES)
        .where(
            SIGNATURES.c.petition_id == bindparam("for_petition"),
            SIGNATURES.c.email_index == bindparam("quick"),
            ~taken,
        )
        .values(email_index=bindparam("slow"), slow_index=True)
    )


@prepared
def _forget_expired() -> Any:
    """Let nobody confirm by a new mail what was typed too long ago."""
    return delete(SIGNATURES).where(
        SIGNATURES.c.petition_id == bindparam("for_petition"),
        SIGNATURES.c.email_index == bindparam("for_index"),
        SIGNATURES.c.state == SignatureState.PENDING,
        SIGNATURES.c.expires_at <= bindparam("now"),
    )


@prepared
def _store() -> Any:
    """One statement for first and second signings: nobody can come in between, nor tell by time."""
    new = insert_into(Signature)
    old, again = SIGNATURES.c, new.excluded
    pending = old.state == SignatureState.PENDING
    confirmed = old.state == SignatureState.CONFIRMED
    # Ticked twice, or confirmed: nobody who only knows an address can consent for its owner.
    kept = {
        name: and_(old[name], or_(confirmed, again[name]))
        for name in ("show_name", "hand_over", "updates")
    }
    return new.on_conflict_do_update(
        index_elements=["petition_id", "email_index"],
        set_={
            **kept,
            "sealed_public": case((or_(confirmed, kept["show_name"]), old.sealed_public)),
            "country": case((or_(confirmed, old.country == again.country), old.country)),
            "expires_at": case((pending, again.expires_at)),
        },
    ).returning(SIGNATURES.c.id, SIGNATURES.c.state)


@prepared
def _confirm() -> Any:
    """A signature confirmed twice at once waits here, and then is pending no more."""
    signed_for = (
        select(Campaign.id)
        .join(Petition, Petition.campaign_id == Campaign.id)
        .where(Petition.id == SIGNATURES.c.petition_id)
    )
    high_risk = signed_for.with_only_columns(Campaign.mode == Mode.HIGH_RISK).scalar_subquery()
    return (
        update(SIGNATURES)
        .where(
            SIGNATURES.c.id == bindparam("signature"),
            SIGNATURES.c.state == SignatureState.PENDING,
            SIGNATURES.c.expires_at > bindparam("now"),
            signed_for.where(Campaign.state.in_(PUBLIC_STATES)).exists(),
        )
        .values(
            state=SignatureState.CONFIRMED,
            confirmed_on=bindparam("today"),
            expires_at=None,
            sealed_address=case((high_risk, null()), else_=SIGNATURES.c.sealed_address),
        )
        .returning(SIGNATURES.c.petition_id)
    )


@prepared
def _count_one() -> Any:
    return (
        update(TALLIES)
        .where(TALLIES.c.petition_id == bindparam("petition"))
        .values(online=TALLIES.c.online + 1)
        .returning(TALLIES.c.online)
    )
