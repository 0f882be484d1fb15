"""Queueing and cancelling mail, in the transaction that causes it."""

from collections.abc import Collection
from datetime import date
from typing import Any
from typing import cast as typed
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
    update,
)

from campaigns.db import db, insert_into, prepared, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority, SoftBounce, Suppression
from campaigns.mail.queries import still_to_be_sent

GIVE_UP_AFTER_DAYS = 5

Identifier = int | str | UUID


def identifier(row_id: Identifier) -> str:
    """Return a row's id as deliveries keep it: digits, or a UUID's 32 hex digits."""
    return row_id.hex if isinstance(row_id, UUID) else str(row_id)


def queue_delivery(
    *,
    kind: str,
    about_id: Identifier,
    dedupe_key: str,
    priority: Priority,
    campaign_id: int | None = None,
    recipient_id: Identifier | None = None,
    counted: bool = False,
    connection: Connection | None = None,
) -> bool:
    """Queue one mail; return False when one with this dedupe key is or was queued already.

    `recipient_id` is the row whose sealed address it goes to, where that is not `about_id`. What is
    `counted` takes nothing from its mailbox's three a day. It is done in the session's transaction
    unless a connection is given.
    """
    now = utcnow()
    queued = _queue.first(
        {
            "kind": kind,
            "about_id": identifier(about_id),
            "recipient_id": None if recipient_id is None else identifier(recipient_id),
            "campaign_id": campaign_id,
            "dedupe_key": dedupe_key,
            "priority": int(priority),
            "state": DeliveryState.QUEUED,
            "attempts": 0,
            "counted": counted,
            "next_at": now,
            "created_at": now,
        },
        connection,
    )
    return queued is not None


def queue_asked_for(
    *,
    kind: str,
    about_id: Identifier,
    campaign_id: int | None,
    priority: Priority = Priority.ASKED_FOR,
    connection: Connection | None = None,
) -> None:
    """Queue a mail that anybody can cause by typing somebody's address, once a day in each kind.

    The worker spares a mailbox that has had its three of the day, whatever the campaigns: only
    there is anything known of mailboxes, and whoever types an address cannot tell by the time.
    """
    queue_delivery(
        kind=kind,
        about_id=about_id,
        dedupe_key=f"{kind}:{identifier(about_id)}:{utcnow().date().isoformat()}",
        priority=priority,
        campaign_id=campaign_id,
        connection=connection,
    )


def queue_deliveries_from(
    recipients: Select[UUID],
    *,
    kind: str,
    about_id: Identifier,
    priority: Priority,
    campaign_id: int | None = None,
) -> int:
    """Queue one mail about a row to each of the recipients, without their ids leaving the database.

    `recipients` selects one column, the ids of the rows whose sealed addresses it goes to; give it
    an order and a limit to go in chunks. The dedupe key is "kind:about_id:recipient_id", so that
    going over the same recipients again queues nothing. Returns how many were queued.
    """
    chosen = recipients.subquery()
    about = identifier(about_id)
    # SQLite keeps a UUID as 32 hex digits, PostgreSQL writes it with hyphens.
    recipient = func.replace(cast(chosen.c[0], Text), "-", "")
    rows = select(
        literal(kind),
        literal(about),
        recipient,
        literal(campaign_id, Delivery.__table__.c.campaign_id.type),
        literal(f"{kind}:{about}:") + recipient,
        literal(int(priority)),
        # SQLite takes ON CONFLICT after a SELECT for a join's ON, unless there is a WHERE.
    ).where(literal(1) == 1)
    columns = ["kind", "about_id", "recipient_id", "campaign_id", "dedupe_key", "priority"]
    result = db.session.execute(
        insert_into(Delivery)
        .from_select(columns, rows)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .execution_options(preserve_rowcount=True)
    )
    return _count(result)


def cancel_deliveries(
    *,
    kind: str | None = None,
    about_id: Identifier | None = None,
    recipient_id: Identifier | None = None,
) -> int:
    """Cancel what still waits, paused or not, and matches all that is given; return how many.

    One that is being sent at this moment is stopped too, unless its recipient was already named to
    the relay. Raises ValueError when neither row is given.
    """
    if about_id is None and recipient_id is None:
        raise ValueError("Say which row's mail to cancel.")
    matches: list[ColumnElement[bool]] = []
    if kind is not None:
        matches.append(Delivery.kind == kind)
    if about_id is not None:
        matches.append(Delivery.about_id == identifier(about_id))
    if recipient_id is not None:
        matches.append(Delivery.recipient_id == identifier(recipient_id))
    return _cancel(*matches)


def cancel_deliveries_of(rows: Collection[UUID], kinds: Collection[str]) -> int:
    """Cancel what still waits and goes to one of some rows, or is of these kinds and tells of one.

    Returns how many. Each of the two finds its deliveries by an index, however many wait.
    """
    ids = [identifier(row) for row in rows]
    return _cancel(Delivery.recipient_id.in_(ids)) + _cancel(
        Delivery.kind.in_(kinds), Delivery.about_id.in_(ids)
    )


def cancel_campaign_deliveries(campaign_id: int, kinds: Collection[str]) -> int:
    """Cancel what still waits of some kinds of a campaign's mail; return how many."""
    return _cancel(Delivery.campaign_id == campaign_id, Delivery.kind.in_(kinds))


def _cancel(*matches: ColumnElement[bool]) -> int:
    # The lease's owner stays: a worker just past its last check may still write "sent".
    result = db.session.execute(
        update(Delivery)
        .where(still_to_be_sent(), *matches)
        .values(state=DeliveryState.CANCELLED, next_at=None)
        .execution_options(synchronize_session=False)
    )
    return _count(result)


def suppress_mailbox(mailbox: bytes) -> None:
    """Let no mail go to a mailbox any more; `mailbox` is its index (`vault.suppression_index`)."""
    db.session.execute(insert_into(Suppression).values(mailbox=mailbox).on_conflict_do_nothing())


def note_full(mailbox: bytes, today: date) -> bool:
    """Count a day on which a mailbox took nothing, once however much came back.

    It is full, or its server is away. After five such days, each within a month of the last, it is
    given up and mailed no more; returns whether it is. `mailbox` is as in `suppress_mailbox`.
    """
    db.session.execute(
        insert_into(SoftBounce)
        .values(mailbox=mailbox, days=1, last_on=today)
        .on_conflict_do_update(
            index_elements=["mailbox"],
            set_={"days": SoftBounce.days + 1, "last_on": today},
            where=SoftBounce.last_on < today,
        )
    )
    row = db.session.get_one(SoftBounce, mailbox, populate_existing=True)
    if row.days < GIVE_UP_AFTER_DAYS:
        return False
    suppress_mailbox(mailbox)
    return True


@prepared
def _queue() -> Any:
    return (
        insert_into(Delivery)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(Delivery.id)
    )


def _count(result: Any) -> int:
    return typed("CursorResult[Any]", result).rowcount
