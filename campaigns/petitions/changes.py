"""What signers change of what they gave, by links mailed to them, and being reminded to confirm."""

import hmac
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, insert_into, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.operations import cancel_deliveries, queue_asked_for, queue_delivery
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.errors import NameNeeded, SignatureGone, TermsChanged
from campaigns.petitions.mails import LINKS, MOVE, REMIND
from campaigns.petitions.models import (
    AddressChange,
    LinkRequest,
    PublicSigner,
    Signature,
)
from campaigns.petitions.operations import Ticks
from campaigns.petitions.queries import (
    answered_requests,
    find_address_change,
    find_confirmed,
    has_expired,
    signatures_to_remind,
    to_be_reminded,
)
from campaigns.petitions.sealed import SealedAddress, SealedName
from campaigns.retention import PENDING_FOR
from campaigns.vault.erasures import Erased, record_erasures

REQUESTS_KEPT = timedelta(days=1)
CHUNK = 500


def request_of(mailbox: bytes, kind: str = LINKS) -> UUID:
    """Return the id of the one request a mailbox, by its index of today, can make for a mail."""
    return UUID(bytes=hmac.digest(mailbox, kind.encode(), "sha256")[:16])


def request_links(request: UUID, sealed_address: bytes, kind: str = LINKS) -> None:
    """Queue the mail that has the links to whatever an address has signed, or one like it.

    Nothing is looked up here, so that the answer takes as long for an address that has signed
    nothing. One mail a day at most; see `request_of`.
    """
    db.session.execute(
        insert_into(LinkRequest)
        .values(id=request, sealed_address=sealed_address, expires_at=utcnow() + REQUESTS_KEPT)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    queue_asked_for(kind=kind, about_id=request, campaign_id=None, priority=Priority.LOOKED_UP)


def forget_requests() -> None:
    """Delete what was typed to be mailed links or to change an address, once it has served."""
    now = utcnow()
    for done in (
        delete(LinkRequest).where(answered_requests(now)),
        delete(AddressChange).where(AddressChange.expires_at <= now),
    ):
        db.session.execute(done.execution_options(synchronize_session=False))


def change_signature(signature_id: UUID, ticks: Ticks, words: SealedName | None) -> None:
    """Give a confirmed signature other ticks and, if any are given, another name and comment.

    What is not to be shown any more is deleted at once; a new name is shown once the worker has
    opened it. Raises SignatureGone, and NameNeeded when a name is to be shown that the server has
    only sealed to the campaign's key.
    """
    signature, _ = _confirmed(signature_id)
    if ticks.show_name and not signature.show_name and words is None:
        raise NameNeeded
    if signature.show_name and not ticks.show_name:
        record_erasures(Erased.PUBLIC_PART, [signature_id])
    if signature.hand_over and not ticks.hand_over:
        record_erasures(Erased.HAND_OVER, [signature_id])
    if words is not None:
        signature.sealed_details = words.details
    if words is not None or not ticks.show_name:
        signature.sealed_public = words.public if words and ticks.show_name else None
        db.session.execute(delete(PublicSigner).where(PublicSigner.signature_id == signature_id))
    signature.show_name = ticks.show_name
    signature.hand_over = ticks.hand_over
    signature.updates = ticks.updates
    signature.consent_version = CONSENT_VERSION


def ask_to_move(signature_id: UUID, sealed: SealedAddress) -> None:
    """Keep another address for a confirmed signature until its owner has confirmed it by mail.

    An address asked for before is forgotten. Raises SignatureGone, and TermsChanged when the
    campaign has become one of high risk since the address was sealed.
    """
    _, campaign = _confirmed(signature_id)
    if (sealed.quick_index is not None) is not (campaign.mode == Mode.HIGH_RISK):
        raise TermsChanged
    before = db.session.scalar(
        delete(AddressChange)
        .where(AddressChange.signature_id == signature_id)
        .returning(AddressChange.id)
        .execution_options(synchronize_session=False)
    )
    if before:
        cancel_deliveries(kind=MOVE, about_id=before)
    change = AddressChange(
        id=uuid4(),
        signature_id=signature_id,
        email_index=sealed.index,
        sealed_address=sealed.address,
        expires_at=utcnow() + PENDING_FOR,
    )
    db.session.add(change)
    db.session.flush()
    queue_asked_for(kind=MOVE, about_id=change.id, campaign_id=campaign.id)


def move_signature(change_id: UUID) -> UUID | None:
    """Put the address that was just confirmed in the place of the old one.

    Returns the signature's id, or None when nothing changed: the link was used before or came too
    late, or the new address has signed the same petition itself.
    """
    now = utcnow()
    asked = find_address_change(change_id)
    if asked is None:
        return None
    signature, campaign = _confirmed(asked.signature_id)
    change = db.session.execute(
        delete(AddressChange)
        .where(AddressChange.id == change_id, AddressChange.expires_at > now)
        .returning(AddressChange.email_index, AddressChange.sealed_address)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if change is None:
        return None
    db.session.execute(
        delete(Signature).where(
            Signature.petition_id == signature.petition_id,
            Signature.email_index == change.email_index,
            has_expired(now),
        )
    )
    try:
        with db.session.begin_nested():
            signature.email_index = change.email_index
            signature.moved_at = now
            signature.slow_index = campaign.mode == Mode.HIGH_RISK
            if campaign.mode != Mode.HIGH_RISK:
                signature.sealed_address = change.sealed_address
    except IntegrityError:
        db.session.refresh(signature)
        return None
    return signature.id


def hold_signature(signature_id: UUID) -> None:
    """Lock a confirmed signature, if it is there, before what hangs on it is changed."""
    with suppress(SignatureGone):
        _confirmed(signature_id)


def withdraw_signature(signature_id: UUID) -> None:
    """Let a confirmed signature go, with the name that was shown; the count follows at once.

    Nothing is done when it is gone already. Raises OSError as `erase_signatures` does.
    """
    found = find_confirmed(signature_id)
    if found is not None:
        _, petition, campaign = found
        # The tally last, because everybody who confirms waits for it.
        touch(campaign)
        erase_signatures(petition.id, Signature.id == signature_id)


def remind_some() -> int:
    """Queue the one reminder for some of those who have not confirmed; returns how many."""
    now = utcnow()
    campaigns = signatures_to_remind(now, CHUNK)
    reminded = db.session.scalars(
        update(Signature)
        # Asked again of each row as it is locked: it may have been confirmed since.
        .where(Signature.id.in_(campaigns), to_be_reminded(now))
        .values(reminded_on=now.date())
        .returning(Signature.id)
        .execution_options(synchronize_session=False)
    ).all()
    for signature in reminded:
        queue_delivery(
            kind=REMIND,
            about_id=signature,
            dedupe_key=f"{REMIND}:{signature.hex}",
            priority=Priority.ASKED_FOR,
            campaign_id=campaigns[signature],
        )
    return len(reminded)


def _confirmed(signature_id: UUID) -> tuple[Signature, Campaign]:
    """Return a confirmed signature and its campaign, both locked. Raises SignatureGone."""
    known = find_confirmed(signature_id)
    if known is None:
        raise SignatureGone
    # Everybody locks first the campaign, then signatures, then the tally.
    touch(known[2])
    # Whoever enrols it for news locks it as well.
    db.session.execute(select(Signature.id).where(Signature.id == signature_id).with_for_update())
    found = find_confirmed(signature_id)
    if found is None:
        raise SignatureGone
    return found[0], found[2]
