"""Short ways to tell what happened to somebody, for tests of the status."""

from datetime import date
from typing import Any

from campaigns.cases.dates import parse_edtf
from campaigns.cases.status import Status, StatusEvent, derive_status
from campaigns.cases.vocabulary import EventKind

TODAY = date(2026, 11, 23)

Entry = str | tuple[str, dict[str, Any]]
# "kind date", with further facts beside it where there are any.


def event(number: int, kind: str, when: str = "", **facts: Any) -> StatusEvent:
    """The event of that number: its id and its place in the order entered."""
    learned = facts.pop("learned_on", None)
    return StatusEvent(
        id=number,
        entered=number,
        kind=EventKind(kind),
        date=parse_edtf(when),
        learned_on=date.fromisoformat(learned) if learned else None,
        **facts,
    )


def story(*entries: Entry) -> list[StatusEvent]:
    """Events entered in this order."""
    events = []
    for number, entry in enumerate(entries, start=1):
        told, facts = (entry, {}) if isinstance(entry, str) else entry
        kind, _, when = told.partition(" ")
        events.append(event(number, kind, when, **facts))
    return events


def status(*entries: Entry, **asked: Any) -> Status:
    """The status after these events, today unless `as_of` says otherwise."""
    days = {name: date.fromisoformat(day) for name, day in asked.items() if name != "proceedings"}
    days = {"as_of": days.get("today", TODAY), "today": TODAY, **days}
    return derive_status(
        story(*entries),
        as_of=days["as_of"],
        today=days["today"],
        closed_on=days.get("closed_on"),
        proceedings=asked.get("proceedings", ()),
    )
