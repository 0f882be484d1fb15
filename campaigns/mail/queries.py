"""Every read of this room that has a condition."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, not_, or_, select

from campaigns.db import db, prepared, utcnow
from campaigns.mail.models import (
    Delivery,
    DeliveryState,
    MailPause,
    Priority,
    Suppression,
    WorkerHeartbeat,
)

# The loop turns every second; a relay that hangs at every step of a connection holds it this long.
WORKER_SEEN = timedelta(minutes=3)
# As many as go out at once over the connections there usually are.
SOME_MAILBOXES = tuple(f"mailbox_{number}" for number in range(16))


def active_pauses(now: datetime) -> Sequence[MailPause]:
    """Return what rests now, and why."""
    return db.session.scalars(
        select(MailPause).where(MailPause.until > now).order_by(MailPause.id)
    ).all()


def due_deliveries(now: datetime, priority: Priority) -> ColumnElement[bool]:
    """Return the condition for what a worker may take: due, or left by a worker whose lease ended.

    Leaves out what rests, so it must be asked for anew each time.
    """
    condition = (Delivery.priority == int(priority)) & (Delivery.next_at <= now)
    for pause in active_pauses(now):
        resting: ColumnElement[bool] = Delivery.priority.is_not(None)
        if pause.kind is not None:
            resting &= Delivery.kind == pause.kind
        if pause.campaign_id is not None:
            resting &= Delivery.campaign_id.is_not_distinct_from(pause.campaign_id)
        condition &= not_(resting)
    return condition


def is_mail_due(now: datetime) -> bool:
    """Say whether any mail could be taken now."""
    return any(
        db.session.scalar(select(Delivery.id).where(due_deliveries(now, priority)).limit(1))
        for priority in Priority
    )


def suppressed_among(mailboxes: Sequence[bytes]) -> set[bytes]:
    """Return which of some mailboxes, by their indexes, must not be mailed."""
    found: set[bytes] = set()
    for begin in range(0, len(mailboxes), len(SOME_MAILBOXES)):
        some = list(mailboxes[begin : begin + len(SOME_MAILBOXES)])
        # A prepared statement takes as many as it takes: the first makes up for what is missing.
        padded = some + some[:1] * (len(SOME_MAILBOXES) - len(some))
        given = dict(zip(SOME_MAILBOXES, padded, strict=True))
        found |= {row.mailbox for row in _suppressed.all(given)}
    return found


@prepared
def _suppressed() -> Any:
    asked = (Suppression.mailbox == bindparam(name) for name in SOME_MAILBOXES)
    return select(Suppression.mailbox).where(or_(*asked))


def still_to_be_sent() -> ColumnElement[bool]:
    """Return the condition for mail that waits, is being sent, or is paused."""
    return Delivery.next_at.is_not(None) | (Delivery.state == DeliveryState.PAUSED)


def waiting_about(priority: Priority) -> Select[str]:
    """Select the rows that mail of a priority, still to be sent, is about."""
    return select(Delivery.about_id).where(
        Delivery.priority == int(priority), Delivery.next_at.is_not(None)
    )


def failed_about(kind: str) -> Select[str]:
    """Select the rows that mail of a kind was about which failed for good."""
    return select(Delivery.about_id).where(
        Delivery.kind == kind, Delivery.state == DeliveryState.FAILED
    )


def count_deliveries() -> Sequence[tuple[str, DeliveryState, int]]:
    """Return how many deliveries there are of each kind in each state."""
    rows = db.session.execute(
        select(Delivery.kind, Delivery.state, func.count())
        .group_by(Delivery.kind, Delivery.state)
        .order_by(Delivery.kind, Delivery.state)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def is_worker_alive() -> bool:
    """Say whether some worker's loop turned lately."""
    newest = db.session.scalar(select(func.max(WorkerHeartbeat.seen_at)))
    return newest is not None and newest > utcnow() - WORKER_SEEN
