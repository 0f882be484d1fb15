"""Who wants to be told what of a campaign, and what was told."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import NEVER_AGAIN, Base, utcnow

# The kinds of mail to many, as deliveries keep them.
SEND, DIGEST, FAREWELL = "update.send", "digest.send", "farewell.send"
# One mail to an address an organiser typed, to see how an update looks.
TEST = "update.test"
CORRECTION = "correction.send"
RETRACTION = 0


class Frequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    STATUS = "status"
    # Only when a detainee's custody changes.


class SubscriptionState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEAVING = "leaving"
    # Its owner wants no mail from this site at all; gone once the worker has seen to that.


class Subscription(Base):
    """An address, sealed to the mailer, that asked for a campaign's updates."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("campaign_id", "email_index"),
        Index("ix_subscription_expires_at", "expires_at"),
        # Audiences are gone through in the order of ids, a chunk at a time.
        Index("ix_subscription_audience", "campaign_id", "state", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    state: Mapped[SubscriptionState] = mapped_column(default=SubscriptionState.PENDING)
    email_index: Mapped[bytes]
    # Blind index of the canonical address, under a key of its own in this campaign.
    sealed_address: Mapped[bytes]
    # Address and language.
    sealed_locale: Mapped[bytes | None]
    # Another language, sealed too, once one was chosen.
    frequency: Mapped[Frequency]
    frequency_since: Mapped[datetime | None]
    # What was published before is told, or queued, as the frequency before it asked; None at first.
    plain_text: Mapped[bool] = mapped_column(default=False)
    discreet: Mapped[bool] = mapped_column(default=False)
    # Neither sender nor subject of a mail tells what it is about.
    paused_until: Mapped[datetime | None]
    # What is published until then is not mailed.
    expires_at: Mapped[datetime | None]
    # When a pending one is deleted; None once confirmed.
    confirmed_at: Mapped[datetime | None]
    # Updates published before are not mailed to it.


class EnrolledSignature(Base):
    """A confirmed signature whose "Email me news" tick has been acted on, once for each ticking."""

    __tablename__ = "enrolled_signature"

    signature_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("signature.id", ondelete="CASCADE"), primary_key=True
    )
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("subscription.id", ondelete="SET NULL"), index=True
    )
    # What came of it; None once its owner has left.


class Update(Base):
    """News that subscribers are mailed and that the archive keeps; at first a draft."""

    __tablename__ = "update"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), index=True
    )
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    # The entry it tells of, if it tells of one.
    title: Mapped[str]
    text: Mapped[str]
    # Markdown. In both, {days} and the like stand for numbers: see `numbers`.
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # By locale: title, text.
    hidden_at: Mapped[datetime | None]
    # Since when visitors do not see it, while organisers look into a report; None when they do.
    idempotency_token: Mapped[str | None] = mapped_column(unique=True)
    # Of the form it was written with, so that a resend publishes nothing twice.
    published_at: Mapped[datetime | None]
    # From when it is read and mailed, which may lie ahead; None for a draft.
    planned_at: Mapped[datetime | None]
    # What `published_at` was, while it is held before anybody was mailed.
    version: Mapped[int] = mapped_column(default=1)
    # Raised with every change of its texts; what version n said is the revision of that number.
    written_at: Mapped[datetime] = mapped_column(default=utcnow)
    # When its texts were written, or said to be still right.
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # Never changed; None for what is older than this column.
    paused_at: Mapped[datetime | None]
    # Nothing more of it is mailed until an organiser says so.
    overtaken_by_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    # The entry for which it was paused, where no organiser did it.
    cancelled_at: Mapped[datetime | None]
    # Whoever had not been mailed by then never is.
    queued_up_to: Mapped[uuid.UUID | None]
    # Deliveries are queued in the order of subscriptions' ids: how far that came.
    queued_at: Mapped[datetime | None] = mapped_column(index=True)
    # When the last delivery was queued; None while the worker has still to do so.

    @property
    def appears_at(self) -> datetime:
        """When it is, or would by now have been, published."""
        return self.published_at or self.written_at


class TestMail(Base):
    """An address an organiser typed to see an update as a mail; gone once that has left."""

    __tablename__ = "test_mail"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    update_id: Mapped[int] = mapped_column(ForeignKey("update.id", ondelete="CASCADE"), index=True)
    sealed_address: Mapped[bytes]
    # Address and language, sealed to the mailer.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Digest(Base):
    """The updates of a window of time, told in one mail to those who chose it; never changed."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("campaign_id", "frequency", "ends_at"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    frequency: Mapped[Frequency]
    begins_at: Mapped[datetime]
    # Excluded, where the last digest ended.
    ends_at: Mapped[datetime]
    # Included.
    queued_up_to: Mapped[uuid.UUID | None]
    queued_at: Mapped[datetime | None] = mapped_column(index=True)
    # Both as in `Update`.


class CorrectionNotice(Base):
    """That what an update told was corrected or retracted, for exactly those who were mailed it."""

    __tablename__ = "correction_notice"
    __table_args__ = (UniqueConstraint("update_id", "number"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    update_id: Mapped[int] = mapped_column(ForeignKey("update.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Which of its entry's corrections, from 1; RETRACTION when the entry was retracted.
    queued_up_to: Mapped[uuid.UUID | None]
    queued_at: Mapped[datetime | None] = mapped_column(index=True)
    # Both as in `Update`.


class Farewell(Base):
    """The last mail to a campaign's subscribers: it was archived, and their addresses go."""

    __tablename__ = "farewell"
    __table_args__ = (UniqueConstraint("campaign_id", "archived_at"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    archived_at: Mapped[datetime]
    # A campaign that was reopened is archived anew, and takes leave anew.
    queued_up_to: Mapped[uuid.UUID | None]
    queued_at: Mapped[datetime | None] = mapped_column(index=True)
    # Both as in `Update`.
