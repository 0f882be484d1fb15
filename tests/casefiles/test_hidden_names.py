"""A name that is not to be published may stand nowhere in what a file publishes."""

import json
from typing import Any

import pytest

from campaigns.casefiles.errors import CaseFileErrors
from campaigns.casefiles.reading import read_case_file
from tests.casefiles.example import full
from tests.casefiles.test_reading import changed, path

SLIP = "They took Samir Qadri at night"


@pytest.mark.parametrize(
    ("where", "text", "place"),
    [
        ("campaign.slug", "free-samir-qadri", "campaign, slug"),
        ("campaign.slug", "freesamirqadri", "campaign, slug"),
        ("campaign.title", SLIP, "campaign, title"),
        ("campaign.summary", SLIP, "campaign, summary"),
        ("campaign.body", f"One.\n\n{SLIP}", "campaign, body"),
        ("campaign.demand", SLIP, "campaign, demand"),
        ("campaign.tags", ["samir qadri"], "campaign, tags 1"),
        ("campaign.translations.ur.title", SLIP, "campaign, translations, ur, title"),
        ("detainees.0.proceedings.1", "State v. Samir Qadri", "detainee amal, proceedings 2"),
        ("articles.1.ref", "samir-qadri-taken", "article samir-qadri-taken, ref"),
        ("articles.0.title", SLIP, "article gazette, title"),
        ("articles.0.excerpt", SLIP, "article gazette, excerpt"),
        ("articles.0.url", "https://example.org/samir-qadri", "article gazette, url"),
        ("events.2.ref", "samir-qadri-appeal", "event samir-qadri-appeal, ref"),
        ("events.0.summary", SLIP, "event arrest, summary"),
        ("events.0.text", SLIP, "event arrest, text"),
        ("events.0.place", "House of Samir Qadri", "event arrest, place"),
        ("events.0.actor.name", "Samir Qadri", "event arrest, actor, name"),
        ("events.0.sources.1.note", SLIP, "event arrest, sources 2, note"),
        ("events.0.corrections.0.note", SLIP, "event arrest, corrections 1, note"),
        (
            "events.0.corrections.0.was",
            {"summary": SLIP},
            "event arrest, corrections 1, was, summary",
        ),
        ("events.0.translations.ur.summary", SLIP, "event arrest, translations, ur, summary"),
        ("events.1.retracted.reason", SLIP, "event rumour, retracted, reason"),
        ("events.3.hearing.court", SLIP, "event hearing, hearing, court"),
        ("events.4.handover.reply", SLIP, "event handover, handover, reply"),
        ("petition.title", SLIP, "petition, title"),
        ("petition.text", SLIP, "petition, text"),
        ("petition.addressee", SLIP, "petition, addressee"),
        ("petition.translations.ur.text", SLIP, "petition, translations, ur, text"),
    ],
)
def test_a_withheld_name_in_a_public_text_is_a_fault_that_does_not_repeat_it(
    where: str, text: Any, place: str
) -> None:
    content = changed(*path(where), to=text)
    if where == "articles.1.ref":
        content["events"][0]["sources"].pop()
    with pytest.raises(CaseFileErrors) as raised:
        read_case_file(json.dumps(content))
    (fault,) = raised.value.faults
    assert fault.place == place
    assert "holds the name of somebody" in fault.what
    assert "Samir" not in fault.what


@pytest.mark.parametrize(
    "spelling",
    ["SAMIR QADRI", "Samír Qádri", "Samir\u200b Qadri", "Sa\u00admir Qadri", "Samir   Qadri’s"],
)
def test_a_name_is_found_whatever_its_case_accents_and_hidden_signs(spelling: str) -> None:
    with pytest.raises(CaseFileErrors, match="event arrest, summary"):
        read_case_file(json.dumps(changed("events", 0, "summary", to=f"{spelling} is held")))


def test_a_romanised_name_and_one_shown_by_initials_are_looked_for_too() -> None:
    content = full()
    content["detainees"][1] |= {
        "name": "سمیر قادری", "name_romanised": "Samir Qadri", "name_policy": "initials",
    }  # fmt: skip
    for text in ("Samir Qadri is held", "سمیر قادری گرفتار", "سَمِير قادري"):
        content["events"][0]["summary"] = text
        with pytest.raises(CaseFileErrors, match="event arrest, summary"):
            read_case_file(json.dumps(content))


def test_a_name_of_one_word_parts_of_names_and_full_names_are_not_looked_for() -> None:
    content = full()
    content["detainees"][1]["name"] = "Samir"
    content["events"][0]["summary"] = "Amal Rahman and Samir are held."
    assert read_case_file(json.dumps(content)).events[0].summary
    content["detainees"][1]["name"] = "Samir Qadri"
    content["events"][0]["summary"] = "Samir Khan, Asamir Qadriya and Qadri are free."
    assert read_case_file(json.dumps(content)).events[0].summary


def test_the_ref_of_a_detainee_may_hold_the_name_for_it_is_not_shown() -> None:
    content = full()
    content["detainees"][1]["ref"] = "samir-qadri"
    content["events"][0]["detainees"] = ["samir-qadri"]
    content["events"][0]["corrections"][0]["was"]["detainees"] = ["samir-qadri"]
    assert read_case_file(json.dumps(content)).detainees[1].ref == "samir-qadri"
