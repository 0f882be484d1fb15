"""A campaign's petition, its signatures and their exact count."""

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.accounts.models import Organiser
from campaigns.db import Base, utcnow

APPROVAL_LASTS = timedelta(days=7)
REQUEST_LASTS = timedelta(days=7)


class PetitionState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    DELIVERED = "delivered"
    WON = "won"


class HandoverNames(StrEnum):
    """Whether the addressee gets names: none, or those of signers who ticked it."""

    NONE = "none"
    TICKED = "ticked"


class SignatureState(StrEnum):
    """Whether a signature counts."""

    PENDING = "pending"
    HELD = "held"
    # Confirmed by mail, and not counted until an organiser releases it.
    CONFIRMED = "confirmed"


def _only(condition: str) -> dict[str, Any]:
    """Say which rows alone an index holds."""
    return dict.fromkeys(("sqlite_where", "postgresql_where"), text(condition))


class ExportState(StrEnum):
    """What has become of a request to export who signed."""

    WAITING = "waiting"
    APPROVED = "approved"
    EXPIRED = "expired"
    USED = "used"


class Petition(Base):
    """What is demanded of an addressee."""

    __tablename__ = "petition"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), unique=True
    )
    title: Mapped[str]
    text: Mapped[str]
    # Markdown.
    addressee: Mapped[str]
    handover_names: Mapped[HandoverNames]
    goals: Mapped[list[int]]
    opens: Mapped[date]
    closes: Mapped[date | None]
    # The last day it can be signed on, in the campaign's zone.
    state: Mapped[PetitionState] = mapped_column(default=PetitionState.OPEN)
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # By locale: title, text.
    address_rules: Mapped[int]
    # The version of `vault.addresses` its signatures are indexed by.
    signatures_purged: Mapped[int] = mapped_column(default=0)
    # Confirmed ones that went a while after archiving: the tally counts them for good.
    text_version: Mapped[int] = mapped_column(default=1, server_default="1")
    # Raised with every change of title, text or translations after the first signature.

    earlier: Mapped[list["EarlierText"]] = relationship(
        back_populates="petition", order_by="EarlierText.version", cascade="all, delete-orphan"
    )
    paper: Mapped[list["PaperBatch"]] = relationship(
        back_populates="petition", order_by="PaperBatch.position", cascade="all, delete-orphan"
    )
    tally: Mapped["Tally"] = relationship(back_populates="petition", cascade="all, delete-orphan")


class EarlierText(Base):
    """What a petition said before it was changed: those who had signed it signed this."""

    __tablename__ = "earlier_text"

    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petition.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    # From 1; the text that stands now is the petition's `text_version`.
    title: Mapped[str]
    text: Mapped[str]
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # As in `Petition`.
    replaced_on: Mapped[date]
    # In the campaign's zone.
    signed: Mapped[int]
    # How many signatures the petition had by then, those on paper too.

    petition: Mapped[Petition] = relationship(back_populates="earlier")


class Tally(Base):
    """How many confirmed signatures a petition has; changed in the transaction that confirms."""

    __tablename__ = "tally"

    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petition.id", ondelete="CASCADE"), primary_key=True
    )
    online: Mapped[int] = mapped_column(default=0)
    goal_due: Mapped[int | None]
    # From how many online the next goal is to be recorded; None when all are.
    countries_of: Mapped[int] = mapped_column(default=0, server_default="0")
    # How many online there were when they were last counted by country.

    petition: Mapped[Petition] = relationship(back_populates="tally")


class GoalReached(Base):
    """A goal that was reached; it stays so when the count falls."""

    __tablename__ = "goal_reached"

    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petition.id", ondelete="CASCADE"), primary_key=True
    )
    goal: Mapped[int] = mapped_column(primary_key=True)
    reached_on: Mapped[date]


class CountryTally(Base):
    """How many signatures of a country are told of, at most and roughly; see `countries`."""

    __tablename__ = "country_tally"

    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petition.id", ondelete="CASCADE"), primary_key=True
    )
    country: Mapped[str] = mapped_column(primary_key=True)
    # ISO 3166-1 alpha-2.
    number: Mapped[int]


class PaperBatch(Base):
    """Signatures collected on paper and counted by organisers."""

    __tablename__ = "paper_batch"
    __table_args__ = (UniqueConstraint("petition_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id", ondelete="CASCADE"))
    position: Mapped[int]
    on: Mapped[date]
    count: Mapped[int]
    note: Mapped[str]

    petition: Mapped[Petition] = relationship(back_populates="paper")


class Signature(Base):
    """One person's yes to a petition; who it was can only be read with the campaign's key."""

    __tablename__ = "signature"
    __table_args__ = (
        UniqueConstraint("petition_id", "email_index"),
        Index("ix_signature_expires_at", "expires_at"),
        # Counting by day or country reads this index and no row; so it holds the state as well.
        Index(
            "ix_signature_confirmed",
            "petition_id",
            "state",
            "confirmed_on",
            "country",
            **_only("state = 'confirmed'"),
        ),
        # The worker looks every few seconds for names to show: not through all signatures.
        Index("ix_signature_to_show", "id", **_only("sealed_public IS NOT NULL")),
        Index(
            "ix_signature_held", "petition_id", "state", "confirmed_on", **_only("state = 'held'")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id", ondelete="CASCADE"))
    state: Mapped[SignatureState] = mapped_column(default=SignatureState.PENDING)
    email_index: Mapped[bytes]
    # Blind index of the canonical address under the campaign's key.
    moved_at: Mapped[datetime | None]
    # When it got the address it has: links mailed to the one before are worth nothing.
    slow_index: Mapped[bool] = mapped_column(default=False)
    # Whether Argon2id went over it, as in campaigns of high risk; the worker sees to it when one
    # becomes so.
    sealed_address: Mapped[bytes | None]
    # Address and language, sealed to the mailer. None once a high-risk signature is confirmed.
    sealed_details: Mapped[bytes]
    # Name and comment, sealed to the campaign's key.
    typed_index: Mapped[bytes | None]
    # Blind index of address, name and comment together, while it is pending: whether whoever signs
    # again typed the same. None once confirmed, and in campaigns of high risk.
    sealed_public: Mapped[bytes | None]
    # Name and comment again, sealed to the mailer, only when the signer ticked to show them.
    show_name: Mapped[bool]
    hand_over: Mapped[bool]
    updates: Mapped[bool]
    # The three ticks.
    consent_version: Mapped[int]
    text_version: Mapped[int] = mapped_column(default=1, server_default="1")
    # Which of its petition's texts was signed.
    country: Mapped[str | None]
    # ISO 3166-1 alpha-2, only if given.
    confirmed_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    # When a pending signature is deleted; None once confirmed.
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    # It came in a flood from one network: it counts once an organiser releases it.
    reminded_on: Mapped[date | None]
    # When its owner was reminded to confirm it, which happens once.


class LinkRequest(Base):
    """Somebody typed an address to be mailed the links to what it has signed; kept a day at most.

    Its id is made from the mailbox's index of the day: one mailbox, one request a day.
    """

    __tablename__ = "link_request"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sealed_address: Mapped[bytes]
    # Address and language, sealed to the mailer.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AddressChange(Base):
    """The address a signature will have once whoever reads its mailbox has confirmed it."""

    __tablename__ = "address_change"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    signature_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("signature.id", ondelete="CASCADE"), unique=True
    )
    email_index: Mapped[bytes]
    sealed_address: Mapped[bytes]
    # Both as in `Signature`, whose place they take.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class NetworkCount(Base):
    """How many signings came from a network in a minute and an hour of a day."""

    __tablename__ = "network_count"

    network: Mapped[bytes] = mapped_column(primary_key=True)
    # Its blind index under a key that lives one day.
    day: Mapped[date] = mapped_column(index=True)
    minute: Mapped[int]
    in_minute: Mapped[int]
    hour: Mapped[int]
    in_hour: Mapped[int]
    # Minutes and hours since 1970, and how many signings in them.


class PublicSigner(Base):
    """A confirmed signer's name, in clear because its owner ticked "Show my name on this page"."""

    __tablename__ = "public_signer"
    __table_args__ = (
        Index("ix_public_signer_shown", "petition_id", "shown_since"),
        Index(
            "ix_public_signer_waiting",
            "petition_id",
            "comment_approved",
            "shown_since",
            **_only("comment IS NOT NULL"),
        ),
    )

    signature_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("signature.id", ondelete="CASCADE"), primary_key=True
    )
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id", ondelete="CASCADE"))
    name: Mapped[str]
    comment: Mapped[str | None]
    # Shown only once an organiser approved it.
    comment_approved: Mapped[bool] = mapped_column(default=False)
    shown_since: Mapped[datetime] = mapped_column(default=utcnow)


class ExportRequest(Base):
    """One export of who signed, asked for by one organiser and approved by another."""

    __tablename__ = "export_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)
    approved_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("organiser.id", ondelete="CASCADE")
    )
    approved_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    asked_by: Mapped[Organiser] = relationship(foreign_keys=asked_by_id, lazy="joined")
    approved_by: Mapped[Organiser | None] = relationship(foreign_keys=approved_by_id, lazy="joined")

    @property
    def state(self) -> ExportState:
        """What has become of it by now."""
        if self.used_at is not None:
            return ExportState.USED
        now = utcnow()
        if self.approved_at is None:
            forgotten = self.asked_at <= now - REQUEST_LASTS
            return ExportState.EXPIRED if forgotten else ExportState.WAITING
        expired = self.approved_at <= now - APPROVAL_LASTS
        return ExportState.EXPIRED if expired else ExportState.APPROVED
