"""Telling that something mailed before was wrong to exactly those who were mailed it."""

from campaigns.db import db
from campaigns.updates.correction_queries import unnoticed_corrections
from campaigns.updates.models import CorrectionNotice


def open_notices() -> None:
    """Have a notice for each update whose entry was retracted or corrected since."""
    for campaign_id, update_id, number in unnoticed_corrections():
        db.session.add(
            CorrectionNotice(campaign_id=campaign_id, update_id=update_id, number=number)
        )
    db.session.flush()
