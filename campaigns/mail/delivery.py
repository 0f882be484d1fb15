"""The delivery loop: takes due mail, has it composed, hands it over, writes down what became of it.

It may be killed at any moment. `sent` is committed before the next mail's text is handed over, so
that a kill leaves one mail at most of which nobody knows whether it left; when its lease ends it is
sent again with the same Message-ID.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from time import monotonic, sleep
from traceback import extract_tb
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from campaigns.config import current_settings
from campaigns.db import db, only_reading, utcnow
from campaigns.mail.claims import (
    ClaimedDelivery,
    claim_deliveries,
    complete_deferred,
    complete_sent,
    complete_unsent,
    hold,
    pause_mail,
    release,
    take_from_cap,
)
from campaigns.mail.composing import Composer, Letter, Withheld, composer_of
from campaigns.mail.connections import LetterConnection, RelayFailed
from campaigns.mail.headers import AddressUnusable
from campaigns.mail.messages import message_id_for, writing_in
from campaigns.mail.models import DeliveryState, PauseReason, Priority
from campaigns.mail.operations import suppress_mailbox
from campaigns.mail.queries import is_mail_due, suppressed_among
from campaigns.mail.replies import Outcome, Verdict
from campaigns.mail.schedule import Pace, fault_wait
from campaigns.mail.transport import mail
from campaigns.vault.addresses import canonical_address
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import current_keyring, mailbox_index, suppression_index
from campaigns.vault.operations import make_daily_keys

logger = logging.getLogger(__name__)

LARGEST_BATCH = 100
# After this long what is left of a batch goes back, so that a slow relay keeps no sign-up waiting.
BATCH_SECONDS = 5.0
REFUSAL_PAUSE = timedelta(minutes=15)
# A mail during which the connection broke lets others go first, in case it was the cause.
FAULT_PAUSE = timedelta(seconds=5)
# How long a write is tried again while the database is away; within the lease.
INSIST_SECONDS = 15.0

DATABASE_AWAY = (OperationalError, InterfaceError)
PAUSE_REASONS = {
    Verdict.SIGN_IN_REFUSED: PauseReason.SIGN_IN_REFUSED,
    Verdict.SENDER_REFUSED: PauseReason.SENDER_REFUSED,
}
# What comes next may have to rest, or needs a new connection.
ENDS_BATCH = (Verdict.FAULT, Verdict.POLICY, *PAUSE_REASONS)

Result = TypeVar("Result")
Composed = list[tuple[ClaimedDelivery, Composer, Letter]]


def deliver_due() -> int:
    """Hand over all mail that is due now and return how many were sent; for tests and scripts."""
    loop = DeliveryLoop(threading.Event())
    try:
        while loop.turn():
            pass
    finally:
        loop.close()
    return loop.sent


def describe(error: BaseException) -> str:
    """Return an error's kind and place for a log, without its text, which may name somebody."""
    frames = extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


class DeliveryLoop:
    """One worker's sending of mail; everything happens in `turn`."""

    def __init__(self, stop: threading.Event) -> None:
        self.sent = 0
        self._stop = stop
        self._connection: LetterConnection | None = None
        self._faults = 0
        self._batch_size = LARGEST_BATCH
        self._pace = Pace(current_settings().mail_rate)

    def turn(self) -> bool:
        """Take one batch through; False when there is nothing to do for now.

        Raises what the database raises when it is away; nothing is lost by that.
        """
        with only_reading():
            due = is_mail_due(utcnow())
        if not due:
            self.close()
            return False
        allowance = self._pace.allowance(monotonic())
        if allowance == 0:
            return False
        connection = self._connected()
        if connection is None:
            return False
        # A new owner for each claim: not even this worker's own late writes count afterwards.
        claims = claim_deliveries(
            secrets.token_hex(8), min(self._batch_size, allowance or LARGEST_BATCH), message_id_for
        )
        db.session.commit()
        self._hand_over(connection, claims)
        return bool(claims)

    def close(self) -> None:
        """End the connection to the relay, if there is one."""
        if self._connection is not None:
            self._connection.__exit__(None, None, None)  # type: ignore[arg-type]
            self._connection = None

    def _connected(self) -> LetterConnection | None:
        if self._connection is not None and self._connection.usable:
            return self._connection
        self.close()
        connection = mail.connect()
        try:
            connection.__enter__()
        except RelayFailed as error:
            self._rest(error.outcome)
            return None
        self._connection = connection
        return connection

    def _hand_over(self, connection: LetterConnection, claims: list[ClaimedDelivery]) -> None:
        until = monotonic() + BATCH_SECONDS
        waiting = {claim.id: claim for claim in claims}
        try:
            for claim, composer, letter in self._compose(claims, waiting):
                if self._stop.is_set() or monotonic() > until or not connection.usable:
                    break
                del waiting[claim.id]
                if not self._may_go(claim, composer, letter):
                    continue
                self._pace.spend()
                outcome = connection.send_letter(letter)
                self._write_down(claim, outcome, letter)
                if outcome.verdict in ENDS_BATCH:
                    break
        finally:
            self._give_back(waiting, len(claims))

    def _give_back(self, waiting: dict[int, ClaimedDelivery], claimed: int) -> None:
        db.session.rollback()
        if not waiting:
            self._batch_size = min(LARGEST_BATCH, self._batch_size * 2)
            return
        self._batch_size = max(1, claimed - len(waiting))
        release(waiting.values())
        db.session.commit()

    def _compose(
        self, claims: list[ClaimedDelivery], waiting: dict[int, ClaimedDelivery]
    ) -> Composed:
        """Have the claims composed, and end those of which no letter comes."""
        composed: dict[int, Letter | Withheld | Exception] = {}
        composers: dict[int, Composer] = {}
        with writing_in(None), only_reading():
            for kind, batch in groupby(sorted(claims, key=attrgetter("kind")), attrgetter("kind")):
                same = list(batch)
                if (composer := composer_of(kind)) is None:
                    composed |= {claim.id: LookupError(kind) for claim in same}
                    continue
                composers |= {claim.id: composer for claim in same}
                composed |= _compose_kind(composer, same)
            _withhold_suppressed(composed)
        letters: Composed = []
        for claim in claims:
            result = composed.get(claim.id)
            if isinstance(result, Letter):
                letters.append((claim, composers[claim.id], result))
                continue
            del waiting[claim.id]
            _end_without_letter(claim, result)
        db.session.commit()
        return letters

    def _may_go(self, claim: ClaimedDelivery, composer: Composer, letter: Letter) -> bool:
        """Ask once more, just before the recipient is named to the relay."""
        capped = claim.priority is not Priority.NEWS
        mailbox = _todays_mailbox(letter.recipient) if capped else b""
        held = hold(claim)
        wanted = held and claim.id in composer.still_wanted([claim])
        if held and not wanted:
            complete_unsent(claim, DeliveryState.CANCELLED)
        elif wanted and capped and not take_from_cap(claim, mailbox, utcnow().date()):
            complete_unsent(claim, DeliveryState.SUPPRESSED)
            wanted = False
        db.session.commit()
        return wanted

    def _write_down(self, claim: ClaimedDelivery, outcome: Outcome, letter: Letter) -> None:
        if outcome.verdict is Verdict.SENT:
            self.sent += 1
            if not _insist(lambda: complete_sent(claim, letter.contents)):
                logger.warning("Delivery %d was sent after its lease had ended.", claim.id)
        elif outcome.verdict is Verdict.DEFERRED:
            _insist(lambda: complete_deferred(claim, outcome.code))
        elif outcome.verdict in (Verdict.REFUSED, Verdict.UNKNOWN):
            if outcome.verdict is Verdict.UNKNOWN:
                _suppress_unknown(letter.recipient)
            _insist(lambda: complete_unsent(claim, DeliveryState.FAILED, outcome.code))
        elif outcome.verdict is Verdict.POLICY:
            _insist(lambda: complete_deferred(claim, outcome.code))
            if claim.priority is Priority.NEWS:
                self._rest(outcome, claim)
        else:
            fault = outcome.verdict is Verdict.FAULT
            _insist(lambda: release([claim], after=FAULT_PAUSE if fault else timedelta()))
            self._rest(outcome)
        if outcome.verdict is not Verdict.FAULT:
            self._faults = 0

    def _rest(self, outcome: Outcome, claim: ClaimedDelivery | None = None) -> None:
        """Let all mail rest for as long as the outcome asks for, or what is like the claim."""
        wait: timedelta | None = REFUSAL_PAUSE
        reason = PAUSE_REASONS.get(outcome.verdict, PauseReason.POLICY)
        if outcome.verdict is Verdict.FAULT:
            self._faults += 1
            wait, reason = fault_wait(self._faults), PauseReason.UNREACHABLE
        if wait is None:
            return
        length, code = wait, outcome.code
        kind, campaign_id = (claim.kind, claim.campaign_id) if claim else (None, None)
        _insist(
            lambda: pause_mail(length, reason, smtp_code=code, kind=kind, campaign_id=campaign_id)
        )
        logger.warning(
            "Mail%s rests for %d minutes: %s%s.",
            f" of the kind {kind}" if kind else "",
            length.total_seconds() // 60,
            reason,
            f" ({code})" if code else "",
        )


def _compose_kind(
    composer: Composer, batch: list[ClaimedDelivery]
) -> dict[int, Letter | Withheld | Exception]:
    """Compose a batch; when that fails, one by one, so that one bad row stops no other."""
    try:
        return _by_delivery(composer.compose(batch))
    except DATABASE_AWAY:
        raise
    except Exception as error:
        if len(batch) == 1:
            return {batch[0].id: error}
        db.session.rollback()
    results: dict[int, Letter | Withheld | Exception] = {}
    for claim in batch:
        results |= _compose_kind(composer, [claim])
    return results


def _todays_mailbox(recipient: str) -> bytes:
    """Return today's index of a mailbox; the first mail of a day may have to make the day's key."""
    keyring = current_keyring()
    with only_reading(), suppress(KeyMissing):
        return mailbox_index(keyring, recipient)
    make_daily_keys(keyring.folder, utcnow().date())
    db.session.commit()
    with only_reading():
        return mailbox_index(keyring, recipient)


def _withhold_suppressed(composed: dict[int, Letter | Withheld | Exception]) -> None:
    """Keep back what would go to mailboxes that are never to be mailed: one query a batch."""
    keyring = current_keyring()
    mailboxes = {
        delivery: suppression_index(keyring, letter.recipient)
        for delivery, letter in composed.items()
        if isinstance(letter, Letter)
    }
    suppressed = set(suppressed_among(mailboxes.values())) if mailboxes else set()
    for delivery, mailbox in mailboxes.items():
        if mailbox in suppressed:
            composed[delivery] = Withheld(delivery, DeliveryState.SUPPRESSED)


def _suppress_unknown(recipient: str) -> None:
    """Let no mail go where there is no mailbox, unless another spelling may be one.

    With a provider that knows no tags, name+tag may not exist while name does: its owner must not
    lose their mail because somebody typed that.
    """
    if canonical_address(recipient) == recipient.lower():
        mailbox = suppression_index(current_keyring(), recipient)
        _insist(lambda: suppress_mailbox(mailbox))


def _by_delivery(
    composed: Iterable[Letter | Withheld],
) -> dict[int, Letter | Withheld | Exception]:
    return {item.delivery_id: item for item in composed}


def _end_without_letter(
    claim: ClaimedDelivery, result: Withheld | Exception | Letter | None
) -> None:
    if result is None:
        complete_unsent(claim, DeliveryState.CANCELLED)
    elif isinstance(result, Withheld):
        if result.state is DeliveryState.FAILED:
            logger.error("Delivery %d (%s) cannot be sent.", claim.id, claim.kind)
        complete_unsent(claim, result.state)
    elif isinstance(result, AddressUnusable):
        logger.error("Delivery %d (%s) has an address mail cannot reach.", claim.id, claim.kind)
        complete_unsent(claim, DeliveryState.FAILED)
    elif isinstance(result, Exception):
        # A fault of ours may be mended tomorrow: what it stopped is kept for 72 hours.
        logger.error(
            "Delivery %d (%s) was not composed: %s.", claim.id, claim.kind, describe(result)
        )
        complete_deferred(claim, None)


def _insist(write: Callable[[], Result]) -> Result:
    """Write and commit, again and again while the database is away for a moment."""
    until = monotonic() + INSIST_SECONDS
    while True:
        try:
            result = write()
            db.session.commit()
            return result
        except DATABASE_AWAY:
            db.session.rollback()
            if monotonic() > until:
                raise
            sleep(0.5)
