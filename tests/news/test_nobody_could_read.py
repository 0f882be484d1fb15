"""What nobody could read is not let go on, and its page says why."""

import pytest

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.updates.removal import take_down
from tests.factories import make_update
from tests.fixtures.auditing import AuditingClient
from tests.news.pages import UPDATES, press, words_of


@pytest.mark.database("sqlite")
def test_nothing_goes_on_while_the_campaign_is_taken_down(
    campaign: Campaign, client: AuditingClient
) -> None:
    page = f"{UPDATES}/{make_update(campaign).id}"
    press(client, page, "pause")
    take_down(campaign)
    db.session.commit()
    press(client, page, "resume")
    words = words_of(client.get(page))
    assert "Publish the campaign first: subscribers could not read it." in words
    assert "Paused" in words
