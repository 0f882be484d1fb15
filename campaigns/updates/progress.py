"""How far an update has come, and what became of its mails."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from campaigns.mail.models import DeliveryState
from campaigns.updates.models import Update
from campaigns.updates.run_queries import (
    count_awaiting,
    count_by_state,
    count_sent_since,
    hidden_updates,
)

MINUTE = timedelta(minutes=1)
WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)


class UpdateState(StrEnum):
    """Where an update stands, told of its row and its mails."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    HELD = "held"
    # Its time had come or was to come, but it was overtaken before any of it was mailed.
    RUNNING = "running"
    # Somebody is still to be mailed it, at once or in a digest.
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """An update's state, and how many of its mails are in which."""

    state: UpdateState
    waiting: int
    # Queued, and those in a worker's hands.
    deferred: int
    # They will be tried again.
    paused: int
    sent: int
    failed: int
    stopped: int
    # Cancelled, or to mailboxes that want or take none.
    queueing: bool
    # Whether not everybody it goes to at once stands in the queue yet.
    in_digests: int
    # How many readers are still to be mailed it in the mail of a day or week.
    hidden: bool
    # Whether visitors do not see it while a report is looked into.

    @property
    def left(self) -> int:
        """How many mails are still to be sent."""
        return self.waiting + self.deferred + self.paused

    @property
    def queued(self) -> int:
        """How many mails there are in all."""
        return self.left + self.sent + self.failed + self.stopped


def progress_of(update: Update, now: datetime) -> Progress:
    """Return how far one update has come."""
    return progress_of_all([update], now)[update.id]


def progress_of_all(updates: Iterable[Update], now: datetime) -> Mapping[int, Progress]:
    """Return how far each of some updates has come, by id."""
    listed = list(updates)
    published = [it.id for it in listed if it.published_at]
    counts, awaiting = count_by_state(published), count_awaiting(published)
    hidden = set(hidden_updates([it.id for it in listed]))
    return {
        it.id: _progress(
            it,
            counts.get(it.id, Counter()),
            now,
            in_digests=awaiting.get(it.id, 0),
            hidden=it.id in hidden,
        )
        for it in listed
    }


def mails_a_minute(update: Update, now: datetime) -> int:
    """Return how many mails of an update were sent within the last minute."""
    return count_sent_since(update.id, now - MINUTE)


def _progress(
    update: Update, counts: Counter[DeliveryState], now: datetime, *, in_digests: int, hidden: bool
) -> Progress:
    waiting = sum(counts[state] for state in WAITING)
    left = waiting + counts[DeliveryState.DEFERRED] + counts[DeliveryState.PAUSED]
    return Progress(
        state=_state(update, bool(left or in_digests), now),
        waiting=waiting,
        deferred=counts[DeliveryState.DEFERRED],
        paused=counts[DeliveryState.PAUSED],
        sent=counts[DeliveryState.SENT],
        failed=counts[DeliveryState.FAILED],
        stopped=counts[DeliveryState.CANCELLED] + counts[DeliveryState.SUPPRESSED],
        queueing=update.queued_at is None,
        in_digests=in_digests,
        hidden=hidden,
    )


def _state(update: Update, left: bool, now: datetime) -> UpdateState:
    if update.published_at is None:
        # The entry may have been taken back since.
        return UpdateState.HELD if update.overtaken_by_id else UpdateState.DRAFT
    if update.published_at > now:
        return UpdateState.SCHEDULED
    if update.cancelled_at:
        return UpdateState.CANCELLED
    if update.queued_at and not left:
        return UpdateState.DONE
    return UpdateState.PAUSED if update.paused_at else UpdateState.RUNNING
