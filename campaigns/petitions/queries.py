"""Every read of this room that has a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import Campaign
from campaigns.cases.queries import PUBLIC_STATES, is_former_slug
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db, prepared, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.queries import failed_about, waiting_about
from campaigns.petitions.closing import why_closed
from campaigns.petitions.countries import LEAST, countries_to_tell
from campaigns.petitions.models import (
    AddressChange,
    CountryTally,
    GoalReached,
    HandoverNames,
    LinkRequest,
    PaperBatch,
    Petition,
    PetitionState,
    PublicSigner,
    Signature,
    SignatureState,
    Tally,
)

RECENT_SIGNERS = 10
# A reminder comes three days after signing and is of use for more than a day.
REMIND_BEFORE_END = timedelta(days=4)
USELESS_BEFORE_END = timedelta(days=1)
PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class SigningTerms:
    """What of a campaign and its petition decides whether and how it can be signed now."""

    campaign_id: int
    petition_id: int
    slug: str
    published: bool
    mode: Mode
    timezone: str
    state: PetitionState
    opens: date
    closes: date | None
    handover_names: HandoverNames
    text_version: int

    @property
    def open(self) -> bool:
        """Whether the petition can be signed at this moment."""
        today = utcnow().astimezone(ZoneInfo(self.timezone)).date()
        return self.published and not why_closed(self.state, self.opens, self.closes, today)


def signing_terms(slug: str) -> SigningTerms | None:
    """Return the terms of a public campaign's petition; None when there is none.

    Raises CampaignRemoved.
    """
    row = _signing_terms.first({"slug": slug})
    if row is None and is_former_slug(slug):
        raise CampaignRemoved
    if row is None:
        return None
    if row.campaign_state == CampaignState.REMOVED:
        raise CampaignRemoved
    if row.campaign_state not in PUBLIC_STATES:
        return None
    return SigningTerms(
        campaign_id=row.campaign_id,
        petition_id=row.id,
        slug=slug,
        published=row.campaign_state == CampaignState.PUBLISHED,
        mode=row.mode,
        timezone=row.timezone,
        state=row.state,
        opens=row.opens,
        closes=row.closes,
        handover_names=row.handover_names,
        text_version=row.text_version,
    )


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
            Petition.text_version,
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


def signed_campaigns() -> Sequence[tuple[Petition, Campaign]]:
    """Return every petition with its campaign, whoever may see it: all may have been signed."""
    rows = db.session.execute(
        select(Petition, Campaign)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .order_by(Campaign.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def find_signature_of(petition_id: int, email_index: bytes) -> Signature | None:
    """Return the signature an address has given, unless its time to confirm has passed."""
    return db.session.scalar(
        select(Signature).where(
            Signature.petition_id == petition_id,
            Signature.email_index == email_index,
            ~has_expired(utcnow()),
        )
    )


def find_confirmed(signature_id: UUID) -> tuple[Signature, Petition, Campaign] | None:
    """Return a confirmed signature, be it held, with its petition and campaign; None when gone."""
    row = db.session.execute(
        select(Signature, Petition, Campaign)
        .join(Petition, Petition.id == Signature.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(Signature.id == signature_id, Signature.state != SignatureState.PENDING)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def is_shown(signature: Signature) -> bool:
    """Say whether a signer's name is shown, or soon will be; organisers may have taken it down."""
    shown = select(PublicSigner.signature_id).where(PublicSigner.signature_id == signature.id)
    waits = signature.sealed_public is not None
    return signature.show_name and (waits or db.session.scalar(shown) is not None)


def has_moved_since(signature_id: UUID, moment: datetime) -> bool:
    """Return whether a signature got another address after a moment, to the second."""
    moved_at = db.session.scalar(select(Signature.moved_at).where(Signature.id == signature_id))
    return moved_at is not None and moment < moved_at.replace(microsecond=0)


def find_address_change(change_id: UUID) -> AddressChange | None:
    """Return a change of address that can still be confirmed."""
    return db.session.scalar(
        select(AddressChange).where(
            AddressChange.id == change_id, AddressChange.expires_at > utcnow()
        )
    )


def answered_requests(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a request whose mail has left, or whose day is over."""
    # SQLite keeps a UUID as 32 hex digits, PostgreSQL writes it with hyphens.
    about = func.replace(cast(LinkRequest.id, Text), "-", "")
    return or_(LinkRequest.expires_at <= now, about.not_in(waiting_about(Priority.LOOKED_UP)))


def signatures_to_remind(now: datetime, limit: int) -> Mapping[UUID, int]:
    """Return the campaigns of pending signatures to be reminded: sent a link three days ago only.

    Never those of high risk: they are promised one mail.
    """
    rows = db.session.execute(
        select(Signature.id, Petition.campaign_id)
        .join(Petition, Petition.id == Signature.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(
            Campaign.state.in_(PUBLIC_STATES),
            Campaign.mode == Mode.STANDARD,
            to_be_reminded(now),
        )
        .limit(limit)
    ).all()
    return {row.id: row.campaign_id for row in rows}


def to_be_reminded(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a pending signature it is time to remind of."""
    return and_(
        Signature.state == SignatureState.PENDING,
        Signature.reminded_on.is_(None),
        Signature.expires_at <= now + REMIND_BEFORE_END,
        Signature.expires_at > now + USELESS_BEFORE_END,
    )


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


def is_unreachable(_now: datetime) -> ColumnElement[bool]:
    """Return the condition for a pending signature whose mail the relay refused for good.

    Whoever misspelled an address, or somebody else's, takes nobody's place with it.
    """
    about = func.replace(cast(Signature.id, Text), "-", "")
    return and_(
        Signature.state == SignatureState.PENDING,
        Signature.expires_at.is_not(None),
        about.in_(failed_about("petition.confirm")),
    )


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
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(waits_to_be_shown(), Campaign.mode != Mode.HIGH_RISK)
        .limit(limit)
    ).all()


def count_confirmed(petition_id: int) -> int:
    """Count the confirmed signatures themselves, to check the tally by."""
    return int(db.session.scalar(select(_confirmed_in(petition_id))) or 0)


def compare_tally(petition_id: int) -> tuple[int, int]:
    """Return what the tally says and what the signatures are, both as of one moment."""
    said = select(Tally.online).where(Tally.petition_id == petition_id).scalar_subquery()
    # One statement sees one state of the database, whoever confirms meanwhile.
    row = db.session.execute(select(said, _confirmed_in(petition_id))).one()
    return int(row[0]), int(row[1])


def lock_tally(petition_id: int) -> Tally:
    """Return a petition's tally as it is now, locked: nobody can confirm until the commit."""
    return db.session.execute(
        select(Tally)
        .where(Tally.petition_id == petition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def goals_reached(petition_id: int) -> set[int]:
    """Return the goals recorded as reached."""
    query = select(GoalReached.goal).where(GoalReached.petition_id == petition_id)
    return set(db.session.scalars(query))


def petitions_to_count_by_country() -> Sequence[int]:
    """Return the petitions whose numbers by country are behind; none of a high-risk campaign."""
    return db.session.scalars(
        select(Petition.id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .join(Tally, Tally.petition_id == Petition.id)
        .where(
            Campaign.mode != Mode.HIGH_RISK,
            Petition.signatures_purged == 0,
            func.abs(Tally.online - Tally.countries_of) >= LEAST,
        )
        .order_by(Petition.id)
    ).all()


def count_by_country(petition_id: int) -> dict[str | None, int]:
    """Count the confirmed signatures of each country; those that gave none stand under None."""
    rows = db.session.execute(
        select(Signature.country, func.count())
        .where(Signature.petition_id == petition_id, is_in(SignatureState.CONFIRMED))
        .group_by(Signature.country)
    )
    return {row[0]: row[1] for row in rows}


def numbers_by_country(petition_id: int) -> dict[str, int]:
    """Return the numbers by country that are kept, also of countries that may not be told."""
    rows = db.session.execute(
        select(CountryTally.country, CountryTally.number).where(
            CountryTally.petition_id == petition_id
        )
    )
    return {row[0]: row[1] for row in rows}


def public_countries(petition_id: int) -> dict[str, int]:
    """Return how many signed from each country, as far as it may be told, the greatest first."""
    row = db.session.execute(
        select(Tally.online, Tally.countries_of, Campaign.mode)
        .select_from(Tally)
        .join(Petition, Petition.id == Tally.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(Tally.petition_id == petition_id)
    ).one()
    if row.mode == Mode.HIGH_RISK:
        return {}
    told = countries_to_tell(numbers_by_country(petition_id), row.countries_of)
    # After many have gone at once there may be fewer than is told, until the next count.
    return told if sum(told.values()) <= row.online else {}


def is_held() -> ColumnElement[bool]:
    """Return the condition for a confirmed signature that waits for an organiser to count."""
    return is_in(SignatureState.HELD)


def held_by_day(petition_id: int) -> Sequence[tuple[date, int]]:
    """Return how many signatures are held of those confirmed on each day, the newest first."""
    return _by_day(Signature.petition_id == petition_id, is_held())


def confirmed_by_day(petition_id: int, since: date) -> Sequence[tuple[date, int]]:
    """Return how many counted signatures were confirmed on each day since one, the newest first."""
    return _by_day(
        Signature.petition_id == petition_id,
        is_in(SignatureState.CONFIRMED),
        Signature.confirmed_on >= since,
    )


def is_signed(petition: Petition) -> bool:
    """Return whether anybody signed a petition, be it on paper, held or not confirmed yet."""
    online = petition.tally.online > 0 or petition.signatures_purged > 0
    waiting = select(exists(select(Signature.id).where(Signature.petition_id == petition.id)))
    return online or bool(petition.paper) or bool(db.session.scalar(waiting))


def count_pending(petition_id: int) -> int:
    """Return how many signatures can still be confirmed."""
    query = select(func.count()).where(
        # "+ 0" keeps SQLite from reading all of the petition's signatures by the index of those.
        Signature.petition_id + 0 == petition_id,
        Signature.expires_at > utcnow(),
    )
    return db.session.execute(query).scalar_one()


def waiting_comments(petition_id: int, page: int) -> Sequence[PublicSigner]:
    """Return a page of the comments nobody has approved yet, oldest first, and one more."""
    query = select(PublicSigner).where(PublicSigner.petition_id == petition_id, waits())
    return _page_of(query.order_by(PublicSigner.shown_since, PublicSigner.signature_id), page)


def commented_signers(petition_id: int) -> Sequence[PublicSigner]:
    """Return the signers who left a comment, approved or not, oldest first."""
    query = select(PublicSigner).where(
        PublicSigner.petition_id == petition_id, PublicSigner.comment.is_not(None)
    )
    oldest = (PublicSigner.shown_since, PublicSigner.signature_id)
    return db.session.scalars(query.order_by(*oldest)).all()


def shown_names(petition_id: int, page: int) -> Sequence[PublicSigner]:
    """Return a page of the names that are shown, newest first, and one more."""
    query = select(PublicSigner).where(PublicSigner.petition_id == petition_id)
    newest = (PublicSigner.shown_since.desc(), PublicSigner.signature_id)
    return _page_of(query.order_by(*newest), page)


def waits() -> ColumnElement[bool]:
    """Return the condition for a comment that waits for an organiser."""
    return and_(PublicSigner.comment.is_not(None), not_(PublicSigner.comment_approved))


def is_in(state: SignatureState) -> ColumnElement[bool]:
    """Return the condition for signatures of a state.

    The state is written out: so each database sees that an index of this state alone will do.
    """
    return Signature.state == literal(state, Signature.state.type, literal_execute=True)


def _by_day(*conditions: ColumnElement[bool]) -> Sequence[tuple[date, int]]:
    day = Signature.confirmed_on
    query = select(day, func.count()).where(*conditions).group_by(day).order_by(day.desc())
    return [(row[0], row[1]) for row in db.session.execute(query) if row[0]]


def _page_of(query: Select[PublicSigner], page: int) -> Sequence[PublicSigner]:
    offset = (page - 1) * PAGE_LENGTH
    return db.session.scalars(query.offset(offset).limit(PAGE_LENGTH + 1)).all()


def _confirmed_in(petition_id: int) -> ColumnElement[int]:
    """Select how many signatures are confirmed; those that were purged count for good."""
    there = select(func.count()).where(
        Signature.petition_id == petition_id, is_in(SignatureState.CONFIRMED)
    )
    purged = select(Petition.signatures_purged).where(Petition.id == petition_id)
    return there.scalar_subquery() + purged.scalar_subquery()


def all_petitions() -> Sequence[tuple[int, str]]:
    """Return every petition with the slug of its campaign."""
    rows = db.session.execute(
        select(Petition.id, Campaign.slug)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .order_by(Campaign.slug)
    ).all()
    return [(row[0], row[1]) for row in rows]
