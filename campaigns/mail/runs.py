"""A run: all mail of one kind about one row, paused, resumed, recalled or tried again as one.

Each is one statement, however long the queue. Whoever changes a delivery that a worker has in hand
leaves the worker's name in it: it stops before it names the recipient to the relay, and one that is
past that still writes down that its mail was sent.
"""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, case, null, update
from sqlalchemy.sql.dml import Update

from campaigns.db import db, utcnow
from campaigns.mail.claims import LEASE
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.mail.operations import Identifier, identifier

_waiting = Delivery.next_at.is_not(None)
_as_before = case(
    (Delivery.attempts > 0, DeliveryState.DEFERRED.value), else_=DeliveryState.QUEUED.value
)


def pause_run(kind: str, about_id: Identifier) -> int:
    """Let what waits of a run wait until it is resumed; return how many mails that is."""
    return _write(
        _of(kind, about_id).where(_waiting).values(state=DeliveryState.PAUSED, next_at=None)
    )


def resume_run(kind: str, about_id: Identifier) -> int:
    """Let a paused run go on; return how many mails wait again.

    One that a worker had in hand comes last: by then that worker has said whether it was sent.
    """
    return _write(_resumed(_of(kind, about_id)))


def pause_campaign(campaign_id: int) -> int:
    """Let all that waits of a campaign's mail wait until it is resumed; return how many mails."""
    waiting = update(Delivery).where(
        Delivery.campaign_id == campaign_id,
        # By which it is found among what waits.
        Delivery.priority.in_(list(Priority)),
        _waiting,
    )
    return _write(waiting.values(state=DeliveryState.PAUSED, next_at=None))


def resume_campaign(campaign_id: int, *, but: Collection[str]) -> int:
    """Let a campaign's paused mail go on, `but` that of some kinds; return how many mails."""
    paused = update(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.kind.not_in(but))
    return _write(_resumed(paused))


def recall_run(kind: str, about_id: Identifier) -> int:
    """Have what workers hold of a run composed anew before it is sent; return how many mails.

    Call it in the transaction that changes what the mails say.
    """
    return _write(
        _of(kind, about_id).where(Delivery.state == DeliveryState.SENDING).values(state=_as_before)
    )


def recall_campaign(campaign_id: int) -> int:
    """Have all that workers hold of a campaign's mail composed anew, as `recall_run` does."""
    held = update(Delivery).where(
        Delivery.campaign_id == campaign_id,
        Delivery.state == DeliveryState.SENDING,
        # By which it is found among what waits.
        Delivery.priority.in_(list(Priority)),
        _waiting,
    )
    return _write(held.values(state=_as_before))


def retry_failed(kind: str, about_id: Identifier) -> int:
    """Try the mails of a run that failed once more, from the start; return how many those are."""
    return _write(
        _of(kind, about_id)
        .where(Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.QUEUED, attempts=0, next_at=utcnow(), smtp_code=null())
    )


def _resumed(some: Update) -> Update:
    now = utcnow()
    return some.where(Delivery.state == DeliveryState.PAUSED).values(
        state=_as_before,
        next_at=case((Delivery.lease_owner.is_(None), now), else_=now + LEASE),
    )


def _of(kind: str, about_id: Identifier) -> Update:
    return update(Delivery).where(Delivery.kind == kind, Delivery.about_id == identifier(about_id))


def _write(statement: Update) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount
