"""Erasing signatures: the one way they go before their time, whoever asks for it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from campaigns.db import db
from campaigns.mail.operations import cancel_deliveries_of
from campaigns.petitions.mails import ABOUT_SIGNATURES
from campaigns.petitions.models import Signature, SignatureState, Tally
from campaigns.vault.erasures import Erased, record_erasures


def erase_signatures(petition_id: int, *conditions: ColumnElement[bool]) -> Sequence[UUID]:
    """Delete a petition's signatures that meet all conditions, so that no restore brings them back.

    Mail that waits for them is cancelled, and the tally follows; the campaign's pages are the
    caller's to make anew (`touch`). Returns the ids of those that went. Raises OSError when they
    cannot be written down outside the database.
    """
    asked_for = db.session.execute(
        select(Signature.id, Signature.state)
        .where(Signature.petition_id == petition_id, *conditions)
        .with_for_update()
    ).all()
    erased = [row.id for row in asked_for]
    if not erased:
        return erased
    record_erasures(Erased.SIGNATURE, erased)
    db.session.execute(
        delete(Signature)
        .where(Signature.id.in_(erased))
        .execution_options(synchronize_session=False)
    )
    cancel_deliveries_of(erased, ABOUT_SIGNATURES)
    if confirmed := sum(row.state == SignatureState.CONFIRMED for row in asked_for):
        # Last, because everybody who confirms waits for this one row.
        db.session.execute(
            update(Tally)
            .where(Tally.petition_id == petition_id)
            .values(online=Tally.online - confirmed)
            .execution_options(synchronize_session=False)
        )
    return erased
