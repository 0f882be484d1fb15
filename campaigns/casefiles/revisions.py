"""Comparing a case file with what is stored, and what an update leaves on record.

An import takes nothing back. What a file leaves to the installation is kept (when an event was
published, that it is hidden), what was recorded since is kept (corrections, confirmations), and
what the file lacks altogether is a fault. Where visitors have read an event that the file changes,
a correction keeps how it read, so that an update is a revision in the open; where a hearing only
went on, nothing was wrong, and it has no note. A correction the file itself brings takes the place
of ours for the fields whose old content it gives rightly.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from campaigns.casefiles.document import (
    EVERYONE,
    ArticleEntry,
    CaseFile,
    CorrectionEntry,
    DetaineeEntry,
    EventEntry,
)
from campaigns.casefiles.errors import Faults
from campaigns.casefiles.exposure import hidden_names, texts_in
from campaigns.casefiles.reading import WHAT_HAPPENED
from campaigns.casefiles.writing import as_json
from campaigns.cases.contents import taken_from_readers
from campaigns.cases.hearings import is_step
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import Mode

NOTE = "Changed by an update of the case file."
REMOVES_NOTHING = "is stored and missing in this file: an update removes nothing, so add it."

Entry = DetaineeEntry | ArticleEntry | EventEntry
E = TypeVar("E", DetaineeEntry, ArticleEntry, EventEntry)


def fill_in(case: CaseFile, stored: CaseFile) -> CaseFile:
    """Return a file with what it leaves to the installation, as far as that is on record."""

    def detainee(given: DetaineeEntry, known: DetaineeEntry) -> DetaineeEntry:
        return replace(given, confirmed=_joined(known.confirmed, given.confirmed))

    def event(given: EventEntry, known: EventEntry) -> EventEntry:
        return replace(
            given,
            published_at=given.published_at or known.published_at,
            # An older file does not show again what has been hidden since.
            hidden_at=given.hidden_at or known.hidden_at,
            corrections=_joined(known.corrections, given.corrections),
        )

    return replace(
        case,
        detainees=_with_known(case.detainees, stored.detainees, detainee),
        events=_with_known(case.events, stored.events, event),
    )


def check_nothing_is_taken_back(case: CaseFile, stored: CaseFile, faults: Faults) -> None:
    """Note everything that is stored and that an update with this file would remove."""
    pairs: list[tuple[str, Sequence[Entry], Sequence[Entry]]] = [
        ("detainee", case.detainees, stored.detainees),
        ("article", case.articles, stored.articles),
        ("event", case.events, stored.events),
    ]
    for noun, given, known in pairs:
        refs = {entry.ref for entry in given}
        for entry in known:
            if entry.ref not in refs:
                faults.add(f"{noun} {entry.ref}", REMOVES_NOTHING)
    if stored.campaign.mode == Mode.HIGH_RISK != case.campaign.mode:
        faults.add("campaign, mode", "is high_risk for good: what it destroyed is not there.")
    retracted = {event.ref for event in stored.events if event.retracted}
    for event in case.events:
        if event.ref in retracted and event.retracted is None:
            faults.add(
                f"event {event.ref}, retracted",
                "is missing: the event was retracted, and an update takes no retraction back.",
            )
    if stored.petition and not case.petition:
        faults.add("petition", REMOVES_NOTHING)
    elif stored.petition and case.petition:
        for number in range(len(case.petition.paper), len(stored.petition.paper)):
            faults.add(f"petition, paper {number + 1}", REMOVES_NOTHING)


def with_revisions(
    case: CaseFile, stored: CaseFile, *, seen: Collection[str], today: date
) -> CaseFile:
    """Return a filled-in file with a correction for each event in `seen` that it changes.

    What holds a name that is no longer to be published is left out of what a correction keeps.
    """
    finder, zone = hidden_names(case.detainees), ZoneInfo(stored.campaign.timezone)

    def event(given: EventEntry, known: EventEntry) -> EventEntry:
        now = as_json(given, zone)
        was = taken_from_readers(_how_it_read(given, known, zone), now.get("translations", {}))
        was = {name: old for name, old in was.items() if not _names(old, finder)}
        if given.ref not in seen or not was:
            return given
        note = "" if is_step(was, now) else NOTE
        correction = CorrectionEntry(on=today, note=note, was=was)
        return replace(given, corrections=(*given.corrections, correction))

    return replace(case, events=_with_known(case.events, stored.events, event))


def differing_places(case: CaseFile, stored: CaseFile) -> list[str]:
    """Name what differs between a filled-in file and what is stored."""
    places = [f"campaign, {name}" for name in _differing(case.campaign, stored.campaign)]
    pairs: list[tuple[str, Sequence[Entry], Sequence[Entry]]] = [
        ("detainee", case.detainees, stored.detainees),
        ("article", case.articles, stored.articles),
        ("event", case.events, stored.events),
    ]
    for noun, given, known in pairs:
        by_ref = {entry.ref: entry for entry in known}
        refs = {entry.ref for entry in given}
        for entry in given:
            before = by_ref.get(entry.ref)
            names = _differing(entry, before) if before else ["new"]
            places += [f"{noun} {entry.ref}, {name}" for name in names]
        places += [f"{noun} {entry.ref}, missing" for entry in known if entry.ref not in refs]
        if [entry.ref for entry in given] != [entry.ref for entry in known]:
            places.append(f"order of the {noun}s")
    if case.petition != stored.petition:
        both = case.petition and stored.petition
        names = _differing(case.petition, stored.petition) if both else ["new or missing"]
        places += [f"petition, {name}" for name in names]
    return places


def changed_refs(case: CaseFile, stored: CaseFile) -> set[str]:
    """Return the refs of events that are new or not as they are stored."""
    known = {event.ref: event for event in stored.events}
    return {
        event.ref
        for event in case.events
        if event.ref not in known or _changed_fields(event, known[event.ref])
    }


def _how_it_read(given: EventEntry, known: EventEntry, zone: ZoneInfo) -> dict[str, Any]:
    """The old content of each changed field that no new correction of the file gives."""
    told = [correction.was for correction in given.corrections[len(known.corrections) :]]
    was = {}
    changed = _changed_fields(given, known)
    for name in WHAT_HAPPENED:
        if name not in changed:
            continue
        old = as_json(getattr(known, name), zone)
        if not any(name in other and other[name] == old for other in told):
            was[name] = old
    return was


def _changed_fields(given: EventEntry, known: EventEntry) -> set[str]:
    """The fields that differ; people are named in the campaign's order, which may have changed."""
    names = set(_differing(given, known))
    if EVERYONE not in (given.detainees, known.detainees):
        names -= {"detainees"} if set(given.detainees) == set(known.detainees) else set()
    return names


def _names(old: Any, finder: NameFinder) -> bool:
    return any(finder.stands_in(text) for _place, _name, text in texts_in(old, ""))


def _joined(known: tuple[Any, ...], given: tuple[Any, ...]) -> tuple[Any, ...]:
    return known + tuple(item for item in given if item not in known)


def _with_known(
    given: tuple[E, ...], known: tuple[E, ...], change: Callable[[E, E], E]
) -> tuple[E, ...]:
    by_ref = {entry.ref: entry for entry in known}
    return tuple(
        change(entry, by_ref[entry.ref]) if entry.ref in by_ref else entry for entry in given
    )


def _differing(given: Any, known: Any) -> list[str]:
    return [
        field.name
        for field in fields(given)
        if getattr(given, field.name) != getattr(known, field.name)
    ]
