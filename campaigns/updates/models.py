"""Who wants to be told what of a campaign, and what was told."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, utcnow


class Frequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    STATUS = "status"
    # Only when a detainee's custody changes.


class SubscriptionState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"


class Subscription(Base):
    """An address, sealed to the mailer, that asked for a campaign's updates."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("campaign_id", "email_index"),
        Index("ix_subscription_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    state: Mapped[SubscriptionState] = mapped_column(default=SubscriptionState.PENDING)
    email_index: Mapped[bytes]
    # Blind index of the canonical address, under a key of its own in this campaign.
    sealed_address: Mapped[bytes]
    # Address and language.
    frequency: Mapped[Frequency]
    expires_at: Mapped[datetime | None]
    # When a pending one is deleted; None once confirmed.


class Update(Base):
    """News that subscribers are mailed and that the archive keeps."""

    __tablename__ = "update"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), index=True
    )
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    # The entry it tells of, if it tells of one.
    title: Mapped[str]
    text: Mapped[str]
    # Markdown.
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # By locale: title, text.
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
    queued_up_to: Mapped[uuid.UUID | None]
    # Fan-out goes by subscription id; how far it came. See `jobs`.
    queued_at: Mapped[datetime | None]
    # When fan-out ended: nobody who subscribes later is mailed it.
