"""The history of each part of a case: who changed it, when, and what it said before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select

from campaigns.cases.models import Revision
from campaigns.cases.vocabulary import RevisedPart
from campaigns.db import db


def record_made(
    what: RevisedPart, object_id: int, *, campaign_id: int, organiser_id: int | None
) -> Revision:
    """Begin the history of something that has just been made."""
    return record_revision(
        what, object_id, campaign_id=campaign_id, organiser_id=organiser_id, was={}
    )


def record_revision(
    what: RevisedPart,
    object_id: int,
    *,
    campaign_id: int,
    organiser_id: int | None,
    was: Mapping[str, Any],
) -> Revision:
    """Keep how the changed fields of a part of a case read before, fit for JSON.

    Call it in the transaction that changes them, after the change is flushed: the row that was
    changed keeps two from taking the same number.
    """
    last = db.session.scalar(
        select(func.max(Revision.number)).where(
            Revision.what == what, Revision.object_id == object_id
        )
    )
    revision = Revision(
        what=what,
        object_id=object_id,
        number=(last or 0) + 1,
        campaign_id=campaign_id,
        organiser_id=organiser_id,
        was=dict(was),
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def forget_revisions(what: RevisedPart, object_id: int) -> None:
    """Take a history out altogether, with what it tells of."""
    db.session.execute(
        delete(Revision).where(Revision.what == what, Revision.object_id == object_id)
    )
