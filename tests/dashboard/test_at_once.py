"""Two taps in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from campaigns.cases.confirming import confirm_status
from campaigns.cases.models import Campaign, Confirmation
from campaigns.db import db
from tests.factories import make_campaign, make_detainee

TAPS = 4


def test_many_taps_at_once_confirm_once(app: Flask) -> None:
    campaign = make_campaign()
    make_detainee(campaign)
    campaign_id = campaign.id
    db.session.rollback()
    together = Barrier(TAPS)

    def tap(_number: int) -> int:
        with app.app_context():
            together.wait(timeout=20)
            found = db.session.get_one(Campaign, campaign_id)
            changed = confirm_status(found, found.detainees)
            db.session.commit()
            return changed

    with ThreadPoolExecutor(TAPS) as threads:
        assert sorted(threads.map(tap, range(TAPS))) == [0] * (TAPS - 1) + [1]
    assert db.session.scalar(select(func.count()).select_from(Confirmation)) == 1
