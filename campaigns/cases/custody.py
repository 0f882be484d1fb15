"""Custody and place, folded from events in the order of `evidence.fold_order`."""

from collections.abc import Iterable
from typing import NamedTuple

from campaigns.cases.dates import PartialDate
from campaigns.cases.days import Point
from campaigns.cases.evidence import StatusEvent, Weighed
from campaigns.cases.vocabulary import Custody, Disclosure, EventKind

HELD = frozenset(
    {
        Custody.ABDUCTED,
        Custody.FORCIBLY_DISAPPEARED,
        Custody.DETAINED,
        Custody.POLICE_CUSTODY,
        Custody.JUDICIAL_CUSTODY,
        Custody.ADMINISTRATIVE_DETENTION,
        Custody.IMPRISONED,
        Custody.HOUSE_ARREST,
    }
)
FREE = frozenset(
    {
        Custody.RELEASED_ON_BAIL,
        Custody.RELEASED_CONDITIONAL,
        Custody.RELEASED,
        Custody.ESCAPED,
        Custody.EXILED,
    }
)
DEAD = frozenset({Custody.DIED_IN_CUSTODY, Custody.DIED})

CUSTODY_AFTER = {
    EventKind.MISSING: Custody.MISSING,
    EventKind.ABDUCTED: Custody.ABDUCTED,
    EventKind.FORCIBLY_DISAPPEARED: Custody.FORCIBLY_DISAPPEARED,
    EventKind.ARRESTED: Custody.POLICE_CUSTODY,
    EventKind.DETAINED: Custody.DETAINED,
    EventKind.CUSTODY_ACKNOWLEDGED: Custody.DETAINED,
    EventKind.REMANDED_POLICE: Custody.POLICE_CUSTODY,
    EventKind.REMANDED_JUDICIAL: Custody.JUDICIAL_CUSTODY,
    EventKind.ADMINISTRATIVE_DETENTION: Custody.ADMINISTRATIVE_DETENTION,
    EventKind.IMPRISONED: Custody.IMPRISONED,
    EventKind.HOUSE_ARREST: Custody.HOUSE_ARREST,
    EventKind.RELEASED_ON_BAIL: Custody.RELEASED_ON_BAIL,
    EventKind.RELEASED_CONDITIONALLY: Custody.RELEASED_CONDITIONAL,
    EventKind.RELEASED: Custody.RELEASED,
    EventKind.ESCAPED: Custody.ESCAPED,
    EventKind.EXILED: Custody.EXILED,
    EventKind.DIED_IN_CUSTODY: Custody.DIED_IN_CUSTODY,
    EventKind.DIED: Custody.DIED,
}

UNKNOWN_WHERE = frozenset({Custody.MISSING, Custody.ABDUCTED, Custody.FORCIBLY_DISAPPEARED})
# The place of an event that leads there is where somebody was last seen, not where they are held.


class CustodyStatus(NamedTuple):
    """In whose hands somebody is, and since when, with the ids of the events that say so."""

    value: Custody = Custody.UNKNOWN
    since: PartialDate | None = None
    evidence: int | None = None
    spell_since: PartialDate | None = None
    # The start of the whole spell in custody; None when not held.
    spell_evidence: int | None = None


class Place(NamedTuple):
    """Where somebody is held as far as it is known, and what the authority says of it."""

    text: str | None = None
    disclosure: Disclosure | None = None
    # None when no event says.
    evidence: int | None = None
    since: PartialDate | None = None


NOWHERE = Place()
NOT_KNOWN = CustodyStatus()


def fold_custody(events: Iterable[Weighed]) -> tuple[CustodyStatus, list[Point]]:
    """The custody after the last event, and the points from which days are counted.

    A value that is reported again keeps its first date. A step from one held value to another goes
    on with the same spell. Somebody missing is at no point of the count, unless it ends a spell:
    nobody knows whether they were held by then.
    """
    value = Custody.UNKNOWN
    shown_by = spell_by = None
    held = False
    points: list[Point] = []
    for weighed in events:
        after = CUSTODY_AFTER.get(weighed.event.kind)
        if after is None:
            continue
        held_before, held = held, after in HELD
        if held or (points and (held_before or after is not Custody.MISSING)):
            points.append((held, weighed))
        if after is not value:
            value, shown_by = after, weighed.event
        if held and not held_before:
            spell_by = weighed.event
    if shown_by is None:
        return NOT_KNOWN, points
    if not held or spell_by is None:
        return CustodyStatus(value, shown_by.date, shown_by.id), points
    return CustodyStatus(value, shown_by.date, shown_by.id, spell_by.date, spell_by.id), points


def fold_place(events: Iterable[Weighed]) -> Place:
    """Where somebody is held after the last event, and what the authority says of it.

    Both stand until an event says otherwise, or custody ends. A transfer changes the place even
    when nobody knows where to; an abduction or a disappearance makes it unknown; a denial changes
    only what the authority says.
    """
    place = NOWHERE
    for weighed in events:
        event = weighed.event
        after = CUSTODY_AFTER.get(event.kind)
        if after is None:
            place = _moved_or_denied(place, event)
        elif after in FREE or after in DEAD:
            place = NOWHERE
        elif after in UNKNOWN_WHERE:
            place = Place(None, event.disclosure or place.disclosure, event.id, event.date)
        elif event.place is not None:
            place = Place(event.place, _disclosure(event), event.id, event.date)
        elif event.disclosure is not None:
            place = Place(place.text, event.disclosure, event.id, event.date)
        elif event.kind is EventKind.CUSTODY_ACKNOWLEDGED:
            # An authority that admits to holding somebody and names no place withholds it.
            place = Place(place.text, Disclosure.WITHHELD, event.id, event.date)
    return place


def _moved_or_denied(place: Place, event: StatusEvent) -> Place:
    if event.kind is EventKind.TRANSFERRED:
        return Place(event.place, _disclosure(event), event.id, event.date)
    if event.kind is EventKind.CUSTODY_DENIED:
        return Place(place.text, Disclosure.DENIED, event.id, event.date)
    return place


def _disclosure(event: StatusEvent) -> Disclosure | None:
    if event.disclosure is None and event.place is not None:
        return Disclosure.DISCLOSED
    return event.disclosure
