"""What the worker does for petitions from time to time; each may be killed or run twice."""

from campaigns.db import db, utcnow
from campaigns.mail.caps import forget_mailbox_caps
from campaigns.petitions.operations import delete_expired_signatures, show_signer
from campaigns.petitions.queries import signers_to_show
from campaigns.petitions.sealed import open_public
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import mailer_keys
from campaigns.vault.operations import forget_daily_keys

CHUNK = 200


def delete_expired() -> None:
    """Delete signatures that were not confirmed within seven days, and keys that lived one day."""
    while delete_expired_signatures():
        db.session.commit()
    today = utcnow().date()
    forget_mailbox_caps(today)
    forget_daily_keys(today)
    db.session.commit()


def show_signers() -> None:
    """Show the names of confirmed signers who ticked it; only the worker can open them."""
    while waiting := signers_to_show(CHUNK):
        for signature, campaign_id in waiting:
            envelope = signature.sealed_public or b""
            try:
                name, comment = open_public(envelope, mailer_keys(), campaign_id, signature.id)
            except CannotOpen:
                signature.sealed_public = None
                continue
            show_signer(signature, campaign_id, name, comment)
        db.session.commit()
