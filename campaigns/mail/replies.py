"""What a relay's reply means for the mail it was given for: one table, no network."""

import re
from dataclasses import dataclass
from enum import StrEnum

ENHANCED_CODE = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
START_INPUT = 354
CLOSING = 421
TOO_LARGE = "5.3.4"
MAILBOX_FULL = "5.2.2"
NO_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.10"})


class Stage(StrEnum):
    """Where in the exchange a reply was given."""

    CONNECT = "connect"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"
    # The final dot: whoever agrees to it answers for the mail from then on.


class Verdict(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"
    # Try this recipient later.
    REFUSED = "refused"
    # Never for this mail.
    UNKNOWN = "unknown"
    # There is no such mailbox: nor for any other mail.
    FULL = "full"
    # Not this mail, and for some days of it no other.
    FAULT = "fault"
    # The connection's fault, nobody's else: reconnect and try again.
    SIGN_IN_REFUSED = "sign_in_refused"
    SENDER_REFUSED = "sender_refused"
    # The relay will not have our mail at all.
    POLICY = "policy"
    # Refused by a rule of the relay: says nothing about the address.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail, with the reply's numbers ("550 5.1.1") and never its words."""

    verdict: Verdict
    code: str | None = None


def judge(stage: Stage, code: int, text: bytes) -> Outcome | None:
    """Say what a reply means, or None when the relay agrees.

    The table is the one in the documentation of mail; enhanced codes are those of RFC 3463.
    """
    if code == START_INPUT if stage is Stage.DATA else 200 <= code < 300:
        return None
    found = ENHANCED_CODE.match(text)
    enhanced = found[1].decode("ascii") if found else ""
    return Outcome(_verdict(stage, code, enhanced), f"{code} {enhanced}".strip())


def _verdict(stage: Stage, code: int, enhanced: str) -> Verdict:
    permanent = 500 <= code < 600
    if stage is Stage.AUTH and permanent:
        return Verdict.SIGN_IN_REFUSED
    if code == CLOSING or stage in (Stage.CONNECT, Stage.AUTH) or not 400 <= code < 600:
        return Verdict.FAULT
    if enhanced == TOO_LARGE:
        return Verdict.REFUSED
    if stage is Stage.MAIL:
        return Verdict.SENDER_REFUSED if permanent else Verdict.FAULT
    if not permanent:
        return Verdict.DEFERRED
    return _why_refused(stage, code, enhanced)


def _why_refused(stage: Stage, code: int, enhanced: str) -> Verdict:
    if stage is Stage.RCPT and (enhanced in NO_MAILBOX or (code == 550 and not enhanced)):
        return Verdict.UNKNOWN
    if enhanced == MAILBOX_FULL:
        return Verdict.FULL
    return Verdict.POLICY if enhanced.startswith("5.7.") else Verdict.REFUSED
