"""An update applies what differs, keeps what visitors read, and takes nothing back."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from campaigns.casefiles.errors import CaseFileErrors
from campaigns.casefiles.operations import Outcome
from campaigns.casefiles.revisions import NOTE
from campaigns.cases.models import Campaign, Confirmation
from campaigns.cases.vocabulary import Mode
from campaigns.db import db, utcnow
from campaigns.petitions.queries import count_signatures, goals_reached, petition_of
from campaigns.updates.models import Subscription
from campaigns.updates.operations import publish_update
from tests.casefiles.conftest import Import, exported
from tests.casefiles.example import JSON, as_text, full
from tests.factories import (
    make_campaign,
    make_event,
    make_signature,
    make_subscription,
    make_update,
)

NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
TODAY = "2026-03-02"
# In Karachi it is tomorrow already.


@pytest.fixture
def campaign(take_in: Import) -> Campaign:
    return take_in(full()).campaign


def faults_of_update(take_in: Import, content: JSON) -> list[str]:
    before = exported()
    with pytest.raises(CaseFileErrors) as raised:
        take_in(content, update=True)
    assert exported() == before
    return str(raised.value).split("\n")


def update_at_noon(take_in: Import, content: JSON) -> Outcome:
    with time_machine.travel(NOW):
        return take_in(content, update=True).outcome


def test_a_changed_entry_that_visitors_have_read_keeps_how_it_read(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][0] |= {"date": "2024-01-02", "place": "Lahore"}
    del content["events"][0]["actor"]
    assert update_at_noon(take_in, content) == Outcome.UPDATED
    content["events"][0]["corrections"].append(
        {
            "on": TODAY,
            "note": NOTE,
            "was": {
                "date": "2024-01-01/2024-01-03",
                "place": "Karachi",
                "actor": full()["events"][0]["actor"],
            },
        }
    )
    assert exported() == as_text(content)


def test_the_same_update_again_changes_nothing(campaign: Campaign, take_in: Import) -> None:
    content = full()
    content["events"][0]["summary"] = "Three printers are arrested."
    update_at_noon(take_in, content)
    before, version = exported(), campaign.version
    assert take_in(content, update=True).outcome == Outcome.UNCHANGED
    assert take_in(content).outcome == Outcome.UNCHANGED
    assert take_in(json.loads(before)).outcome == Outcome.UNCHANGED
    assert (exported(), campaign.version) == (before, version)


def test_a_correction_in_the_file_stands_for_ours_where_it_gives_the_old_content(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][0] |= {"date": "2024-01-02", "place": "Lahore"}
    own = {"on": "2024-01-09", "note": "The court says so.", "was": {}}
    own["was"] = {"date": "2024-01-01/2024-01-03", "place": "Quetta"}
    content["events"][0]["corrections"].append(own)
    update_at_noon(take_in, content)
    ours = {"on": TODAY, "note": NOTE, "was": {"place": "Karachi"}}
    content["events"][0]["corrections"].append(ours)
    assert exported() == as_text(content)
    assert take_in(content).outcome == Outcome.UNCHANGED


def test_corrections_and_confirmations_recorded_since_are_kept(
    campaign: Campaign, take_in: Import
) -> None:
    position = len(campaign.detainees[0].confirmations) + 1
    campaign.detainees[0].confirmations.append(Confirmation(on=date(2024, 5, 1), position=position))
    db.session.commit()
    content = full()
    del content["events"][0]["corrections"]
    assert take_in(content).outcome == Outcome.UNCHANGED
    content["detainees"][0]["confirmed"] = [{"on": "2024-06-01"}]
    take_in(content, update=True)
    expected = full()
    expected["detainees"][0]["confirmed"] += [{"on": "2024-05-01"}, {"on": "2024-06-01"}]
    assert exported() == as_text(expected)


@pytest.mark.parametrize("hidden", ["draft", "embargoed", "not published yet"])
def test_what_no_visitor_has_read_is_changed_without_a_correction(
    take_in: Import, hidden: str
) -> None:
    content = full()
    if hidden == "draft":
        content["campaign"]["state"] = "draft"
    elif hidden == "embargoed":
        content["events"][0]["embargo_until"] = "2199-01-01T00:00:00+05:00"
    else:
        content["events"][0]["published_at"] = "2199-01-01T00:00:00+05:00"
    take_in(content)
    content["events"][0]["summary"] = "Three printers are arrested."
    take_in(content, update=True)
    assert (
        json.loads(exported())["events"][0]["corrections"] == (full()["events"][0]["corrections"])
    )


def test_what_visitors_do_not_see_of_an_entry_changes_without_a_correction(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][0]["learned_at"] = "2024-01-05T00:00:00+05:00"
    content["events"][0]["published_at"] = "2024-01-05T00:00:00+05:00"
    content["events"][0]["detainees"].reverse()
    take_in(content, update=True)
    content["events"][0]["detainees"].reverse()
    assert exported() == as_text(content)


def test_everything_else_is_changed_in_its_place_and_rows_stay(
    campaign: Campaign, take_in: Import
) -> None:
    before = _rows(campaign)
    petition = petition_of(campaign.id)
    assert petition is not None
    make_signature(petition)
    version = campaign.version
    content = full()
    content["campaign"] |= {"title": "Free Amal", "tags": [], "colour": "ochre"}
    del content["campaign"]["translations"]
    content["detainees"][0]["proceedings"] = ["12/2024"]
    content["articles"][1] |= {"title": "Arrest", "translation_of": None}
    content["articles"].append(
        {"ref": "third", "title": "Third", "outlet": "Times", "language": "en"}
    )
    content["events"][0]["sources"] = [
        {"article": "third", "stance": "mentions"},
        *content["events"][0]["sources"],
    ]
    content["petition"] |= {"title": "Free her", "goals": [1000]}
    content["petition"]["paper"] = [
        {"on": "2024-02-02", "count": 13, "note": "Market"},
        {"on": "2024-02-03", "count": 1, "note": "School"},
    ]
    assert take_in(content, update=True).outcome == Outcome.UPDATED
    assert before < _rows(campaign)
    assert campaign.version == version + 1
    assert count_signatures(petition.id) == (1, 14)
    stored = json.loads(exported())
    del content["articles"][1]["translation_of"]
    stored["events"][0].pop("corrections")
    content["events"][0].pop("corrections")
    assert stored == content


def test_entries_take_the_order_of_the_file_without_seeming_changed(
    campaign: Campaign, take_in: Import
) -> None:
    changed_at = {event.ref: event.updated_at for event in campaign.events}
    content = full()
    content["events"].insert(0, content["events"].pop())
    content["detainees"].reverse()
    content["articles"].reverse()
    for event in content["events"]:
        if event["ref"] == "arrest":
            event["detainees"].reverse()
    take_in(content, update=True)
    assert exported() == as_text(content)
    db.session.expire_all()
    assert {event.ref: event.updated_at for event in campaign.events} == changed_at


def test_a_new_entry_takes_its_place_in_the_order(campaign: Campaign, take_in: Import) -> None:
    content = full()
    new = {
        "ref": "vigil",
        "kind": "protest",
        "date": "2024-02-01",
        "detainees": "all",
        "summary": "A vigil.",
        "sources": [],
        "published_at": "2024-02-02T12:00:00+05:00",
    }
    content["events"].insert(1, new)
    take_in(content, update=True)
    assert exported() == as_text(content)


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("detainees", "detainee hidden-one: is stored and missing in this file"),
        ("articles", "article gazette-ur: is stored and missing in this file"),
        ("events", "event handover: is stored and missing in this file"),
        ("petition", "petition: is stored and missing in this file"),
        ("paper", "petition, paper 1: is stored and missing in this file"),
        ("retracted", "event rumour, retracted: is missing: the event was retracted"),
    ],
)
def test_an_update_takes_nothing_back(
    campaign: Campaign, take_in: Import, part: str, fault: str
) -> None:
    content = full()
    if part == "detainees":
        content["events"][0]["detainees"] = ["amal"]
    if part == "articles":
        content["events"][0]["sources"].pop()
    if part == "petition":
        del content["petition"]
    elif part == "paper":
        content["petition"]["paper"].pop()
    elif part == "retracted":
        del content["events"][1]["retracted"]
    else:
        content[part].pop()
    assert any(line.startswith(fault) for line in faults_of_update(take_in, content))


def test_an_entry_posted_on_the_site_meanwhile_is_not_lost(
    campaign: Campaign, take_in: Import
) -> None:
    posted = make_event(campaign, ref="posted")
    content = full()
    content["campaign"]["title"] = "Free Amal"
    (fault,) = faults_of_update(take_in, content)
    assert fault.startswith(f"event {posted.ref}: is stored and missing")


def test_retracting_through_a_file_is_no_correction(campaign: Campaign, take_in: Import) -> None:
    content = full()
    content["events"][0]["retracted"] = {"on": "2024-02-02", "reason": "It was another."}
    take_in(content, update=True)
    assert json.loads(exported()) == content


def test_a_name_withdrawn_by_an_update_is_not_kept_in_a_correction(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][0]["summary"] = "Amal Rahman and another are arrested."
    take_in(content, update=True)
    content = json.loads(exported())
    content["detainees"][0]["name_policy"] = "initials"
    content["events"][0] |= {"summary": "Two are arrested.", "place": "Lahore"}
    take_in(content, update=True)
    (_old, _first, last) = json.loads(exported())["events"][0]["corrections"]
    assert last["was"] == {"place": "Karachi"}


def test_a_name_that_stands_in_a_kept_correction_cannot_be_withdrawn_by_an_update(
    take_in: Import,
) -> None:
    content: Any = full()
    content["events"][0]["corrections"][0]["was"] = {"summary": "Amal Rahman is arrested."}
    take_in(content)
    content["detainees"][0]["name_policy"] = "initials"
    del content["events"][0]["corrections"]
    (fault,) = faults_of_update(take_in, content)
    assert fault.startswith("event arrest, corrections 1, was, summary: holds the name")


def test_high_risk_is_for_good(campaign: Campaign, take_in: Import) -> None:
    content = full()
    content["campaign"]["mode"] = "standard"
    assert faults_of_update(take_in, content) == [
        "campaign, mode: is high_risk for good: what it destroyed is not there."
    ]


def test_an_update_to_high_risk_destroys_addresses_and_subscriptions(take_in: Import) -> None:
    content = full()
    content["campaign"]["mode"] = "standard"
    campaign = take_in(content).campaign
    petition = petition_of(campaign.id)
    assert petition is not None
    signature = make_signature(petition, updates=True, hand_over=True)
    make_subscription(campaign)
    content["campaign"]["mode"] = "high_risk"
    assert take_in(content, update=True).outcome == Outcome.UPDATED
    assert campaign.mode == Mode.HIGH_RISK
    assert (signature.sealed_address, signature.updates, signature.hand_over) == (
        None,
        False,
        False,
    )
    assert db.session.scalars(select(Subscription)).all() == []


def test_archiving_is_noted_with_its_moment_and_reopening_forgets_it(take_in: Import) -> None:
    content = full()
    content["campaign"] |= {"state": "archived", "closed_on": "2026-02-01"}
    with time_machine.travel(NOW, tick=False):
        campaign = take_in(content).campaign
    content["campaign"]["title"] = "Another title"
    take_in(content, update=True)
    assert campaign.archived_at == NOW
    content["campaign"]["state"] = "closed"
    reopened = take_in(content, update=True).campaign
    assert reopened.archived_at is None
    assert "archived_at" not in json.loads(exported())["campaign"]


def test_a_draft_is_published_by_an_update_and_keeps_its_day(take_in: Import) -> None:
    content = full()
    days = []
    for state in ("draft", "published", "closed"):
        content["campaign"]["state"] = state
        if state == "closed":
            content["campaign"]["closed_on"] = "2024-06-01"
        days.append(take_in(content, update=True).campaign.published_at)
    assert days[0] is None
    assert days[1] is not None
    assert days[2] == days[1]


def test_a_name_that_stands_in_stored_news_cannot_be_withheld_unsaid(
    campaign: Campaign, take_in: Import
) -> None:
    publish_update(campaign, title="She is well", text="A letter came.")
    titled = make_update(campaign, title="Amal Rahman is well")
    told = make_update(
        campaign,
        text="**Amal** Rahman writes.",
        translations={"ur": {"title": "خط", "text": "امل رحمان کا خط"}},
        published_at=utcnow() + timedelta(days=1),
    )
    other = make_campaign()
    make_update(other, title="Amal Rahman is well")
    content = full()
    for policy in ("withheld", "initials"):
        content["detainees"][0]["name_policy"] = policy
        faults = faults_of_update(take_in, content)
        places = [fault.split(":")[0] for fault in faults]
        assert places == [
            f"update {titled.id}, title",
            f"update {told.id}, text",
            f"update {told.id}, translations, ur, text",
        ]
        assert "Rahman" not in "".join(faults)


def test_a_name_that_stands_in_no_news_can_be_withheld(campaign: Campaign, take_in: Import) -> None:
    publish_update(campaign, title="She is well", text="A letter came.")
    content = full()
    content["detainees"][0]["name_policy"] = "withheld"
    assert update_at_noon(take_in, content) == Outcome.UPDATED


def _rows(campaign: Campaign) -> set[tuple[str, int]]:
    return {
        *((row.ref, row.id) for row in campaign.detainees),
        *((row.ref, row.id) for row in campaign.articles),
        *((row.ref, row.id) for row in campaign.events),
    }


def test_goals_follow_the_ladder_and_the_paper_of_the_file(
    campaign: Campaign, take_in: Import
) -> None:
    case, petition = full(), petition_of(campaign.id)
    assert petition is not None
    assert goals_reached(petition.id) == set()
    case["petition"]["paper"].append({"on": "2024-05-01", "count": 108, "note": "In town"})
    take_in(case, update=True)
    assert goals_reached(petition.id) == {100}
    case["petition"]["goals"] = [110, 120, 122]
    take_in(case, update=True)
    assert goals_reached(petition.id) == {100, 110, 120}
    make_signature(petition)
    assert goals_reached(petition.id) == {100, 110, 120}
    make_signature(petition)
    assert goals_reached(petition.id) == {100, 110, 120, 122}
    assert exported() == as_text(case)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"status": "scheduled"}, ""),
        ({"starts_at": "2199-02-01T09:00:00+05:00"}, ""),
        ({"status": "cancelled", "court": "High Court"}, NOTE),
        ({"previous_starts_at": "2198-11-01T09:00:00+05:00"}, NOTE),
    ],
)
@pytest.mark.database("sqlite")
def test_a_hearing_that_went_on_was_not_wrong(
    campaign: Campaign, take_in: Import, changed: JSON, note: str
) -> None:
    content = full()
    hearing = next(it for it in content["events"] if it["ref"] == "hearing")
    before = dict(hearing["hearing"])
    hearing["hearing"] |= changed
    if "starts_at" in changed:
        hearing["date"] = "2199-02-01"
    assert update_at_noon(take_in, content) == Outcome.UPDATED
    stored = next(it for it in json.loads(exported())["events"] if it["ref"] == "hearing")
    (correction,) = stored["corrections"]
    assert (correction["on"], correction["note"]) == (TODAY, note)
    assert correction["was"]["hearing"] == before
    # What was exported says so to the next installation, and changes nothing here.
    with time_machine.travel(NOW):
        assert take_in(exported(), update=True).outcome == Outcome.UNCHANGED


@pytest.mark.database("sqlite")
def test_a_translation_that_a_file_adds_is_no_correction(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][1]["translations"] = {"ur": {"summary": "ایک افواہ۔"}}
    assert update_at_noon(take_in, content) == Outcome.UPDATED
    assert exported() == as_text(content)
    content["events"][1]["translations"] = {"ur": {"summary": "صرف ایک افواہ۔"}}
    assert update_at_noon(take_in, content) == Outcome.UPDATED
    (correction,) = json.loads(exported())["events"][1]["corrections"]
    assert correction["was"] == {"translations": {"ur": {"summary": "ایک افواہ۔"}}}


@pytest.mark.database("sqlite")
def test_only_of_a_hearing_can_it_be_left_open_why_an_entry_changed(
    campaign: Campaign, take_in: Import
) -> None:
    content = full()
    content["events"][0]["corrections"].append({"on": TODAY, "note": "", "was": {"place": None}})
    with time_machine.travel(NOW):
        (fault,) = faults_of_update(take_in, content)
    assert "note: is empty: fill it in, unless only a hearing went on." in fault
