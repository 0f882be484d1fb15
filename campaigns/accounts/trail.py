"""Reading the audit trail: newest first, narrowed to what somebody looks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select

from campaigns.accounts.models import AuditEntry, CampaignRole
from campaigns.db import db

PAGE_LENGTH = 50
CHUNK = 500
ORGANISER = "organiser:"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What to look for in the trail; None asks for nothing. Days are in UTC, both included."""

    action: str | None = None
    organiser_id: int | None = None
    campaign_id: int | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what has to hold for an entry."""
        if self.action is not None:
            yield AuditEntry.action == self.action
        if self.organiser_id is not None:
            yield AuditEntry.organiser_id == self.organiser_id
        if self.campaign_id is not None:
            yield AuditEntry.campaign_id == self.campaign_id
        if self.since is not None:
            yield AuditEntry.at >= _midnight(self.since)
        if self.until is not None and self.until < date.max:
            yield AuditEntry.at < _midnight(self.until + timedelta(days=1))


def entries(narrowed: Narrowed, page: int = 1) -> Sequence[AuditEntry]:
    """Return the entries of a page, and one more when another page follows."""
    return db.session.scalars(
        select(AuditEntry)
        .where(*narrowed.conditions())
        .order_by(AuditEntry.number.desc())
        .limit(PAGE_LENGTH + 1)
        .offset((page - 1) * PAGE_LENGTH)
    ).all()


def every_entry(narrowed: Narrowed) -> Iterator[AuditEntry]:
    """Yield all entries, newest first, read in pieces so that memory does not grow."""
    below: int | None = None
    while True:
        query = select(AuditEntry).where(*narrowed.conditions())
        if below is not None:
            query = query.where(AuditEntry.number < below)
        found = db.session.scalars(query.order_by(AuditEntry.number.desc()).limit(CHUNK)).all()
        yield from found
        if len(found) < CHUNK:
            return
        below = found[-1].number
        db.session.expunge_all()


def organisers_in(campaign_id: int) -> set[int]:
    """Return who has a role in a campaign, or did something in it, or was done something to."""
    members = select(CampaignRole.organiser_id).where(CampaignRole.campaign_id == campaign_id)
    acted = (
        select(AuditEntry.organiser_id)
        .where(AuditEntry.campaign_id == campaign_id, AuditEntry.organiser_id.is_not(None))
        .distinct()
    )
    concerned = (
        select(AuditEntry.about)
        .where(AuditEntry.campaign_id == campaign_id, AuditEntry.about.startswith(ORGANISER))
        .distinct()
    )
    numbers = (it.removeprefix(ORGANISER) for it in db.session.scalars(concerned) if it)
    return {
        *db.session.scalars(members),
        *(it for it in db.session.scalars(acted) if it is not None),
        *(int(number) for number in numbers if number.isdigit()),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
