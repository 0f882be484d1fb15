"""Telling that something mailed before was wrong to exactly those who were mailed it."""

from campaigns.db import db
from campaigns.mail.runs import pause_run, resume_run
from campaigns.updates.correction_queries import (
    notices_of,
    notices_to_send,
    unnoticed_corrections,
)
from campaigns.updates.digest_runs import recall_digests
from campaigns.updates.models import CORRECTION, CorrectionNotice, Update


def open_one_notice() -> bool:
    """Have a notice for an update whose entry was retracted or corrected since; False without one.

    What workers hold of digests that tell it is composed anew.
    """
    for campaign_id, update_id, number in unnoticed_corrections():
        recall_digests(db.session.get_one(Update, update_id))
        db.session.add(
            CorrectionNotice(campaign_id=campaign_id, update_id=update_id, number=number)
        )
        db.session.flush()
        return True
    return False


def settle_notices(update: Update) -> None:
    """Let the notices of an update rest while visitors do not see it or its entry, or go on."""
    notices = notices_of(update.id)
    shown = notices_to_send(notices)
    for notice_id in notices:
        if notice_id in shown:
            resume_run(CORRECTION, notice_id)
        else:
            pause_run(CORRECTION, notice_id)
