"""A case file that brings another petition text keeps the one that was signed."""

from sqlalchemy import select

from campaigns.casefiles.operations import Outcome
from campaigns.db import db
from campaigns.petitions.models import EarlierText
from campaigns.petitions.queries import petition_of
from tests.casefiles.conftest import Import
from tests.casefiles.example import full
from tests.factories import make_signature


def test_an_update_of_a_signed_text_makes_a_new_version(take_in: Import) -> None:
    content = full()
    # Nothing that was counted on paper either.
    content["petition"]["paper"] = []
    campaign = take_in(content).campaign
    petition = petition_of(campaign.id)
    assert petition is not None
    before = petition.text
    content["petition"]["text"] = "Nobody has signed this one yet."
    assert take_in(content, update=True).outcome == Outcome.UPDATED
    assert petition.text_version == 1
    make_signature(petition)
    content["petition"]["text"] = before
    assert take_in(content, update=True).outcome == Outcome.UPDATED
    assert petition.text_version == 2
    (kept,) = db.session.scalars(select(EarlierText))
    assert (kept.text, kept.signed) == ("Nobody has signed this one yet.", 1)
