"""What is done about mail that came back, and about mail somebody called unwanted."""

from enum import StrEnum

from flask import current_app
from sqlalchemy import update

from campaigns.db import db, utcnow
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import Letter, composer_of
from campaigns.mail.envelope import deliveries_named
from campaigns.mail.messages import writing_in
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.mail.operations import note_full, suppress_mailbox
from campaigns.mail.reports import Fate, Report
from campaigns.vault.keyring import current_keyring, suppression_index


class Taken(StrEnum):
    """What became of a report."""

    IGNORED = "ignored"
    # No report, or about no mail of ours that can still be found.
    NOTED = "noted"
    SUPPRESSED = "suppressed"


def take_report(report: Report) -> Taken:
    """Act on a report about a mail of ours, whose signed address proves that it is one.

    The mailbox is the one the mail was sent to, whatever the report says: the mailer's key is
    needed. Raises KeyMissing.
    """
    named = deliveries_named(report.addresses, current_app.config["SECRET_KEY"])
    delivery = db.session.get(Delivery, named[0]) if named else None
    if delivery is None or report.fate is Fate.NOTHING:
        return Taken.IGNORED
    if report.fate is not Fate.COMPLAINT:
        _mark_failed(delivery, report.status)
    mailbox = None if report.fate is Fate.FAILED else _mailbox_of(delivery)
    if mailbox is None:
        return Taken.NOTED
    if report.fate is Fate.UNREACHED:
        given_up = note_full(mailbox, utcnow().date())
        return Taken.SUPPRESSED if given_up else Taken.NOTED
    suppress_mailbox(mailbox)
    return Taken.SUPPRESSED


def _mailbox_of(delivery: Delivery) -> bytes | None:
    """Return the index of the mailbox a mail went to; None when nobody is there any more."""
    composer = composer_of(delivery.kind)
    if composer is None:
        return None
    claim = ClaimedDelivery(
        id=delivery.id,
        kind=delivery.kind,
        about_id=delivery.about_id,
        recipient_id=delivery.recipient_id,
        campaign_id=delivery.campaign_id,
        message_id=delivery.message_id or "",
        priority=Priority(delivery.priority),
        attempts=delivery.attempts,
        counted=delivery.counted,
        owner="",
    )
    with writing_in(None):
        letters = [it for it in composer.compose([claim]) if isinstance(it, Letter)]
    return suppression_index(current_keyring(), letters[0].recipient) if letters else None


def _mark_failed(delivery: Delivery, status: str | None) -> None:
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.SENT)
        .values(state=DeliveryState.FAILED, smtp_code=status)
        .execution_options(synchronize_session=False)
    )
