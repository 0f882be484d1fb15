"""Deleting what is past its time: all kinds of it, in one list, each in chunks.

A chunk is one transaction of the caller's, so that whatever interrupts a purge leaves what was done
and the next one goes on there. None of it stands in the ledger of erasures: after a restore it is
past its time again.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    delete,
    exists,
    func,
    inspect,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as as_type

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import record_entry
from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.db import Base, db
from campaigns.mail.models import Delivery, MailboxCap, Priority, SoftBounce
from campaigns.mail.operations import cancel_deliveries_of
from campaigns.petitions.mails import ABOUT_SIGNATURES
from campaigns.petitions.models import (
    AddressChange,
    LinkRequest,
    NetworkCount,
    Petition,
    PublicSigner,
    Signature,
    SignatureState,
)
from campaigns.petitions.queries import has_expired as signature_has_expired
from campaigns.petitions.queries import is_unreachable
from campaigns.reports.models import Report, ReportedPart, ReportState
from campaigns.reports.queries import is_old_report
from campaigns.retention import BOUNCES_KEPT, DELIVERIES_KEPT, SUPPORTERS_KEPT
from campaigns.updates.mails import ABOUT_SUBSCRIPTIONS
from campaigns.updates.models import Subscription, TestMail, Update
from campaigns.updates.queries import has_expired as subscription_has_expired
from campaigns.vault.models import IndexKey
from campaigns.vault.operations import CAMPAIGN_INDEXES, DAILY_INDEXES

CHUNK = 500


def _nothing(gone: Sequence[Row[Any]]) -> None:
    """Most kinds of rows go without a trace."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows that are kept for a while only."""

    words: str
    # What organisers and hosts call them.
    model: type[Base]
    is_past: Callable[[datetime], ColumnElement[bool]]
    follow: Callable[[Sequence[Row[Any]]], None] = _nothing
    # What else changes with rows that go.

    def count(self, now: datetime) -> int:
        """Return how many are past their time."""
        rows = select(func.count()).select_from(self.model).where(self.is_past(now))
        return db.session.scalar(rows) or 0

    def purge_some(self, now: datetime) -> int:
        """Delete a chunk of those past their time; return how many, 0 when none is left."""
        (key,) = inspect(self.model).primary_key
        some = select(key).where(self.is_past(now)).limit(CHUNK)
        gone = db.session.execute(
            delete(self.model)
            # Asked again of each row as it is locked: it may have been confirmed since.
            .where(key.in_(some), self.is_past(now))
            .returning(*self.model.__table__.columns)
            .execution_options(synchronize_session=False)
        ).all()
        self.follow(gone)
        return len(gone)


def record_purge(kind: Kind, *, first: bool) -> None:
    """Have the audit trail tell, with the first chunk of them, that rows of supporters go.

    What lives a day or is swept up every few minutes would bury what organisers look for there.
    """
    if first and kind.model in (Signature, Subscription, PublicSigner):
        record_entry(Action.DATA_PURGED, detail={"kind": kind.words})


def _is_old_cap(now: datetime) -> ColumnElement[bool]:
    return MailboxCap.day < now.date()


def _is_old_report(now: datetime) -> ColumnElement[bool]:
    # With an open report would go the button that shows again what was hidden for it.
    hides = [
        exists().where(
            Report.state == ReportState.OPEN,
            Report.part == part,
            model.id == Report.part_id,
            model.campaign_id == Report.campaign_id,
            model.hidden_at.is_not(None),
        )
        for part, model in ((ReportedPart.EVENT, Event), (ReportedPart.UPDATE, Update))
    ]
    hides_all = exists().where(
        Report.state == ReportState.OPEN,
        Campaign.id == Report.campaign_id,
        Campaign.hidden_at.is_not(None),
    )
    return and_(is_old_report(now), ~or_(*hides, hides_all))


def _is_old_bounce(now: datetime) -> ColumnElement[bool]:
    return SoftBounce.last_on < (now - BOUNCES_KEPT).date()


def _is_old_network_count(now: datetime) -> ColumnElement[bool]:
    return NetworkCount.day < now.date()


def _is_old_request(now: datetime) -> ColumnElement[bool]:
    return LinkRequest.expires_at <= now


def _is_old_test(now: datetime) -> ColumnElement[bool]:
    return TestMail.expires_at <= now


def _is_old_change(now: datetime) -> ColumnElement[bool]:
    return AddressChange.expires_at <= now


def _is_old_daily_key(now: datetime) -> ColumnElement[bool]:
    return and_(IndexKey.purpose.in_(DAILY_INDEXES), IndexKey.scope < now.date().isoformat())


def _is_old_delivery(now: datetime) -> ColumnElement[bool]:
    # The times of mail somebody asked for would tell when people signed. Those of updates stay:
    # they say who was told what.
    return and_(
        Delivery.next_at.is_(None),
        Delivery.priority < int(Priority.NEWS),
        Delivery.created_at < now - DELIVERIES_KEPT,
    )


def _long_archived(now: datetime) -> Select[int]:
    return select(Campaign.id).where(Campaign.archived_at <= now - SUPPORTERS_KEPT)


def _late_petitions(now: datetime) -> Select[int]:
    return select(Petition.id).where(Petition.campaign_id.in_(_long_archived(now)))


def _is_late_name(now: datetime) -> ColumnElement[bool]:
    return PublicSigner.petition_id.in_(_late_petitions(now))


def _is_late_signature(now: datetime) -> ColumnElement[bool]:
    return Signature.petition_id.in_(_late_petitions(now))


def _is_late_subscription(now: datetime) -> ColumnElement[bool]:
    return Subscription.campaign_id.in_(_long_archived(now))


def _is_late_index_key(now: datetime) -> ColumnElement[bool]:
    campaigns = _long_archived(now).subquery()
    scopes = select(literal("campaign:") + as_type(campaigns.c.id, Text))
    return and_(IndexKey.purpose.in_(CAMPAIGN_INDEXES), IndexKey.scope.in_(scopes))


def _forget_signatures(gone: Sequence[Row[Any]]) -> None:
    """Keep the count as it was, and show their names no more."""
    cancel_deliveries_of([row.id for row in gone], ABOUT_SIGNATURES)
    confirmed = Counter(row.petition_id for row in gone if row.state == SignatureState.CONFIRMED)
    for petition_id, number in confirmed.items():
        campaign_id = db.session.execute(
            update(Petition)
            .where(Petition.id == petition_id)
            .values(signatures_purged=Petition.signatures_purged + number)
            .returning(Petition.campaign_id)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        touch(db.session.get_one(Campaign, campaign_id))


def _forget_names(gone: Sequence[Row[Any]]) -> None:
    """Have the pages made anew that showed them."""
    petitions = {row.petition_id for row in gone}
    shown_on = select(Campaign).join(Petition, Petition.campaign_id == Campaign.id)
    for campaign in db.session.scalars(shown_on.where(Petition.id.in_(petitions))).all():
        touch(campaign)


def _forget_subscriptions(gone: Sequence[Row[Any]]) -> None:
    cancel_deliveries_of([row.id for row in gone], ABOUT_SUBSCRIPTIONS)


KINDS = (
    Kind("signatures not confirmed in time", Signature, signature_has_expired),
    Kind("signatures whose address does not exist", Signature, is_unreachable),
    Kind("subscriptions not confirmed in time", Subscription, subscription_has_expired),
    Kind("addresses typed to be mailed links", LinkRequest, _is_old_request),
    Kind("addresses typed for test mails", TestMail, _is_old_test),
    Kind("changes of address not confirmed in time", AddressChange, _is_old_change),
    Kind("caps on mail of earlier days", MailboxCap, _is_old_cap),
    Kind("mailboxes that were full for a while", SoftBounce, _is_old_bounce),
    Kind("counts of networks of earlier days", NetworkCount, _is_old_network_count),
    Kind("keys of earlier days", IndexKey, _is_old_daily_key),
    Kind("reports that were decided a while ago", Report, _is_old_report),
    Kind("old records of mail somebody asked for", Delivery, _is_old_delivery),
    Kind("public names of archived campaigns", PublicSigner, _is_late_name, _forget_names),
    Kind("signatures of archived campaigns", Signature, _is_late_signature, _forget_signatures),
    Kind(
        "subscriptions to archived campaigns",
        Subscription,
        _is_late_subscription,
        _forget_subscriptions,
    ),
    # Last: as long as there are rows, their owners can have them erased.
    Kind("index keys of archived campaigns", IndexKey, _is_late_index_key),
)
