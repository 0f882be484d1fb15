"""The queue of mail, what limits it, why it rests, and which workers are alive.

No address and no text is kept here: both are looked up and written anew at each attempt.
"""

from datetime import date, datetime
from enum import IntEnum, StrEnum

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, BigId, utcnow


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    PAUSED = "paused"
    # By an organiser, with all others of its run.
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class Priority(IntEnum):
    """What goes first: lower before higher, always."""

    ASKED_FOR = 0
    # Somebody is waiting for it: confirmations, links.
    LOOKED_UP = 5
    # Somebody is waiting too, and it takes the worker a while to find out what it says.
    NEWS = 10
    # One of many: updates and digests.


class PauseReason(StrEnum):
    UNREACHABLE = "unreachable"
    # The relay does not answer, breaks off, or cannot be trusted.
    SIGN_IN_REFUSED = "sign_in_refused"
    SENDER_REFUSED = "sender_refused"
    POLICY = "policy"
    # The relay refuses this kind of mail by a rule of its own.


class Delivery(Base):
    """One mail to one person."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str]
    # What it says and who composes it: petition.confirm, update.send, …
    about_id: Mapped[str]
    # The row it tells of. Identifiers stand here as decimal digits or, UUIDs, as 32 hex digits.
    recipient_id: Mapped[str | None]
    # The row whose sealed address it goes to, where that is not the one it tells of.
    campaign_id: Mapped[int | None]
    contents: Mapped[str | None]
    # What it told, in its room's own words, where the row it is about does not say; of sent mail.
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    # Whoever queues the same mail twice queues it once.
    priority: Mapped[int]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    # How often the relay has deferred it; a broken connection does not count.
    counted: Mapped[bool] = mapped_column(default=False)
    # Against its mailbox's three a day, which happens once however often it is tried; for mail
    # that takes nothing from them, from the start.
    next_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # From when a worker may take it. While it is being sent: when the lease ends, and with it the
    # right of the worker that holds it. None once nothing more will be done.
    lease_owner: Mapped[str | None]
    message_id: Mapped[str | None]
    # Written when it is first claimed; every attempt carries the same.
    smtp_code: Mapped[str | None]
    # The last reply, in numbers only ("550 5.1.1"): its words may name the recipient.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]
    version: Mapped[int | None]
    # Which version of the row it tells of was sent, where that has versions.

    __table_args__ = (
        # An equality and a range on one index: claiming costs the same however long the queue.
        Index(
            "ix_delivery_due",
            "priority",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("ix_delivery_about", "kind", "about_id", "state"),
        Index("ix_delivery_recipient_id", "recipient_id"),
    )


class Suppression(Base):
    """A mailbox that no mail goes to any more, because its owner said so or it does not exist."""

    __tablename__ = "suppression"

    mailbox: Mapped[bytes] = mapped_column(primary_key=True)
    # Its blind index under a key of the whole installation.


class MailboxCap(Base):
    """How many mails a mailbox was sent today because somebody typed its address.

    Which mails these were stands nowhere: that would link campaigns.
    """

    __tablename__ = "mailbox_cap"

    mailbox: Mapped[bytes] = mapped_column(primary_key=True)
    # A blind index under a key that lives one day.
    day: Mapped[date] = mapped_column(index=True)
    mails: Mapped[int]


class SoftBounce(Base):
    """A mailbox that mail came back from for a reason that may pass, such as being full."""

    __tablename__ = "soft_bounce"

    mailbox: Mapped[bytes] = mapped_column(primary_key=True)
    # Its blind index under a key of the whole installation.
    days: Mapped[int]
    # On how many days any came back.
    last_on: Mapped[date] = mapped_column(index=True)


class MailPause(Base):
    """A time during which some mail, or all, is not even tried."""

    __tablename__ = "mail_pause"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str | None]
    campaign_id: Mapped[int | None]
    # Both None: all mail.
    reason: Mapped[PauseReason]
    smtp_code: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(default=utcnow)
    until: Mapped[datetime]


class WorkerHeartbeat(Base):
    """When a worker's loop last turned."""

    __tablename__ = "worker_heartbeat"

    worker: Mapped[str] = mapped_column(primary_key=True)
    # A random name, new at each start.
    seen_at: Mapped[datetime]


class JobLease(Base):
    """Which worker runs a periodic job, and when its next run is due."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    worker: Mapped[str | None]
    # None between runs.
    next_at: Mapped[datetime]
    # From when a worker may take it; during a run, when the lease ends.
