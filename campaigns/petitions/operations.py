"""What is done to petitions and signatures."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Connection,
    Table,
    and_,
    bindparam,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.queries import PUBLIC_STATES, is_public
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db, insert_into, prepared, utcnow
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.consent import CONSENT_VERSION
from campaigns.petitions.errors import SignatureExpired, TermsChanged
from campaigns.petitions.floods import is_flooding
from campaigns.petitions.mails import CONFIRM, REPEAT
from campaigns.petitions.models import (
    Petition,
    PublicSigner,
    Signature,
    SignatureState,
)
from campaigns.petitions.queries import (
    SigningTerms,
    compare_tally,
    count_confirmed,
    find_signature,
    lock_tally,
    waits_to_be_shown,
)
from campaigns.petitions.sealed import SealedSignature
from campaigns.petitions.tallies import count_in, record_goals
from campaigns.retention import PENDING_FOR

SIGNATURES = cast("Table", Signature.__table__)
STORED = (
    "id",
    "petition_id",
    "state",
    "email_index",
    "slow_index",
    "sealed_address",
    "sealed_details",
    "sealed_public",
    "typed_index",
    "show_name",
    "hand_over",
    "updates",
    "consent_version",
    "text_version",
    "country",
    "expires_at",
    "held",
)
# What a signature is asked for, sealed and stored by.
TERMS = {
    "slug": Campaign.slug,
    "mode": Campaign.mode,
    "timezone": Campaign.timezone,
    "state": Petition.state,
    "opens": Petition.opens,
    "closes": Petition.closes,
    "handover_names": Petition.handover_names,
    "text_version": Petition.text_version,
}


@dataclass(frozen=True, slots=True)
class Ticks:
    """The three separate consents of a signer, all off unless ticked."""

    show_name: bool
    hand_over: bool
    updates: bool


def sign_petition(
    terms: SigningTerms,
    sealed: SealedSignature,
    ticks: Ticks,
    *,
    country: str | None,
    network: bytes,
    text_version: int | None = None,
    connection: Connection | None = None,
) -> None:
    """Store a pending signature and queue the mail that asks to confirm it.

    When the mailbox has signed already, a confirmed signature stays as it is. A pending one waits
    seven days anew and keeps only the ticks and the country that both signings gave, those about
    the name only with the same name: either may be a stranger's, and one button confirms all. One
    that has expired is replaced. One mail a day at most asks again or says that it counts. One that
    comes in a flood from its `network` (a blind index of one day) counts once it is confirmed and
    an organiser releases it; signing again while it is pending, in no flood, is enough as well.
    `text_version` is the petition's text that was on the page, the one of the terms if not given.

    It is done in the session's transaction unless a connection with one of its own is given, which
    costs less. Raises TermsChanged, with nothing stored, when the terms do not hold any more.
    """
    connection = connection or db.session.connection()
    now = utcnow()
    if sealed.quick_index is not None:
        _slow_down(terms.petition_id, sealed, connection)
    stored = _store.first(
        {
            **_typed(sealed, ticks),
            "petition_id": terms.petition_id,
            "state": SignatureState.PENDING,
            "consent_version": CONSENT_VERSION,
            "text_version": text_version or terms.text_version,
            "country": country,
            "expires_at": now + PENDING_FOR,
            "held": is_flooding(network, now, connection),
            "now": now,
            **{f"term_{name}": getattr(terms, name) for name in TERMS},
        },
        connection,
    )
    if stored is None:
        raise TermsChanged
    kind = CONFIRM if stored.state == SignatureState.PENDING else REPEAT
    queue_asked_for(
        kind=kind, about_id=stored.id, campaign_id=terms.campaign_id, connection=connection
    )


def _typed(sealed: SealedSignature, ticks: Ticks) -> dict[str, Any]:
    return {
        "id": sealed.id,
        "email_index": sealed.email_index,
        "slow_index": sealed.quick_index is not None,
        "sealed_address": sealed.address,
        "sealed_details": sealed.details,
        "sealed_public": sealed.public,
        "typed_index": sealed.typed_index,
        "show_name": ticks.show_name,
        "hand_over": ticks.hand_over,
        "updates": ticks.updates,
    }


def confirm_signature(signature_id: UUID) -> int | None:
    """Count a pending signature, once however often its link is used.

    Returns the tally after it, or None when it was confirmed before or is held. Raises
    SignatureExpired, and CampaignRemoved when visitors may not see the campaign any more.
    """
    now = utcnow()
    confirmed = _confirm.first({"signature": signature_id, "now": now, "today": now.date()})
    if confirmed is None:
        signature = find_signature(signature_id)
        if signature is None:
            raise SignatureExpired
        petition = db.session.get_one(Petition, signature.petition_id)
        if not is_public(db.session.get_one(Campaign, petition.campaign_id)):
            raise CampaignRemoved
        if signature.state == SignatureState.PENDING:
            raise SignatureExpired
        return None
    if confirmed.state == SignatureState.HELD:
        return None
    return count_in(confirmed.petition_id)


def show_signer(
    signature_id: UUID, campaign_id: int, name: str, comment: str | None, *, sealed: bytes
) -> None:
    """Put a confirmed signer's name, opened by the worker, where the page shows it.

    `sealed` is what it was opened from. Nothing is done when it stands there already, was replaced
    since or need not stand there any more.
    """
    # Everybody locks first the campaign, then signatures, then the tally.
    touch(db.session.get_one(Campaign, campaign_id))
    petition_id = forget_public_part(signature_id, sealed)
    if petition_id is None:
        return
    db.session.add(
        PublicSigner(signature_id=signature_id, petition_id=petition_id, name=name, comment=comment)
    )


def forget_public_part(signature_id: UUID, sealed: bytes) -> int | None:
    """Delete what of a confirmed signature waited to be shown, unless it was replaced since.

    Returns the petition's id, or None when this did not wait.
    """
    petition_id: int | None = db.session.scalar(
        update(Signature)
        .where(Signature.id == signature_id, Signature.sealed_public == sealed, waits_to_be_shown())
        .values(sealed_public=None)
        .returning(Signature.petition_id)
        .execution_options(synchronize_session=False)
    )
    return petition_id


def recount(petition_id: int, *, repair: bool) -> tuple[int, int]:
    """Compare a tally with the signatures themselves, and set it right when asked to.

    Returns what the tally said and what was counted. While it is set right nobody can confirm:
    compare first.
    """
    if not repair:
        return compare_tally(petition_id)
    tally = lock_tally(petition_id)
    said, tally.online = tally.online, count_confirmed(petition_id)
    record_goals(petition_id)
    return said, tally.online


def _slow_down(petition_id: int, sealed: SealedSignature, connection: Connection) -> None:
    """Let who signed before the campaign became one of high risk be found as who signs now."""
    other = SIGNATURES.alias()
    taken = exists().where(
        other.c.petition_id == petition_id, other.c.email_index == sealed.email_index
    )
    connection.execute(
        update(SIGNATURES)
        .where(
            SIGNATURES.c.petition_id == petition_id,
            SIGNATURES.c.email_index == sealed.quick_index,
            ~taken,
        )
        .values(email_index=sealed.email_index, slow_index=True)
    )


@prepared
def _store() -> Any:
    """One statement for first and later signings: nobody can come in between, nor tell by time."""
    new = insert_into(Signature).from_select(
        STORED,
        select(*(bindparam(name, type_=SIGNATURES.c[name].type) for name in STORED)).where(
            _terms_still_hold()
        ),
    )
    old, again = SIGNATURES.c, new.excluded
    pending = old.state == SignatureState.PENDING
    # Nobody may confirm by a new mail what was typed too long ago.
    expired = and_(pending, old.expires_at <= bindparam("now", type_=old.expires_at.type))
    replaced = (
        "id", "sealed_address", "sealed_details", "typed_index", "consent_version", "text_version"
    )  # fmt: skip
    # Ticked twice, or confirmed: nobody who only knows an address can consent for its owner, nor
    # have a name of their choice shown or handed over as the owner's.
    same = old.typed_index.is_not_distinct_from(again.typed_index)
    kept = {
        "show_name": and_(old.show_name, or_(~pending, and_(again.show_name, same))),
        "hand_over": and_(old.hand_over, or_(~pending, and_(again.hand_over, same))),
        "updates": and_(old.updates, or_(~pending, again.updates)),
    }
    return new.on_conflict_do_update(
        index_elements=["petition_id", "email_index"],
        set_={
            **{name: case((expired, again[name]), else_=old[name]) for name in replaced},
            **{name: case((expired, again[name]), else_=both) for name, both in kept.items()},
            "sealed_public": case(
                (expired, again.sealed_public),
                (or_(~pending, kept["show_name"]), old.sealed_public),
            ),
            "country": case(
                (expired, again.country), (or_(~pending, old.country == again.country), old.country)
            ),
            "expires_at": case((pending, again.expires_at)),
            "reminded_on": case((expired, null()), else_=old.reminded_on),
            "held": case((expired, again.held), else_=and_(old.held, or_(~pending, again.held))),
        },
    ).returning(SIGNATURES.c.id, SIGNATURES.c.state)


def _terms_still_hold() -> Any:
    same = (
        column.is_not_distinct_from(bindparam(f"term_{name}", type_=column.type))
        for name, column in TERMS.items()
    )
    return exists().where(
        Petition.id == bindparam("petition_id"),
        Campaign.id == Petition.campaign_id,
        Campaign.state == CampaignState.PUBLISHED,
        *same,
    )


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
            signed_for.where(or_(*(Campaign.state == state for state in PUBLIC_STATES))).exists(),
        )
        .values(
            state=case(
                (SIGNATURES.c.held, literal(SignatureState.HELD, SIGNATURES.c.state.type)),
                else_=literal(SignatureState.CONFIRMED, SIGNATURES.c.state.type),
            ),
            confirmed_on=bindparam("today"),
            expires_at=None,
            typed_index=None,
            sealed_address=case((high_risk, null()), else_=SIGNATURES.c.sealed_address),
        )
        .returning(SIGNATURES.c.petition_id, SIGNATURES.c.state)
    )
