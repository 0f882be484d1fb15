"""What came back about a mail: delivery reports (RFC 3464) and complaints (ARF, RFC 5965).

Reads whatever anybody may send; believes nothing of it but numbers.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum

from campaigns.mail.replies import NO_MAILBOX

STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
MAILBOX_FULL = "5.2.2"


class Fate(StrEnum):
    """What a report says of the mail it is about."""

    UNKNOWN_MAILBOX = "unknown_mailbox"
    UNREACHED = "unreached"
    # It could not be delivered, and that may be otherwise next time.
    FAILED = "failed"
    # It could not be delivered for a reason that says nothing about the mailbox.
    COMPLAINT = "complaint"
    # Its reader called it unwanted.
    NOTHING = "nothing"
    # Delayed, delivered, relayed, or no report at all.


NOTHING: tuple[Fate, str | None] = (Fate.NOTHING, None)


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says of a mail of ours."""

    fate: Fate
    status: str | None
    # As in RFC 3463; None in a complaint.
    addresses: str
    # All that may hold the address it was sent to, for `envelope.deliveries_named`.


def read_report(raw: bytes, recipient: str = "") -> Report:
    """Read a message that came to the bounce address; `recipient` is who it was sent to, if known.

    Whatever cannot be read says nothing.
    """
    message = message_from_bytes(raw, policy=policy.compat32)
    addresses = [recipient, *_headers(message, "Delivered-To", "X-Original-To", "To")]
    kind = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() != "multipart/report":
        return Report(Fate.NOTHING, None, "\n".join(addresses))
    for part in message.walk():
        if part is not message:
            addresses += _headers(part, "Return-Path", "Original-Mail-From")
            if part.get_content_type() == "message/feedback-report":
                addresses.append(str(part.get_payload()))
    if kind == "feedback-report":
        return Report(Fate.COMPLAINT, None, "\n".join(addresses))
    fate, status = _worst(_recipients(message)) if kind == "delivery-status" else NOTHING
    return Report(fate, status, "\n".join(addresses))


def _recipients(message: Message) -> list[Message]:
    """Return the groups of fields about recipients of a delivery report."""
    for part in message.walk():
        groups = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(groups, list):
            return [group for group in groups if isinstance(group, Message)][1:]
    return []


def _worst(groups: list[Message]) -> tuple[Fate, str | None]:
    for group in groups:
        found = STATUS.match(str(group.get("Status", "")))
        if str(group.get("Action", "")).strip().lower() != "failed" or not found:
            continue
        status = ".".join(found.groups())
        if status in NO_MAILBOX:
            return Fate.UNKNOWN_MAILBOX, status
        if status == MAILBOX_FULL or status.startswith("4."):
            return Fate.UNREACHED, status
        return Fate.FAILED, status
    return NOTHING


def _headers(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]
