"""Saying that a status is still true."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from campaigns.cases.models import Campaign, Confirmation, Detainee
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import SourceKind
from campaigns.db import db


def confirm_status(
    campaign: Campaign, detainees: Collection[Detainee], source_kind: SourceKind | None = None
) -> int:
    """Note that the status of some detainees is still true today (in the campaign's zone).

    Once a day for each of them: a second time notes nothing but who says so, which the first may
    have said by mistake. Returns of how many there is something new on the page.
    """
    # Locked: of two taps at once the second finds what the first has noted.
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    today = campaign.today
    changed = sum(_confirm(detainee, today, source_kind) for detainee in detainees)
    if changed:
        touch(campaign)
    return changed


def _confirm(detainee: Detainee, today: date, source_kind: SourceKind | None) -> bool:
    known = db.session.scalar(
        select(Confirmation)
        .where(Confirmation.detainee_id == detainee.id, Confirmation.on == today)
        .order_by(Confirmation.position.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if known is not None:
        if known.source_kind == source_kind:
            return False
        known.source_kind = source_kind
        return True
    last = db.session.scalar(
        select(func.max(Confirmation.position)).where(Confirmation.detainee_id == detainee.id)
    )
    db.session.add(
        Confirmation(
            detainee_id=detainee.id, position=(last or 0) + 1, on=today, source_kind=source_kind
        )
    )
    return True
