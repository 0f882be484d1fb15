"""What a signer agreed to is kept by version: the page says what the newest version says."""

from html import unescape

import pytest
from sqlalchemy import select

from campaigns.db import db
from campaigns.petitions.consent import CONSENT_VERSION, WORDINGS
from campaigns.petitions.models import Signature
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient


# The same page whatever the database.
@pytest.mark.database("sqlite")
def test_the_page_asks_in_the_words_that_are_kept(client: AuditingClient) -> None:
    campaign = make_campaign()
    petition = make_petition(campaign)
    page = unescape(client.get(f"/campaigns/{campaign.slug}").get_data(as_text=True))
    words = dict(WORDINGS[CONSENT_VERSION])
    assert max(WORDINGS) == CONSENT_VERSION
    for sentence in (
        *words.pop("sign").split(". ", 1),
        *(it.format(addressee=petition.addressee) for it in words.values()),
    ):
        assert sentence.rstrip(".") in page
    client.post(
        f"/campaigns/{campaign.slug}/sign", data={"name": "Amal", "email": "amal@example.org"}
    )
    assert db.session.scalars(select(Signature.consent_version)).one() == CONSENT_VERSION
