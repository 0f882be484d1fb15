"""Every fault of a case file is named, by its ref and field, and all of them at once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.casefiles.errors import MOST_FAULTS, CaseFileErrors
from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.syntax import LARGEST
from tests.casefiles.example import JSON, as_text, full, smallest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MISSING = object()


def faults_of(content: JSON | str | bytes) -> list[str]:
    """The faults of a file, one a line."""
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    with pytest.raises(CaseFileErrors) as raised:
        read_case_file(text, now=NOW)
    return str(raised.value).split("\n")


def changed(*path: str | int, to: Any) -> JSON:
    """The full example with one value replaced, or taken out."""
    content: Any = full()
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    if to is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    result: JSON = content
    return result


def path(text: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in text.split(".")]


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        ("campaign.slug", "Free Amal", "campaign, slug: must be small letters"),
        ("campaign.slug", "free--amal", "campaign, slug: must be small letters"),
        ("campaign.slug", "a" * 81, "campaign, slug: has 81 characters: shorten it to 80"),
        ("campaign.title", "", "campaign, title: is empty"),
        ("campaign.title", " \u00a0", "campaign, title: is empty"),
        ("campaign.title", 7, "campaign, title: must be a text"),
        ("campaign.title", None, "campaign, title: must not be null"),
        ("campaign.title", MISSING, "campaign, title: is missing"),
        ("campaign.title", "a\nb", "campaign, title: holds a line end"),
        ("campaign.title", "a\x00b", "campaign, title: holds the sign U+0000"),
        ("campaign.title", "a\ud800", "campaign, title: holds the sign U+D800"),
        ("campaign.body", "a\x1bb", "campaign, body: holds the sign U+001B"),
        ("campaign.body", "x" * 100_001, "campaign, body: has 100001 characters"),
        ("campaign.country", "pk", "campaign, country: “pk” is no country"),
        ("campaign.country", "ZZ", "campaign, country: “ZZ” is no country"),
        ("campaign.timezone", "Karachi", "campaign, timezone: “Karachi” is no time zone"),
        ("campaign.timezone", "../etc", "campaign, timezone: “../etc” is no time zone"),
        ("campaign.locale", "urdu", "campaign, locale: “urdu” is no language"),
        ("campaign.locale", "zz", "campaign, locale: “zz” is no language"),
        ("campaign.mode", "secret", "campaign, mode: “secret” is none of: standard, high_risk"),
        ("campaign.state", "public", "campaign, state: “public” is none of: draft, published"),
        ("campaign.state", "closed", "campaign, closed_on: is missing"),
        ("campaign.state", "archived", "campaign, closed_on: is missing"),
        ("campaign.closed_on", "2024-01-01", "campaign, closed_on: stands in a campaign that is"),
        ("campaign.colour", "red", "campaign, colour: “red” is none of: vermilion"),
        ("campaign.run_by", "Friends", "campaign, run_by: must be an object"),
        ("campaign.run_by.contact", "friends", "campaign, run_by, contact: must be a mail address"),
        ("campaign.run_by.url", "/us", "campaign, run_by, url: must be a web address"),
        ("campaign.tags", "printers", "campaign, tags: must be a list"),
        ("campaign.tags", ["a", 1], "campaign, tags 2: must be a text"),
        ("campaign.tags", ["a", "a"], "campaign, tags: “a” stands twice"),
        ("campaign.slogan", "Now", "campaign: “slogan” is no field of it"),
        ("campaign.translations.xx", {}, "campaign, translations “xx”: “xx” is no language"),
        ("campaign.translations.ur.body", MISSING, "campaign, translations “ur”, body: is missing"),
        ("campaign.translations", [], "campaign, translations: must be an object"),
        ("detainees.0.ref", "a b", "detainee no. 1, ref: must be letters"),
        ("detainees.1.ref", "amal", "detainee amal, ref: stands twice"),
        ("detainees.0.name", "Amal\u202eX", "detainee amal, name: holds the sign U+202E"),
        ("detainees.0.name_policy", "secret", "detainee amal, name_policy: “secret” is none of"),
        ("detainees.0.consent", MISSING, "detainee amal, consent: is missing: a full name"),
        ("detainees.0.consent.article", MISSING, "detainee amal, consent, article: is missing"),
        ("detainees.0.consent.article", "times", "detainee amal, consent, article: there is no ar"),
        ("detainees.0.consent.by", "police", "detainee amal, consent, by: “police” is none of"),
        ("detainees.0.consent.on", "2027-01-01", "detainee amal, consent, on: lies in the future"),
        ("detainees.0.consent.on", "20240110", "detainee amal, consent, on: must be a day"),
        ("detainees.0.proceedings", ["1", "1"], "detainee amal, proceedings: “1” stands twice"),
        ("detainees.0.confirmed.1.on", "2024-02-30", "detainee amal, confirmed 2, on: There is no"),
        ("detainees.0.confirmed.1.on", "2027-01-01", "detainee amal, confirmed 2, on: lies in the"),
        ("articles.0.url", "ftp://example.org", "article gazette, url: must be a web address"),
        ("articles.0.url", "javascript:alert(1)", "article gazette, url: must be a web address"),
        ("articles.0.url", "https://[::1", "article gazette, url: must be a web address"),
        ("articles.0.url", "https://a b.org/", "article gazette, url: must be a web address"),
        ("articles.0.url", "https://u:p@example.org/", "article gazette, url: must be a web addre"),
        ("articles.0.url", "https://x.org/" + "a" * 2000, "article gazette, url: has 2014 charact"),
        ("articles.0.language", "klingon", "article gazette, language: “klingon” is no language"),
        ("articles.0.published", "5/1/2024", "article gazette, published: Write the date as"),
        ("articles.0.archived_at", "2024-01-05T10:00", "article gazette, archived_at: must be a t"),
        (
            "articles.0.archived_at",
            "2024-01-05T25:00Z",
            "article gazette, archived_at: There is no",
        ),
        ("articles.0.archived_at", "0001-01-01T00:00Z", "article gazette, archived_at: must be a "),
        ("articles.0.kind", "blog", "article gazette, kind: “blog” is none of: family"),
        ("articles.1.translation_of", "times", "article gazette-ur, translation_of: there is no a"),
        ("articles.0.translation_of", "gazette-ur", "article gazette, translation_of: leads back"),
        ("articles.0.translation_of", "gazette", "article gazette, translation_of: leads back"),
        ("events.0.kind", "kidnapped", "event arrest, kind: “kidnapped” is none of: missing"),
        ("events.0.date", "2024-02-30", "event arrest, date: There is no such day"),
        ("events.0.date", "2024-02-02/2024-02-01", "event arrest, date: The range ends before"),
        ("events.0.date", "2026-03-03", "event arrest, date: lies in the future"),
        ("events.0.detainees", [], "event arrest, detainees: names nobody"),
        ("events.0.detainees", "amal", "event arrest, detainees: must be a list"),
        ("events.0.detainees", ["nobody"], "event arrest, detainees: there is no detainee “nobody"),
        ("events.0.detainees", ["amal", "amal"], "event arrest, detainees: names amal twice"),
        ("events.0.proceeding", "99/2024", "event arrest, proceeding: “99/2024” is not among"),
        ("events.0.disclosure", "open", "event arrest, disclosure: “open” is none of"),
        ("events.0.actor.state_link", "maybe", "event arrest, actor, state_link: “maybe” is none"),
        ("events.0.actor.state_link", MISSING, "event arrest, actor, state_link: is missing"),
        ("events.0.confidence", "sure", "event arrest, confidence: “sure” is none of: confirmed"),
        ("events.0.summary", "", "event arrest, summary: is empty"),
        ("events.0.by", "judge", "event arrest, by: “judge” is none of: prosecution"),
        ("events.0.sources.1.article", "x", "event arrest, sources 2, article: there is no artic"),
        ("events.0.sources.0.stance", "says", "event arrest, sources 1, stance: “says” is none"),
        ("events.0.sources.0.page", "3", "event arrest, sources 1: “page” is no field of it"),
        ("events.0.embargo_until", "tomorrow", "event arrest, embargo_until: must be a time with"),
        ("events.0.published_at", "2024-01-01", "event arrest, published_at: must be a time with"),
        ("events.1.retracted.reason", MISSING, "event rumour, retracted, reason: is missing"),
        ("events.1.retracted.on", "2027-01-01", "event rumour, retracted, on: lies in the future"),
        ("events.0.corrections.0.was", {}, "event arrest, corrections 1, was: must name the field"),
        ("events.0.corrections.0.was", {"ref": "a"}, "event arrest, corrections 1, was: “ref” is"),
        ("events.0.corrections.0.was", {"date": "x"}, "event arrest, corrections 1, was, date: Wr"),
        ("events.0.corrections.0.was", {"date": None}, "event arrest, corrections 1, was, date: m"),
        ("events.0.corrections.0.was", {"detainees": ["x"]}, "event arrest, corrections 1, was, d"),
        (
            "events.0.corrections.0.was",
            {"sources": [{"article": "x", "stance": "supports"}]},
            "event arrest, corrections 1, was, sources 1, article: there is no article",
        ),
        ("events.0.corrections.0.on", "2027-01-01", "event arrest, corrections 1, on: lies in th"),
        ("events.0.hearing", {"court": "x"}, "event arrest, hearing, starts_at: is missing"),
        ("events.3.hearing.starts_at", MISSING, "event hearing, hearing, starts_at: is missing"),
        ("events.3.hearing.status", "done", "event hearing, hearing, status: “done” is none of"),
        ("events.3.kind", "charged", "event hearing, hearing: belongs to the kind hearing"),
        ("events.4.kind", "protest", "event handover, handover: belongs to the kind petition_han"),
        ("events.4.handover.count", -1, "event handover, handover, count: must be a whole number"),
        ("events.4.handover.count", True, "event handover, handover, count: must be a whole numb"),
        (
            "events.4.handover.at_least",
            "yes",
            "event handover, handover, at_least: must be true",
        ),
        (
            "events.4.handover.at_least",
            1,
            "event handover, handover, at_least: must be true",
        ),
        ("events.4.handover.count", 6.0, "event handover, handover, count: must be a whole numb"),
        ("events.4.handover.count", 10**10, "event handover, handover, count: must be a whole nu"),
        ("events.0.translations.en", {"summary": "x"}, "event arrest, translations “en”: is the l"),
        ("petition.goals", [100, 100], "petition, goals: must rise"),
        ("petition.goals", [0, 100], "petition, goals: must rise"),
        ("petition.goals", ["100"], "petition, goals 1: must be a whole number"),
        ("petition.closes", "2023-01-01", "petition, closes: lies before"),
        ("petition.handover_names", "all", "petition, handover_names: “all” is none of: none, tic"),
        ("petition.state", "lost", "petition, state: “lost” is none of: open"),
        ("petition.paper.0.count", -3, "petition, paper 1, count: must be a whole number"),
        ("petition.paper.0.note", MISSING, "petition, paper 1, note: is missing"),
        ("petition.paper.0.on", "2027-01-01", "petition, paper 1, on: lies in the future"),
        ("petition.text", MISSING, "petition, text: is missing"),
        ("petition", [], "petition: must be an object"),
        ("events", {}, "events: must be a list"),
        ("events.1", 3, "event no. 2: must be an object"),
        ("campaign", MISSING, "case file: “campaign” is missing"),
        ("events", MISSING, "case file: “events” is missing"),
        ("format", "solidarity-campaign/2", "format: must be “solidarity-campaign/1”"),
        ("format", MISSING, "format: must be “solidarity-campaign/1”"),
        ("signatures", [], "case file: “signatures” is no field of it"),
    ],
)
def test_a_fault_is_named_by_its_ref_and_field(where: str, value: Any, fault: str) -> None:
    faults = faults_of(changed(*path(where), to=value))
    assert any(line.startswith(fault) for line in faults), faults


def test_every_fault_of_a_file_is_named_at_once_and_none_that_only_follows_from_another() -> None:
    content = full()
    content["campaign"]["country"] = "Pakistan"
    content["detainees"][0]["name_policy"] = "open"
    content["articles"][0]["url"] = "gazette"
    content["events"][0]["sources"][0]["stance"] = "backs"
    content["events"][4]["date"] = "2024-99-01"
    content["petition"]["goals"] = [5, 4]
    places = [fault.split(": ")[0] for fault in faults_of(content)]
    assert places == [
        "campaign, country",
        "detainee amal, name_policy",
        "article gazette, url",
        "event arrest, sources 1, stance",
        "event handover, date",
        "petition, goals",
    ]


def test_a_campaign_closed_on_a_day_to_come_is_a_fault() -> None:
    content = changed("campaign", "state", to="closed")
    content["campaign"]["closed_on"] = "2026-03-03"
    assert faults_of(content) == ["campaign, closed_on: lies in the future: correct the day."]


def test_today_is_a_day_of_the_zone_of_the_campaign() -> None:
    content = changed("events", 0, "date", to="2026-03-02")
    late = datetime(2026, 3, 1, 20, tzinfo=UTC)
    assert read_case_file(json.dumps(content), now=late).events[0].date == "2026-03-02"
    assert faults_of(content) == ["event arrest, date: lies in the future: only a hearing can."]


def test_an_event_that_may_have_happened_already_is_no_fault() -> None:
    content = changed("events", 0, "date", to="2026-02-27/2026-03-09")
    assert read_case_file(json.dumps(content), now=NOW).events[0].date == "2026-02-27/2026-03-09"


def test_a_name_may_be_published_in_full_in_a_draft_before_its_basis_is_recorded() -> None:
    content = changed("detainees", 0, "consent", to=MISSING)
    content["campaign"]["state"] = "draft"
    assert read_case_file(json.dumps(content), now=NOW).detainees[0].consent is None


def test_an_event_names_any_proceeding_when_none_is_on_record() -> None:
    content = changed("detainees", 0, "proceedings", to=[])
    assert read_case_file(json.dumps(content), now=NOW).events[2].proceeding == "12/2024"


def test_null_and_an_empty_text_leave_out_what_is_optional() -> None:
    content = changed("events", 0, "text", to="")
    content["events"][0]["place"] = None
    event = read_case_file(json.dumps(content), now=NOW).events[0]
    assert (event.text, event.place) == (None, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "case file: is not JSON at line 1, column 1"),
        ('{"format":\n nope}', "case file: is not JSON at line 2, column 2"),
        (b'{"format":\n "\xff"}', "case file: is not UTF-8 at line 2"),
        ("[]", "case file: must be one object"),
        ("null", "case file: must be one object"),
        ('{"format": NaN}', "case file: holds something that is no JSON number"),
        ('{"format": 1' + "0" * 5000 + "}", "case file: holds something that is no JSON number"),
        ("[" * 200_000, "case file: has objects and lists nested far too deeply"),
        ('{"a":' * 200_000, "case file: has objects and lists nested far too deeply"),
    ],
    ids=range(9),
)
def test_what_cannot_be_read_at_all_is_one_clear_fault(text: str | bytes, fault: str) -> None:
    (only,) = faults_of(text)
    assert only.startswith(fault)


def test_a_file_that_is_too_large_is_one_clear_fault() -> None:
    assert faults_of(b" " * (LARGEST + 1)) == [
        "case file: is larger than 20 MB: split the campaign."
    ]


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_case_file(b"\xef\xbb\xbf" + as_text(smallest()).encode()).campaign.slug


def test_a_field_that_stands_twice_is_named_with_the_ref_of_its_object() -> None:
    text = as_text(full()).replace('"place": "Karachi"', '"place": "Karachi",\n"place": "Multan"')
    assert faults_of(text) == ["“arrest”: the field “place” stands twice in one object: keep one."]


def test_what_is_repeated_of_a_file_cannot_steer_a_terminal() -> None:
    content = changed("campaign", "state", to="\x1b[2J" + "x" * 500)
    content["\x1b]0;title\x07"] = 1
    for fault in faults_of(content):
        assert fault.isprintable()
        assert len(fault) < 200


def test_a_file_with_endless_faults_is_told_to_begin_with_the_first() -> None:
    content = smallest() | {"events": [1] * 100_000}
    faults = faults_of(content)
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].startswith(f"case file: has more than {MOST_FAULTS} faults")
