"""What the worker does for updates from time to time; each may be killed or run twice."""

from uuid import UUID

from sqlalchemy import Select

from campaigns.db import db, utcnow
from campaigns.mail.models import Priority
from campaigns.mail.operations import queue_deliveries_from
from campaigns.petitions.sealed import open_address
from campaigns.updates.mails import DIGEST, SEND
from campaigns.updates.models import Digest, EnrolledSignature, Update
from campaigns.updates.operations import (
    delete_expired_subscriptions,
    enrol_signer,
    open_digests,
)
from campaigns.updates.queries import (
    digest_audience,
    digests_to_queue,
    last_of_chunk,
    signers_to_enrol,
    update_audience,
    updates_to_queue,
)
from campaigns.updates.sealed import seal_subscription
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import current_keyring, mailer_keys

CHUNK = 10_000
SIGNERS = 200


def queue_updates() -> None:
    """Queue each published update's mail to everybody who is to get it at once."""
    for update in updates_to_queue(utcnow()):
        _queue(update, SEND, update_audience(update))


def queue_digests() -> None:
    """Queue the digests of the windows of time that have ended since the last ones."""
    open_digests(utcnow())
    db.session.commit()
    for digest in digests_to_queue():
        _queue(digest, DIGEST, digest_audience(digest))


def enrol_signers() -> None:
    """Subscribe the confirmed signers who ticked it: only the worker can open their address."""
    while waiting := signers_to_enrol(SIGNERS):
        for signature, campaign_id in waiting:
            try:
                email, locale = open_address(
                    signature.sealed_address or b"", mailer_keys(), campaign_id, signature.id
                )
            except CannotOpen:
                db.session.add(EnrolledSignature(signature_id=signature.id))
                continue
            sealed = seal_subscription(current_keyring(), campaign_id, email=email, locale=locale)
            enrol_signer(signature.id, campaign_id, sealed)
        db.session.commit()


def delete_expired() -> None:
    """Delete subscriptions that were not confirmed within seven days."""
    while delete_expired_subscriptions():
        db.session.commit()


def _queue(mailing: Update | Digest, kind: str, audience: Select[UUID]) -> None:
    """Queue a mailing in chunks, going on where a killed worker stopped."""
    while mailing.queued_at is None:
        last = last_of_chunk(audience, mailing.queued_up_to, CHUNK)
        if last is None:
            mailing.queued_at = utcnow()
        else:
            first = mailing.queued_up_to or UUID(int=0)
            column = audience.selected_columns[0]
            queue_deliveries_from(
                audience.where(column > first, column <= last),
                kind=kind,
                about_id=mailing.id,
                priority=Priority.NEWS,
                campaign_id=mailing.campaign_id,
            )
            mailing.queued_up_to = last
        db.session.commit()
