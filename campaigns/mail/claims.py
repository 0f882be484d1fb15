"""Taking mail from the queue and writing down what became of it, safe against being killed.

A claim is a lease: whoever holds it may send until it ends, and every write that completes it
names its owner, so that a worker that was asleep too long changes nothing any more.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, select, update

from campaigns.db import db, insert_into, is_one_of, prepared, utcnow
from campaigns.mail.models import (
    Delivery,
    DeliveryState,
    MailboxCap,
    MailPause,
    PauseReason,
    Priority,
)
from campaigns.mail.queries import due_deliveries
from campaigns.mail.schedule import retry_delay

MAILS_A_DAY = 3
# News is written once for all, what somebody waits for one by one. Of what is looked up one at a
# time: whoever asks for much of it keeps nobody else waiting.
MOST_AT_ONCE = {Priority.ASKED_FOR: 100, Priority.LOOKED_UP: 1, Priority.NEWS: 800}
LEASE = timedelta(seconds=60)
# An exchange with the relay is cut off after 40 s; it begins with more than that left.
ENOUGH_LEASE = timedelta(seconds=45)
# Less than the second after which PostgreSQL looks for those that wait for each other.
LOCK_MILLISECONDS = 250


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """One mail a worker has taken; see `models.Delivery` for the fields."""

    id: int
    kind: str
    about_id: str
    recipient_id: str | None
    campaign_id: int | None
    message_id: str
    priority: Priority
    attempts: int
    counted: bool
    owner: str


def claim_deliveries(
    owner: str, limit: int, make_message_id: Callable[[str], str]
) -> list[ClaimedDelivery]:
    """Take up to `limit` due deliveries of the first priority that has any, for 60 seconds.

    `make_message_id` turns a dedupe key into a Message-ID. Two workers never get the same row: on
    PostgreSQL each skips what the other has locked, on SQLite the transaction holds the database.
    """
    now = utcnow()
    for priority in Priority:
        rows = db.session.execute(
            select(
                Delivery.id,
                Delivery.kind,
                Delivery.about_id,
                Delivery.recipient_id,
                Delivery.campaign_id,
                Delivery.message_id,
                Delivery.dedupe_key,
                Delivery.attempts,
                Delivery.counted,
            )
            .where(due_deliveries(now, priority))
            .order_by(Delivery.next_at)
            .limit(min(limit, MOST_AT_ONCE[priority]))
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            claims = [
                ClaimedDelivery(
                    id=row.id,
                    kind=row.kind,
                    about_id=row.about_id,
                    recipient_id=row.recipient_id,
                    campaign_id=row.campaign_id,
                    message_id=row.message_id or make_message_id(row.dedupe_key),
                    priority=priority,
                    attempts=row.attempts,
                    counted=row.counted,
                    owner=owner,
                )
                for row in rows
            ]
            _lease(claims, owner, now)
            return claims
    return []


def hold(claims: Sequence[ClaimedDelivery]) -> set[int]:
    """Return which of one owner's claims still stand, each for the length of one exchange.

    Those that would end before are extended.
    """
    if not claims:
        return set()
    now = utcnow()
    ends = _held.all(_parameters(claims))
    short = [row.id for row in ends if row.next_at - now < ENOUGH_LEASE]
    if short:
        _extend.all({"some_ids": short, "owner": claims[0].owner, "until": now + LEASE})
    return {row.id for row in ends}


def give_way() -> None:
    """Let the transaction begun now wait for no lock longer than a moment; then it fails.

    Whoever cancels a long queue locks rows in another order than a worker that writes several down.
    PostgreSQL would break off one of the two, and that must not be the organiser's request.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")


def take_from_cap(claim: ClaimedDelivery, mailbox: bytes, day: date) -> bool:
    """Count a mail against its mailbox's three a day; False when the mailbox has had them.

    `mailbox` is its blind index across campaigns, under the key of that day.
    """
    if claim.counted:
        return True
    counted = db.session.scalar(
        insert_into(MailboxCap)
        .values(mailbox=mailbox, day=day, mails=1)
        .on_conflict_do_update(
            index_elements=["mailbox"],
            set_={"mails": MailboxCap.mails + 1},
            where=MailboxCap.mails < MAILS_A_DAY,
        )
        .returning(MailboxCap.mails)
    )
    if counted is None:
        return False
    _write(claim, counted=True)
    return True


def complete_sent(
    claims: Sequence[ClaimedDelivery], version: int | None = None, contents: str | None = None
) -> set[int]:
    """Write that the relay took some mails of one owner; return those whose lease had not ended.

    `version` and `contents` are as in `Letter`. A delivery that was cancelled, paused or recalled
    while its mail was on the way out keeps its owner, and is written down as sent, which is true.
    """
    if not claims:
        return set()
    parameters = {
        **_parameters(claims),
        "sent_version": version,
        "sent_contents": contents,
        "now": utcnow(),
    }
    return {row.id for row in _write_sent.all(parameters)}


def complete_deferred(claim: ClaimedDelivery, smtp_code: str | None) -> None:
    """Try this recipient again later, or, after 72 hours, no more."""
    attempts = claim.attempts + 1
    delay = retry_delay(attempts, random.random())  # noqa: S311 — spreads load, guards nothing
    if delay is None:
        complete_unsent(claim, DeliveryState.FAILED, smtp_code)
        return
    _write(
        claim,
        state=DeliveryState.DEFERRED,
        attempts=attempts,
        next_at=utcnow() + delay,
        lease_owner=None,
        smtp_code=smtp_code,
    )


def complete_unsent(
    claim: ClaimedDelivery, state: DeliveryState, smtp_code: str | None = None
) -> None:
    """End a delivery that will never be sent: failed, suppressed or cancelled."""
    _write(claim, state=state, next_at=None, lease_owner=None, smtp_code=smtp_code)


def release(claims: Collection[ClaimedDelivery], *, after: timedelta = timedelta()) -> None:
    """Give claims back unharmed, to be taken again after a while."""
    at = utcnow() + after
    for state in (DeliveryState.QUEUED, DeliveryState.DEFERRED):
        some = [it for it in claims if bool(it.attempts) is (state is DeliveryState.DEFERRED)]
        if some:
            _release.all({**_parameters(some), "waiting": state, "until": at})


def pause_mail(
    wait: timedelta,
    reason: PauseReason,
    *,
    smtp_code: str | None = None,
    kind: str | None = None,
    campaign_id: int | None = None,
) -> None:
    """Let all mail rest for a while, or one campaign's mail of one kind."""
    now = utcnow()
    db.session.execute(
        delete(MailPause).where(
            MailPause.kind.is_not_distinct_from(kind),
            MailPause.campaign_id.is_not_distinct_from(campaign_id),
        )
    )
    db.session.add(
        MailPause(
            kind=kind,
            campaign_id=campaign_id,
            reason=reason,
            smtp_code=smtp_code,
            since=now,
            until=now + wait,
        )
    )
    db.session.flush()


def end_pauses() -> None:
    """Let everything be tried again: whoever restarts the worker has mended something."""
    db.session.execute(delete(MailPause))


def _lease(claims: Sequence[ClaimedDelivery], owner: str, now: datetime) -> None:
    db.session.connection().execute(
        update(Delivery.__table__)  # type: ignore[arg-type]
        .where(Delivery.__table__.c.id == bindparam("claimed_id"))
        .values(
            state=DeliveryState.SENDING,
            lease_owner=owner,
            next_at=now + LEASE,
            message_id=bindparam("first_message_id"),
        ),
        [{"claimed_id": claim.id, "first_message_id": claim.message_id} for claim in claims],
    )


def _write(claim: ClaimedDelivery, **values: Any) -> None:
    statement = update(Delivery).where(
        Delivery.id == claim.id,
        Delivery.lease_owner == claim.owner,
        Delivery.state == DeliveryState.SENDING,
    )
    db.session.execute(statement.values(**values).execution_options(synchronize_session=False))


def _parameters(claims: Iterable[ClaimedDelivery]) -> dict[str, Any]:
    (owner,) = {claim.owner for claim in claims}
    return {"some_ids": [claim.id for claim in claims], "owner": owner}


def _are_held() -> ColumnElement[bool]:
    return _are_owned() & (Delivery.state == DeliveryState.SENDING)


def _are_owned() -> ColumnElement[bool]:
    return is_one_of(Delivery.id, "some_ids") & (Delivery.lease_owner == bindparam("owner"))


@prepared
def _held() -> Any:
    return select(Delivery.id, Delivery.next_at).where(_are_held())


@prepared
def _extend() -> Any:
    extending = update(Delivery).where(_are_held()).values(next_at=bindparam("until"))
    return extending.returning(Delivery.id)


@prepared
def _release() -> Any:
    values: dict[str, Any] = {
        "state": bindparam("waiting"),
        "next_at": bindparam("until"),
        "lease_owner": None,
    }
    return update(Delivery).where(_are_held()).values(values).returning(Delivery.id)


@prepared
def _write_sent() -> Any:
    values: dict[str, Any] = {
        "state": DeliveryState.SENT,
        "version": bindparam("sent_version"),
        "contents": bindparam("sent_contents"),
        "sent_at": bindparam("now"),
        "next_at": None,
        "lease_owner": None,
        "smtp_code": None,
    }
    return update(Delivery).where(_are_owned()).values(values).returning(Delivery.id)
