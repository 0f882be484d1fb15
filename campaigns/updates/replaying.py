"""Doing again, on a database brought back from a backup, what was erased since it was made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Executable, delete, select, update

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.operations import cancel_deliveries_of
from campaigns.petitions.mails import ABOUT_SIGNATURES
from campaigns.petitions.models import PublicSigner, Signature
from campaigns.petitions.operations import recount
from campaigns.petitions.queries import all_petitions
from campaigns.updates.erasure_names import erasure_name
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.mails import ABOUT_SUBSCRIPTIONS
from campaigns.updates.models import Subscription
from campaigns.updates.purging import purge_again
from campaigns.vault.erasures import Erased

CHUNK = 500
PURGED = (Erased.EVENT, Erased.ARTICLE, Erased.UPDATE)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How much of what was erased had come back."""

    signatures: int
    subscriptions: int
    campaigns: int
    # Those that were switched to high risk.
    parts: int
    # Entries, articles and updates that were purged.


def replay_erasures(ledger: Mapping[Erased, Sequence[str]]) -> Replayed:
    """Erase again what the ledger names, and count every petition's signatures anew."""
    signatures = _delete_again(Signature, ledger[Erased.SIGNATURE], ABOUT_SIGNATURES)
    subscriptions = _delete_again(Subscription, ledger[Erased.SUBSCRIPTION], ABOUT_SUBSCRIPTIONS)
    for some in _chunks(ledger[Erased.PUBLIC_PART]):
        hidden = update(Signature).where(Signature.id.in_(some))
        _execute(hidden.values(show_name=False, sealed_public=None))
        _execute(delete(PublicSigner).where(PublicSigner.signature_id.in_(some)))
    for some in _chunks(ledger[Erased.HAND_OVER]):
        _execute(update(Signature).where(Signature.id.in_(some)).values(hand_over=False))
    campaigns = _switch_again(set(ledger[Erased.HIGH_RISK]))
    parts = sum(purge_again(kind, ledger[kind]) for kind in PURGED)
    for petition_id, _slug in all_petitions():
        recount(petition_id, repair=True)
    _execute(update(Campaign).values(version=Campaign.version + 1))
    return Replayed(signatures, subscriptions, campaigns, parts)


def _switch_again(names: set[str]) -> int:
    """Switch campaigns to high risk that came back as others; return how many."""
    if not names:
        return 0
    standard = select(Campaign).where(Campaign.mode != Mode.HIGH_RISK)
    # Lines of earlier ledgers name them by their slugs.
    switched = [
        it
        for it in db.session.scalars(standard).all()
        if not names.isdisjoint((erasure_name(it), it.slug))
    ]
    for campaign in switched:
        switch_to_high_risk(campaign)
    return len(switched)


def _delete_again(
    model: type[Signature] | type[Subscription], ids: Sequence[str], kinds: Sequence[str]
) -> int:
    number = 0
    for some in _chunks(ids):
        gone = db.session.scalars(
            delete(model)
            .where(model.id.in_(some))
            .returning(model.id)
            .execution_options(synchronize_session=False)
        ).all()
        cancel_deliveries_of(gone, kinds)
        number += len(gone)
    return number


def _chunks(ids: Sequence[str]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield [UUID(it) for it in ids[start : start + CHUNK]]


def _execute(statement: Executable) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
