"""Mending entries: visitors see what was corrected, and two editors never overwrite each other."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.models import AuditEntry, Organiser
from campaigns.accounts.roles import Role
from campaigns.casefiles.operations import import_case_file
from campaigns.casefiles.queries import export_case_file, stored_case_file
from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.writing import as_json
from campaigns.cases.contents import article_as_written, event_as_written
from campaigns.cases.models import Campaign, Event, Revision
from campaigns.cases.vocabulary import EventKind, NamePolicy
from campaigns.config import current_settings
from campaigns.db import db, utcnow
from tests.dashboard.desk import sign_in
from tests.editing.writing import EVENTS, filled, mend, said, write
from tests.factories import make_article, make_detainee, make_event, make_organiser
from tests.fixtures.auditing import AuditingClient


def only_event() -> Event:
    return db.session.scalars(select(Event).order_by(Event.id)).first()  # type: ignore[return-value]


def second_browser(app: Flask, campaign: Campaign) -> AuditingClient:
    browser = app.test_client()
    assert isinstance(browser, AuditingClient)
    sign_in(browser, make_organiser("bilal", roles={campaign: Role.EDITOR}))
    return browser


def test_what_visitors_have_read_stays_readable_with_the_reason(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    old = event.summary
    refused = mend(client, event.id, summary="Three were arrested.", date="2 March 2024")
    assert refused.status_code == 422
    assert "Say what was corrected, and why" in said(refused)
    assert only_event().summary == old
    answer = client.post(f"{EVENTS}/{event.id}", data=filled(refused, note="It was at night."))
    assert answer.status_code == 303
    page = said(client.get("/campaigns/watched"))
    assert "Three were arrested." in page
    assert "It was at night." in page
    assert old in page
    (correction,) = only_event().corrections
    assert correction.was == {"date": "2024-03-01", "summary": old}
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert (entry.action, entry.detail) == ("event_edited", {"fields": ["date", "summary"]})
    (told,) = client.get("/campaigns/watched/timeline.json").get_json()["events"]
    assert told["corrections"][0]["note"] == "It was at night."


def test_saving_what_was_not_changed_changes_nothing(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    event.learned_at = utcnow()
    db.session.commit()
    version = only_event().version
    assert mend(client, event.id).status_code == 303
    assert only_event().version == version
    assert db.session.scalars(select(Revision)).all() == []


@pytest.mark.parametrize(("age", "changed", "status"), [
    (5, {"summary": "A typo mended."}, 303),
    (5, {"date": "3 March 2024"}, 422),
    (40, {"summary": "A typo mended."}, 422),
    (40, {"learned_at": "2024-03-05T10:00"}, 303),
])  # fmt: skip
@pytest.mark.database("sqlite")
def test_a_typo_mended_at_once_needs_no_reason(
    campaign: Campaign, client: AuditingClient, age: int, changed: dict[str, str], status: int
) -> None:
    event = campaign.events[0]
    event.published_at = utcnow() - timedelta(seconds=age)
    db.session.commit()
    assert mend(client, event.id, **changed).status_code == status
    assert only_event().corrections == []


@pytest.mark.database("sqlite")
def test_a_correction_keeps_no_name_that_may_not_be_read_any_more(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    event.summary, event.place = "Shirin Canaria was taken.", "Lahore"
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    given = {"summary": "She was taken.", "place": "Karachi", "note": "Withdrawn."}
    assert mend(client, event.id, **given).status_code == 303
    (correction,) = only_event().corrections
    assert correction.was == {"place": "Lahore"}


@pytest.mark.database("sqlite")
def test_what_is_public_cannot_be_hidden_by_an_embargo(
    campaign: Campaign, client: AuditingClient
) -> None:
    path = f"{EVENTS}/{campaign.events[0].id}"
    page = client.get(path)
    assert "embargo_until" not in page.text
    form = filled(page) | {"embargo_until": "2199-01-01T10:00"}
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert "Visitors can read it already" in said(answer)


@pytest.mark.database("sqlite")
def test_what_was_retracted_is_not_mended(campaign: Campaign, client: AuditingClient) -> None:
    event = campaign.events[0]
    path, form = f"{EVENTS}/{event.id}", filled(client.get(f"{EVENTS}/{event.id}"))
    event.retracted_on, event.retracted_reason = utcnow().date(), "It was somebody else."
    db.session.commit()
    assert client.get(path).location == f"{path}/history"
    assert client.post(path, data=form | {"summary": "New"}).location == f"{path}/history"
    assert only_event().summary != "New"


def test_a_hearing_that_is_moved_says_from_when(campaign: Campaign, client: AuditingClient) -> None:
    start = (utcnow() + timedelta(days=3)).replace(second=0, microsecond=0)
    hearing = make_event(
        campaign, EventKind.HEARING, start.astimezone(ZoneInfo("Asia/Karachi")).date().isoformat(),
        hearing_starts_at=start, hearing_court="Court", hearing_status="scheduled",
    )  # fmt: skip
    later = (start + timedelta(days=7)).astimezone(ZoneInfo("Asia/Karachi"))
    given = {"hearing_starts_at": f"{later:%Y-%m-%dT%H:%M}", "note": "Moved by the judge."}
    assert mend(client, hearing.id, **given).status_code == 303
    stored = db.session.get_one(Event, hearing.id)
    assert stored.hearing_previous_starts_at == start
    assert stored.date_edtf == later.date().isoformat()
    assert "Moved from" in said(client.get("/campaigns/watched"))


def test_the_second_of_two_editors_sees_both_texts_and_loses_nothing(
    app: Flask, campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    path = f"{EVENTS}/{event.id}"
    bilal = second_browser(app, campaign)
    mine, theirs = filled(client.get(path)), filled(bilal.get(path))
    saved = client.post(path, data=mine | {"summary": "Amina's line.", "note": "Clearer."})
    assert saved.status_code == 303
    sent = theirs | {"summary": "Bilal's line.", "place": "Camp", "note": "Better."}
    answer = bilal.post(path, data=sent)
    assert answer.status_code == 409
    assert answer.text.split("<title>")[1].startswith("Error: Edit an entry")
    words = said(answer)
    assert "Somebody else has changed this meanwhile" in words
    assert "Summary Saved by somebody else Amina's line. Yours Bilal's line." in words
    assert "Place Saved by somebody else nothing Yours Camp" in words
    assert only_event().summary == "Amina's line."
    kept = filled(answer)
    assert (kept["summary"], kept["place"], kept["note"]) == ("Bilal's line.", "Camp", "Better.")
    # Saving now is a decision: both texts were seen.
    assert bilal.post(path, data=kept).status_code == 303
    assert only_event().summary == "Bilal's line."
    assert [it.was["summary"] for it in only_event().corrections][1] == "Amina's line."
    history = said(client.get(f"{path}/history"))
    assert history.index("Changed by bilal") < history.index("Changed by amina")
    assert "Summary Before Amina's line. After Bilal's line." in history


def test_of_two_who_save_at_the_same_moment_one_is_told(
    app: Flask, campaign: Campaign, client: AuditingClient
) -> None:
    """Neither waits for the other to finish reading: the version is checked as it is written."""
    path = f"{EVENTS}/{campaign.events[0].id}"
    browsers = [client, second_browser(app, campaign)]
    forms = [filled(browser.get(path), note="Now.") for browser in browsers]
    ready, answers = Barrier(2), dict[int, int]()
    db.session.commit()

    def save(number: int) -> None:
        sent = forms[number] | {"summary": f"Line {number}."}
        ready.wait()
        with app.app_context():
            answer = browsers[number].post(path, data=sent)
        assert answer.location in (None, EVENTS)
        answers[number] = answer.status_code

    threads = [Thread(target=save, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    assert sorted(answers.values()) == [303, 409]
    winner = next(number for number, status in answers.items() if status == 303)
    assert only_event().summary == f"Line {winner}."
    assert len(db.session.scalars(select(Revision)).all()) == 1


def test_the_history_tells_every_change_in_words(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    other = make_article(campaign, title="They were held", outlet="The Other")
    karim = campaign.detainees[1].id
    changes: list[dict[str, Any]] = [
        {"date": "about March 2024", "detainees": [str(karim)]},
        {"sources__1__article": str(other.id), "sources__1__stance": "contradicts"},
        {"confidence": "possible", "kind": "abducted"},
    ]
    for changed in changes:
        assert mend(client, event.id, note="Known better.", **changed).status_code == 303
    history = said(client.get(f"{EVENTS}/{event.id}/history"))
    for words in (
        "Date Before 1 March 2024 After about March 2024",
        "Whom it concerns Before everybody After Karim Example",
        "The Other: They were held, Contradicts this",
        "Kind Before Arrested After Abducted",
        "How sure it is Before Confirmed After Possible",
    ):
        assert words in history
    assert [it.number for it in db.session.scalars(select(Revision).order_by(Revision.id))] == [
        1,
        2,
        3,
    ]
    organiser = db.session.scalars(select(Organiser).where(Organiser.username == "amina")).one()
    assert {it.organiser_id for it in db.session.scalars(select(Revision))} == {organiser.id}


def test_an_entry_takes_over_no_history_of_one_that_is_gone(
    campaign: Campaign, client: AuditingClient
) -> None:
    assert write(client, accepted="no_source").status_code == 303
    gone = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert gone is not None
    assert mend(client, gone.id, place="Nowhere", note="x").status_code == 303
    old = gone.id
    db.session.delete(db.session.get_one(Event, old))
    db.session.commit()
    assert write(client, summary="Another.", accepted="no_source").status_code == 303
    new = db.session.scalars(select(Event).where(Event.summary == "Another.")).one()
    assert new.id > old
    history = said(client.get(f"{EVENTS}/{new.id}/history"))
    assert "Nowhere" not in history
    assert "Entered by amina" in history


@pytest.mark.database("sqlite")
def test_what_an_update_by_case_file_changes_stands_in_the_history_too(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    path = f"{EVENTS}/{event.id}"
    assert "It came with the case file" in said(client.get(f"{path}/history"))
    opened = filled(client.get(path), summary="Typed meanwhile", note="x")
    case = export_case_file(campaign).replace(event.summary, "From the file.")
    keys = current_settings().keys_path
    import_case_file(read_case_file(case), update=True, keys_folder=keys)
    db.session.commit()
    history = said(client.get(f"{path}/history"))
    assert "Changed by somebody without an account here" in history
    assert "After From the file." in history
    assert client.post(path, data=opened).status_code == 409


@pytest.mark.database("sqlite")
def test_what_is_kept_reads_as_in_a_case_file(campaign: Campaign) -> None:
    event = make_event(
        campaign, EventKind.HEARING, "2024-04-01", detainees=list(reversed(campaign.detainees)),
        sources=list(campaign.articles), hearing_starts_at=utcnow(), hearing_court="Court",
        hearing_status="adjourned", hearing_previous_starts_at=utcnow(), actor_name="Police",
        actor_kind="police", actor_state_link="yes", handover_count=3, handover_to="Ministry",
        translations={"ur": {"summary": "خبر"}, "de": {"summary": "Neues", "text": "x"}},
        learned_at=utcnow(), confidence="likely", by="defence", disclosure="denied",
    )  # fmt: skip
    event.sources[0].note = "Page two"
    db.session.commit()
    zone, case = ZoneInfo(campaign.timezone), stored_case_file(campaign.id)
    campaign = db.session.get_one(Campaign, campaign.id)
    for stored, entry in zip(campaign.events, case.events, strict=True):
        for name, value in event_as_written(stored, zone).items():
            assert value == as_json(getattr(entry, name), zone), name
    for article, report in zip(campaign.articles, case.articles, strict=True):
        for name, value in article_as_written(article, zone).items():
            assert value == as_json(getattr(report, name), zone), name
