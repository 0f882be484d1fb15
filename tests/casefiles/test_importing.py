"""A case file comes in whole or not at all, and goes out as it came in."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event, insert, select

from campaigns.casefiles.errors import CampaignDiffers, CaseFileErrors, ImportedMeanwhile
from campaigns.casefiles.operations import Outcome, import_case_file
from campaigns.casefiles.queries import stored_case_file
from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.writing import write_case_file
from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.petitions.queries import count_signatures, petition_of
from campaigns.vault.addresses import RULES
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import IndexPurpose, current_keyring
from campaigns.vault.models import KeyHolder
from tests.casefiles.conftest import Import, counted_rows, exported
from tests.casefiles.example import as_text, full, smallest
from tests.casefiles.strategies import case_files
from tests.factories import make_signature, make_subscription

TAKEN = {
    "slug": "free-amal",
    "title": "Somebody else's",
    "timezone": "UTC",
    "locale": "en",
    "run_by_name": "Others",
    "run_by_contact": "others@example.org",
}


def test_a_file_with_everything_in_it_is_exported_as_it_was_imported(take_in: Import) -> None:
    assert take_in(full()).outcome == Outcome.CREATED
    assert exported() == as_text(full())


def test_the_smallest_file_comes_in_and_goes_out(take_in: Import) -> None:
    take_in(smallest())
    assert exported() == as_text(smallest())


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=case_files())
def test_export_import_into_an_empty_instance_export_gives_the_same_bytes(
    app: Flask, settings: Settings, content: dict[str, Any]
) -> None:
    def through_an_empty_instance(text: str) -> str:
        case = read_case_file(text)
        result = import_case_file(case, update=False, keys_folder=settings.keys_path)
        stored = write_case_file(stored_case_file(result.campaign.id))
        db.session.rollback()
        return stored

    first = through_an_empty_instance(json.dumps(content))
    assert through_an_empty_instance(first) == first


def test_importing_the_same_file_twice_changes_nothing(take_in: Import) -> None:
    content = full()
    del content["events"][1]["published_at"]
    campaign = take_in(content).campaign
    before, rows, version = exported(), counted_rows(), campaign.version
    for update in (False, True):
        assert take_in(content, update=update).outcome == Outcome.UNCHANGED
    assert (exported(), counted_rows(), campaign.version) == (before, rows, version)


def test_an_event_without_a_time_of_publication_is_published_by_the_import(
    take_in: Import,
) -> None:
    content = full()
    del content["events"][0]["published_at"]
    first = take_in(content).campaign.events[0]
    assert timedelta(0) <= utcnow() - first.published_at < timedelta(minutes=1)


def test_a_campaign_is_published_when_it_is_imported_and_a_draft_is_not(take_in: Import) -> None:
    published = take_in(full()).campaign
    assert published.published_at is not None
    content = smallest()
    content["campaign"]["slug"] = "a-draft"
    assert take_in(content).campaign.published_at is None


@pytest.mark.database("postgresql")  # SQLite lets nobody else write meanwhile
def test_two_imports_of_a_new_campaign_at_once_make_one_of_it(take_in: Import) -> None:
    def import_elsewhere(*_: object) -> None:
        with db.engine.begin() as other:
            other.execute(insert(Campaign).values(**TAKEN))

    event.listen(db.session, "before_flush", import_elsewhere, once=True)
    with pytest.raises(ImportedMeanwhile, match="free-amal was made by somebody else"):
        take_in(full())
    assert db.session.scalars(select(Campaign.title)).all() == ["Somebody else's"]


def test_a_file_that_differs_from_the_stored_campaign_is_refused_without_update(
    take_in: Import,
) -> None:
    take_in(full())
    before = exported()
    content = full()
    content["events"][0]["summary"] = "Three printers are arrested."
    content["campaign"]["demand"] = "Release them."
    with pytest.raises(CampaignDiffers, match=r"free-amal.*campaign, demand; event arrest, summ"):
        take_in(content)
    assert exported() == before


def test_nothing_is_stored_when_there_is_a_fault(take_in: Import) -> None:
    rows = counted_rows()
    content = full()
    content["petition"]["goals"] = [2, 1]
    with pytest.raises(CaseFileErrors):
        take_in(content)
    assert counted_rows() == rows


def test_nothing_is_stored_when_there_is_nobody_to_keep_the_key(take_in: Import) -> None:
    for holder in db.session.scalars(select(KeyHolder)):
        db.session.delete(holder)
    db.session.commit()
    rows = counted_rows()
    with pytest.raises(KeyMissing):
        take_in(full())
    assert counted_rows() == rows


def test_an_import_makes_the_keys_of_the_campaign(take_in: Import) -> None:
    campaign = take_in(full()).campaign
    keyring = current_keyring()
    assert keyring.campaign(campaign.id)
    assert keyring.index(IndexPurpose.SIGNATURES, f"campaign:{campaign.id}", "a@example.org")


def test_an_imported_petition_counts_paper_and_can_be_signed(take_in: Import) -> None:
    petition = petition_of(take_in(full()).campaign.id)
    assert petition is not None
    assert petition.address_rules == RULES
    assert count_signatures(petition.id) == (0, 12)


def test_supporters_are_never_in_a_case_file(take_in: Import) -> None:
    campaign = take_in(full()).campaign
    before = exported()
    petition = petition_of(campaign.id)
    assert petition is not None
    make_signature(petition, "somebody@example.org", name="Some Body")
    make_subscription(campaign, "other@example.org")
    assert exported() == before


def test_what_is_hidden_from_visitors_is_kept_too(take_in: Import) -> None:
    content = full()
    content["campaign"]["state"] = "removed"
    take_in(content)
    assert exported() == as_text(content)


def test_campaigns_do_not_touch_each_other(take_in: Import) -> None:
    take_in(full())
    other = full()
    other["campaign"]["slug"] = "another"
    take_in(other)
    assert exported() == as_text(full())
    assert exported("another") == as_text(other)
    assert len(db.session.scalars(select(Campaign)).all()) == 2
