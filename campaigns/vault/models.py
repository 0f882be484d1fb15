"""Public keys, wrapped index keys, and who can open what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, utcnow


class SealsFor(StrEnum):
    """Whose private key opens what a public key seals."""

    MAILER = "mailer"
    CAMPAIGN = "campaign"


class SealingKey(Base):
    """A public key that new rows are sealed to; the newest of its kind is in use."""

    __tablename__ = "sealing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    seals_for: Mapped[SealsFor]
    campaign_id: Mapped[int | None] = mapped_column(index=True)
    # None for the mailer's.
    key_id: Mapped[bytes] = mapped_column(unique=True)
    # Four random bytes; every envelope names the key it was sealed to by them.
    public_key: Mapped[bytes]
    private_key_age: Mapped[bytes | None]
    # A campaign's private half, encrypted (age) to its key-holders. Never there for the mailer,
    # whose private half is a file only the worker may read.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class KeyHolder(Base):
    """Somebody whose age identity, kept on their own machine, opens a campaign's names."""

    __tablename__ = "key_holder"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int | None] = mapped_column(index=True)
    # None for the installation's recovery identity, which holds every campaign's key.
    recipient: Mapped[str]
    # An age recipient (age1…), which is public.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class KeyAccess(Base):
    """That a campaign's private half is encrypted to a holder: age itself lists no recipients."""

    __tablename__ = "key_access"

    sealing_key_id: Mapped[int] = mapped_column(
        ForeignKey("sealing_key.id", ondelete="CASCADE"), primary_key=True
    )
    key_holder_id: Mapped[int] = mapped_column(
        ForeignKey("key_holder.id", ondelete="CASCADE"), primary_key=True
    )


class IndexKey(Base):
    """A key of a blind index, wrapped under the key-encryption key that lies in a file.

    Deleting the row makes what was indexed with it noise.
    """

    __tablename__ = "index_key"
    __table_args__ = (UniqueConstraint("purpose", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    scope: Mapped[str]
    # "campaign:7", "site", or a day for keys that live one day.
    wrapped: Mapped[bytes]
