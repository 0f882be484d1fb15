"""What the worker does for petitions from time to time; each may be killed or run twice."""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row

from campaigns.db import db, only_reading
from campaigns.petitions.changes import forget_requests, remind_some
from campaigns.petitions.operations import (
    forget_public_part,
    recount,
    show_signer,
)
from campaigns.petitions.queries import (
    all_petitions,
    count_by_country,
    petitions_to_count_by_country,
    signers_to_show,
)
from campaigns.petitions.sealed import open_public
from campaigns.petitions.tallies import record_countries
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import mailer_keys

logger = logging.getLogger(__name__)

CHUNK = 200


def forget_requested_links() -> None:
    """Delete the addresses that were typed to be mailed links, once their mail has left."""
    forget_requests()
    db.session.commit()


def remind_signers() -> None:
    """Remind those who have not confirmed for three days, once."""
    while remind_some():
        db.session.commit()


def recount_all() -> None:
    """Count every petition's signatures themselves, and set a wrong tally right."""
    for petition_id, slug in all_petitions():
        with only_reading():
            said, counted = recount(petition_id, repair=False)
        if said != counted:
            recount(petition_id, repair=True)
            db.session.commit()
            logger.error("The count of %s said %s, %s are confirmed.", slug, said, counted)


def count_countries() -> None:
    """Let the numbers by country follow, where enough came or went since the last time."""
    with only_reading():
        behind = petitions_to_count_by_country()
    for petition_id in behind:
        # A million are counted before anything is locked.
        with only_reading():
            counted = count_by_country(petition_id)
        record_countries(petition_id, counted)
        db.session.commit()


def show_signers() -> None:
    """Show the names of confirmed signers who ticked it; only the worker can open them."""
    while waiting := _waiting_signers():
        # All are opened before the first is written down: nobody who signs waits for that.
        opened = [(row, _open(row)) for row in waiting]
        for row, words in opened:
            sealed = row.sealed_public or b""
            if words is None:
                forget_public_part(row.id, sealed)
            else:
                name, comment = words
                show_signer(row.id, row.campaign_id, name, comment, sealed=sealed)
        db.session.commit()


def _waiting_signers() -> Sequence[Row[UUID, int, bytes | None]]:
    with only_reading():
        return signers_to_show(CHUNK)


def _open(row: Row[UUID, int, bytes | None]) -> tuple[str, str | None] | None:
    try:
        return open_public(row.sealed_public or b"", mailer_keys(), row.campaign_id, row.id)
    except CannotOpen:
        logger.error("What the signature %s shows in public does not open.", row.id)
        return None
