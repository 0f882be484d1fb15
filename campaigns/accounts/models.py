"""Organisers, what they may do, and what lets them in."""

import secrets
from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.accounts.roles import Role
from campaigns.db import Base, BigId, utcnow


class Organiser(Base, UserMixin):
    """An account."""

    __tablename__ = "organiser"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    # In the one spelling of `usernames.canonical_username`.
    email: Mapped[str | None]
    # Only if the organiser wants one: a user name is enough to sign in, and tells nobody anything.
    password: Mapped[str | None]
    # Its argon2id hash; None until an invitation is used.
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_hex(32))
    # Stands for the account in a session; a new one ends every session at once.
    site_admin: Mapped[bool] = mapped_column(default=False)
    # May do everything in every campaign, and alone creates campaigns.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    invited_for: Mapped[int | None]
    # The campaign whose owner made this account; None when a site admin or the command line did.
    second_from: Mapped[datetime | None]
    # When they begin to count where two persons have to agree, None for always: whoever made their
    # link in the console may have used it themselves, and everybody gets time to notice.

    def get_id(self) -> str:
        """Return what stands for the account in a session."""
        return self.fs_uniquifier

    @property
    def is_active(self) -> bool:
        """Whether the account was not disabled."""
        return self.active


class CampaignRole(Base):
    """What an organiser may do in one campaign."""

    __tablename__ = "campaign_role"
    __table_args__ = (UniqueConstraint("organiser_id", "campaign_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"))
    campaign_id: Mapped[int] = mapped_column(index=True)
    # A plain number: this room does not know campaigns.
    role: Mapped[Role]
    given_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # None for those that were given before this was kept.
    second_from: Mapped[datetime | None]
    # As an organiser's, where they count by this role; None for one the command line gave.


class Session(Base):
    """A sign-in that is still good. Ending one deletes its row."""

    __tablename__ = "organiser_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(
        ForeignKey("organiser.id", ondelete="CASCADE"), index=True
    )
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    # The cookie holds the token.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    # However busy.
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
    # To the minute; a session that was idle for too long is no good, whatever its cookie says.
    verified_at: Mapped[datetime] = mapped_column(default=utcnow)
    # When a password or passkey was last asked for in it.
    second_factor: Mapped[bool] = mapped_column(default=False)
    # Whether more than a password was asked for.
    browser: Mapped[str] = mapped_column(default="")
    system: Mapped[str] = mapped_column(default="")
    # Families only, as "Firefox" and "Android"; empty when unknown.


class Totp(Base):
    """The secret an organiser's authenticator app makes codes from (RFC 6238)."""

    __tablename__ = "totp"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(
        ForeignKey("organiser.id", ondelete="CASCADE"), unique=True
    )
    wrapped: Mapped[bytes]
    # Under the key-encryption key, which lies outside the database.
    last_step: Mapped[int] = mapped_column(BigId)
    # Of the last code that was accepted: neither it nor one before it is accepted again.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Passkey(Base):
    """A key pair in an organiser's device or password manager; its public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(
        ForeignKey("organiser.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    # What its owner calls it.
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigId)
    # As its device last told it; many tell nothing but 0.
    asked_at: Mapped[datetime]
    # When the last challenge it answered was made: none made then or before is accepted again.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once. Using one deletes its row."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("organiser_id", "mac"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"))
    mac: Mapped[bytes]
    # Under a key that lies outside the database.


class Invitation(Base):
    """A link that lets an organiser set a password, once."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(
        ForeignKey("organiser.id", ondelete="CASCADE"), index=True
    )
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    # The link holds the token.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    organiser: Mapped[Organiser] = relationship()


class ResetRequest(Base):
    """An owner's wish that a colleague is let in anew, which a second owner has to share."""

    __tablename__ = "reset_request"
    __table_args__ = (UniqueConstraint("organiser_id", "campaign_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"))
    # Who is let in anew.
    campaign_id: Mapped[int] = mapped_column(index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)

    asked_by: Mapped[Organiser] = relationship(foreign_keys=asked_by_id)


class AuditEntry(Base):
    """Something an organiser, the command line or the worker did. Nothing of a supporter."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(BigId, unique=True)
    # From 1, without a gap.
    at: Mapped[datetime] = mapped_column(index=True)
    organiser_id: Mapped[int | None] = mapped_column(index=True)
    # Plain numbers: what they stood for may be gone. None for the command line and the worker.
    campaign_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str]
    # Plain text: an entry somebody has changed must still be read to be found.
    about: Mapped[str | None]
    # As "event:12".
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mac: Mapped[bytes]
    # See `audit`.


class AuditHead(Base):
    """The last entry's number and MAC; whoever adds one locks this row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigId)
    mac: Mapped[bytes]
