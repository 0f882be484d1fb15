"""The delivery loop: takes due mail, has it composed, hands it over, writes down what became of it.

It may be killed at any moment. `sent` is committed before the connection is given its next mail, so
that a kill leaves one mail a connection at most of which nobody knows whether it left; when its
lease ends it is sent again with the same Message-ID.
"""

import logging
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
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
    MOST_AT_ONCE,
    ClaimedDelivery,
    claim_deliveries,
    complete_deferred,
    complete_sent,
    complete_unsent,
    give_way,
    hold,
    pause_mail,
    release,
    take_from_cap,
)
from campaigns.mail.composing import Composer, Letter, Withheld, composer_of
from campaigns.mail.connections import RelayFailed
from campaigns.mail.headers import AddressUnusable
from campaigns.mail.messages import message_id_for, writing_in
from campaigns.mail.models import DeliveryState, PauseReason, Priority
from campaigns.mail.operations import note_full, suppress_mailbox
from campaigns.mail.queries import is_mail_due, suppressed_among
from campaigns.mail.replies import Outcome, Verdict
from campaigns.mail.schedule import DomainPaces, Pace, fault_wait
from campaigns.mail.sending import Lines
from campaigns.mail.transport import mail
from campaigns.vault.addresses import canonical_address
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import current_keyring, mailbox_index, suppression_index
from campaigns.vault.operations import make_daily_keys

logger = logging.getLogger(__name__)

LARGEST_BATCH = max(MOST_AT_ONCE.values())
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


@dataclass(frozen=True, slots=True)
class Mail:
    """A claim and the letter that was composed for it."""

    claim: ClaimedDelivery
    composer: Composer
    letter: Letter
    mailbox: bytes
    # The blind index by which it is known that no mail is to go there.


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
        settings = current_settings()
        self.sent = 0
        self._stop = stop
        self._lines = Lines(mail.connect, settings.mail_connections)
        self._faults = 0
        self._batch_size = LARGEST_BATCH
        self._pace = Pace(settings.mail_rate)
        self._domains = DomainPaces(settings.mail_domain_rates)

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
        if allowance == 0 or not self._connected():
            return False
        # A new owner for each claim: not even this worker's own late writes count afterwards.
        claims = claim_deliveries(
            secrets.token_hex(8), min(self._batch_size, allowance or LARGEST_BATCH), message_id_for
        )
        db.session.commit()
        self._hand_over(claims)
        return bool(claims)

    def close(self) -> None:
        """End the connections to the relay, if there are any."""
        self._lines.close()

    def _connected(self) -> bool:
        try:
            self._lines.open()
        except RelayFailed as error:
            self._rest(error.outcome)
            return False
        return True

    def _hand_over(self, claims: list[ClaimedDelivery]) -> None:
        waiting = {claim.id: claim for claim in claims}
        held_back: list[tuple[ClaimedDelivery, timedelta]] = []
        try:
            mails = self._compose(claims, waiting)
            if mails and self._connected():
                self._exchange(mails, waiting, held_back)
        finally:
            if self._lines.under_way:
                self._lines.close()
            self._give_back(waiting, held_back, len(claims))

    def _exchange(
        self,
        mails: deque[Mail],
        waiting: dict[int, ClaimedDelivery],
        held_back: list[tuple[ClaimedDelivery, timedelta]],
    ) -> None:
        """Keep every connection busy until all are sent or what comes next has to wait."""
        until = monotonic() + BATCH_SECONDS
        under_way: dict[int, Mail] = {}
        ended: list[tuple[Mail, Outcome]] = []
        fault: Outcome | None = None
        broken = False
        while True:
            goes_on = not (broken or self._stop.is_set() or monotonic() > until)
            going = self._next(mails, waiting, held_back) if goes_on else []
            for going_mail in self._settle(ended, going):
                under_way[going_mail.claim.id] = going_mail
                self._pace.spend()
                self._lines.begin(going_mail.letter)
            if goes_on:
                self._lines.widen(len(mails))
            if not self._lines.under_way and not going:
                break
            ended = [
                (under_way.pop(letter.delivery_id), outcome)
                for letter, outcome in self._lines.outcomes()
            ]
            broken = broken or any(outcome.verdict in ENDS_BATCH for _, outcome in ended)
            faults = [outcome for _, outcome in ended if outcome.verdict is Verdict.FAULT]
            fault = faults[0] if faults else fault
        if fault is not None:
            # Once a batch: a relay that restarts breaks all its connections at the same moment.
            self._rest(fault)

    def _next(
        self,
        mails: deque[Mail],
        waiting: dict[int, ClaimedDelivery],
        held_back: list[tuple[ClaimedDelivery, timedelta]],
    ) -> list[Mail]:
        """Take as many mails as there are free connections, leaving out domains that must wait."""
        going: list[Mail] = []
        while mails and len(going) < self._lines.free:
            following = mails.popleft()
            claim = following.claim
            del waiting[claim.id]
            domain = following.letter.recipient.rpartition("@")[2].lower()
            wait = self._domains.wait(domain, claim.priority, monotonic())
            if wait:
                held_back.append((claim, timedelta(seconds=wait)))
            else:
                going.append(following)
        return going

    def _give_back(
        self,
        waiting: dict[int, ClaimedDelivery],
        held_back: list[tuple[ClaimedDelivery, timedelta]],
        claimed: int,
    ) -> None:
        db.session.rollback()
        if waiting:
            self._batch_size = max(1, claimed - len(waiting))
        else:
            self._batch_size = min(LARGEST_BATCH, self._batch_size * 2)

        def write() -> None:
            give_way()
            release(waiting.values())
            for claim, wait in held_back:
                release([claim], after=wait)

        _insist(write)

    def _compose(
        self, claims: list[ClaimedDelivery], waiting: dict[int, ClaimedDelivery]
    ) -> deque[Mail]:
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
            mailboxes = _mailboxes_of(composed.values())
        mails: deque[Mail] = deque()
        for claim in claims:
            result = composed.get(claim.id)
            if isinstance(result, Letter):
                mails.append(Mail(claim, composers[claim.id], result, mailboxes[claim.id]))
                continue
            del waiting[claim.id]
            _end_without_letter(claim, result)
        db.session.commit()
        return mails

    def _settle(self, ended: list[tuple[Mail, Outcome]], going: list[Mail]) -> list[Mail]:
        """Write down what became of some mails, and say which of others may go ahead.

        All in one commit, which costs more than everything else about a mail.
        """
        mailboxes = {
            it.claim.id: _todays_mailbox(it.letter.recipient)
            for it in going
            if it.claim.priority is not Priority.NEWS
        }

        def write() -> tuple[set[int], set[int]]:
            give_way()
            return _write_down(ended), _ask_once_more(going, mailboxes)

        late, wanted = _insist(write)
        for delivery in late:
            logger.warning("Delivery %d was sent after its lease had ended.", delivery)
        for it, outcome in ended:
            self._take_note(it.claim, outcome)
        return [it for it in going if it.claim.id in wanted]

    def _take_note(self, claim: ClaimedDelivery, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.SENT:
            self.sent += 1
        if outcome.verdict is not Verdict.FAULT:
            self._faults = 0
        if outcome.verdict in PAUSE_REASONS:
            self._rest(outcome)
        elif outcome.verdict is Verdict.POLICY and claim.priority is Priority.NEWS:
            self._rest(outcome, claim)

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


def _mailboxes_of(composed: Iterable[Letter | Withheld | Exception]) -> dict[int, bytes]:
    """Return where letters go, by the deliveries they are of."""
    keyring = current_keyring()
    return {
        letter.delivery_id: suppression_index(keyring, letter.recipient)
        for letter in composed
        if isinstance(letter, Letter)
    }


def _write_down(ended: list[tuple[Mail, Outcome]]) -> set[int]:
    """Write what became of some mails; return those sent after their lease had ended."""
    sent: dict[tuple[int | None, str | None], list[ClaimedDelivery]] = defaultdict(list)
    for it, outcome in ended:
        if outcome.verdict is Verdict.SENT:
            sent[it.letter.version, it.letter.contents].append(it.claim)
    late: set[int] = set()
    for (version, contents), claims in sent.items():
        late |= {claim.id for claim in claims} - complete_sent(claims, version, contents)
    for it, outcome in ended:
        claim, verdict = it.claim, outcome.verdict
        if verdict is Verdict.FAULT:
            release([claim], after=FAULT_PAUSE)
        elif verdict in PAUSE_REASONS:
            release([claim])
        elif verdict in (Verdict.DEFERRED, Verdict.POLICY):
            complete_deferred(claim, outcome.code)
        elif verdict is not Verdict.SENT:
            complete_unsent(claim, DeliveryState.FAILED, outcome.code)
            _blame(verdict, it)
    return late


def _blame(verdict: Verdict, mail: Mail) -> None:
    """Mail a mailbox no more that does not exist, or that has been full for days.

    With a provider that knows no tags, name+tag may not exist while name does: its owner must not
    lose their mail because somebody typed that.
    """
    recipient = mail.letter.recipient
    if verdict is Verdict.FULL:
        note_full(mail.mailbox, utcnow().date())
    elif verdict is Verdict.UNKNOWN and canonical_address(recipient) == recipient.lower():
        suppress_mailbox(mail.mailbox)


def _ask_once_more(going: list[Mail], today: Mapping[int, bytes]) -> set[int]:
    """Return which mails are still ours and wanted, just before their recipients are named.

    `today` holds the day's indexes for those that count against a mailbox's three a day.
    """
    held = hold([it.claim for it in going])
    ours = [it for it in going if it.claim.id in held]
    asked: dict[Composer, list[ClaimedDelivery]] = defaultdict(list)
    for it in ours:
        asked[it.composer].append(it.claim)
    wanted = {
        delivery for composer, some in asked.items() for delivery in composer.still_wanted(some)
    }
    suppressed = suppressed_among([it.mailbox for it in ours])
    day = utcnow().date()
    for claim, mailbox in ((it.claim, it.mailbox) for it in ours):
        if claim.id not in wanted:
            complete_unsent(claim, DeliveryState.CANCELLED)
        elif mailbox in suppressed or not (
            claim.id not in today or take_from_cap(claim, today[claim.id], day)
        ):
            complete_unsent(claim, DeliveryState.SUPPRESSED)
            wanted.remove(claim.id)
    return wanted & held


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
