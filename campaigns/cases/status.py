"""The status of detainees, never stored but derived from dated events, as of any day.

The events given are those that are public and not retracted. Nothing here forces an order of
things: somebody may be acquitted before they are charged, or released twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from campaigns.cases.conditions import (
    BEGUN_BY,
    DEATHS,
    ENDED_BY,
    ConditionInterval,
    fold_conditions,
)
from campaigns.cases.custody import (
    CUSTODY_AFTER,
    DEAD,
    FREE,
    HELD,
    CustodyStatus,
    Place,
    fold_custody,
    fold_place,
)
from campaigns.cases.days import DayRange, DaysHeld, days_held
from campaigns.cases.evidence import (
    Moment,
    StatusEvent,
    Weighed,
    Weight,
    fold_order,
    moment,
    weigh,
)
from campaigns.cases.proceedings import (
    BAIL_AFTER,
    ENDS,
    GOES_ON,
    LEGAL_AFTER,
    OVER,
    WAYS_OUT,
    BailStanding,
    LegalStanding,
    fold_bail,
    fold_legal,
    proceeding_labels,
)
from campaigns.cases.vocabulary import (
    BailStatus,
    Condition,
    Custody,
    EventKind,
    LegalStatus,
)

__all__ = [
    "BailStanding",
    "ConditionInterval",
    "CustodyStatus",
    "DayRange",
    "DaysHeld",
    "LegalStanding",
    "Place",
    "Status",
    "StatusEvent",
    "Totals",
    "count_totals",
    "counts",
    "derive_status",
    "derive_statuses",
    "events_about",
]

_COUNTS = Weight.COUNTS
_CUSTODY, _LEGAL, _BAIL, _CONDITIONS = _AXES = range(4)
_CHANGES: tuple[tuple[int, Iterable[EventKind]], ...] = (
    (_CUSTODY, (*CUSTODY_AFTER, EventKind.TRANSFERRED, EventKind.CUSTODY_DENIED)),
    (_LEGAL, LEGAL_AFTER),
    (_BAIL, (*BAIL_AFTER, *ENDS, *WAYS_OUT)),
    (_CONDITIONS, (*BEGUN_BY, *ENDED_BY, *DEATHS)),
)
AXES_CHANGED = {
    kind: tuple(axis for axis, kinds in _CHANGES if kind in kinds)
    for kind in EventKind
    if any(kind in kinds for _, kinds in _CHANGES)
}
# What each kind changes. Only these take part in the fold: a protest could do no more there than
# disturb the order in which the others are taken.


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one detainee on a day."""

    as_of: date
    # The day it stands for: the one asked for, the closing day or today, whichever is first.
    custody: CustodyStatus
    legal: tuple[LegalStanding, ...]
    bail: tuple[BailStanding, ...]
    conditions: tuple[ConditionInterval, ...]
    # Those that go on.
    past_conditions: tuple[ConditionInterval, ...]
    place: Place
    days: DaysHeld
    sources_differ: bool
    # Whether a source contradicts any event that counts.
    unconfirmed: tuple[int, ...]
    # Ids of events reported with too little confidence to change anything.
    undecided: tuple[int, ...]
    # Ids of events that may or may not have happened by that day.

    @property
    def held(self) -> bool:
        """Whether somebody is in anybody's custody: the days count."""
        return self.custody.value in HELD

    @property
    def free(self) -> bool:
        """Whether somebody is out of custody and alive: released, on bail, escaped or exiled."""
        return self.custody.value in FREE

    @property
    def dead(self) -> bool:
        """Whether somebody has died, in custody or not."""
        return self.custody.value in DEAD

    @property
    def case_goes_on(self) -> bool:
        """Whether any proceeding is still open."""
        return any(it.status in GOES_ON for it in self.legal)

    @property
    def conviction_stands(self) -> bool:
        """Whether there is a conviction, its sentence neither served nor pardoned."""
        return any(it.status is LegalStatus.CONVICTED for it in self.legal)

    @property
    def at_liberty(self) -> bool:
        """Whether somebody was released, and as far as is known nothing is held against them."""
        released = self.custody.value is Custody.RELEASED
        return released and not self.case_goes_on and not self.conviction_stands

    @property
    def current_bail(self) -> tuple[BailStanding, ...]:
        """What is to be told of bail as it stands: nothing that is over, or that custody tells."""
        on_bail = self.custody.value is Custody.RELEASED_ON_BAIL
        over = {it.proceeding for it in self.legal if it.status in OVER}
        if self.dead or (self.free and not on_bail) or len(over) == len(self.legal):
            return ()
        told = {BailStatus.APPLIED, BailStatus.DENIED, BailStatus.CANCELLED}
        if not on_bail:
            told.add(BailStatus.GRANTED_NOT_EXECUTED)
        return tuple(
            it
            for it in self.bail
            if it.status in told and not it.overtaken and it.proceeding not in over
        )

    @property
    def current_conditions(self) -> tuple[Condition, ...]:
        """The conditions that go on, in the order in which they began."""
        return tuple(interval.condition for interval in self.conditions)


@dataclass(frozen=True, slots=True)
class Totals:
    """How a campaign's detainees are: `held + free + dead + unknown == detainees`."""

    detainees: int
    held: int
    free: int
    on_bail: int
    # Within `free`.
    dead: int
    unknown: int
    # Wanted and missing included.


def derive_status(
    events: Iterable[StatusEvent],
    *,
    as_of: date,
    today: date,
    closed_on: date | None = None,
    proceedings: Sequence[str] = (),
) -> Status:
    """Fold the events of one detainee into their status on a day.

    `today` is the day in the campaign's zone; `as_of` counts as today when it lies after it, and as
    the closing day when it lies after `closed_on`. `proceedings` are the labels on record. The
    order of `events` does not matter, only what is in their `entered`. Never fails.
    """
    at = moment(as_of, today, closed_on)
    return _fold([weigh(event, at) for event in _telling(events)], at, proceedings)


def derive_statuses(
    events: Iterable[StatusEvent],
    detainees: Mapping[int, Sequence[str]],
    *,
    as_of: date,
    today: date,
    closed_on: date | None = None,
) -> dict[int, Status]:
    """Fold a campaign's events into the status of each detainee, as `derive_status` would.

    `detainees` gives the labels of the proceedings on record by each detainee's id. Events about
    nobody in it are passed over. Those to whom the same events happened are folded once.
    """
    at = moment(as_of, today, closed_on)
    shared: list[Weighed] = []
    own: dict[int, list[Weighed]] = {detainee: [] for detainee in detainees}
    for event in _telling(events):
        weighed = weigh(event, at)
        if event.detainees is None:
            shared.append(weighed)
        else:
            for detainee in event.detainees:
                if detainee in own:
                    own[detainee].append(weighed)
    folded: dict[tuple[tuple[int, ...], tuple[str, ...]], Status] = {}
    statuses = {}
    for detainee, labels in detainees.items():
        fate = (tuple([weighed.id for weighed in own[detainee]]), tuple(labels))
        if fate not in folded:
            folded[fate] = _fold(shared + own[detainee], at, labels)
        statuses[detainee] = folded[fate]
    return statuses


def events_about(detainee: int, events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """The events that concern a detainee, those of the whole campaign included."""
    return [event for event in events if event.detainees is None or detainee in event.detainees]


def counts(event: StatusEvent, *, as_of: date, today: date, closed_on: date | None = None) -> bool:
    """Whether an event is sure enough, and surely happened by the day, to decide a status."""
    return weigh(event, moment(as_of, today, closed_on)).weight is Weight.COUNTS


def count_totals(statuses: Iterable[Status]) -> Totals:
    """Count how many are held, free, on bail, dead, and of how many it is not known."""
    values = [status.custody.value for status in statuses]
    held = sum(value in HELD for value in values)
    free = sum(value in FREE for value in values)
    dead = sum(value in DEAD for value in values)
    return Totals(
        detainees=len(values),
        held=held,
        free=free,
        on_bail=values.count(Custody.RELEASED_ON_BAIL),
        dead=dead,
        unknown=len(values) - held - free - dead,
    )


def _telling(events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """The events that can say anything of a status: most timelines are protest."""
    return [
        event
        for event in events
        if event.kind in AXES_CHANGED or event.disputed or event.proceeding is not None
    ]


def _fold(events: Sequence[Weighed], at: Moment, proceedings: Sequence[str]) -> Status:
    counted = [weighed for weighed in events if weighed.weight is _COUNTS]
    apart = [weighed for weighed in events if weighed.weight is not _COUNTS]
    labels = proceeding_labels(proceedings, counted)
    by_axis: tuple[list[Weighed], ...] = tuple([] for _ in _AXES)
    for weighed in fold_order([it for it in counted if it.event.kind in AXES_CHANGED]):
        for axis in AXES_CHANGED[weighed.event.kind]:
            by_axis[axis].append(weighed)
    custody, points = fold_custody(by_axis[_CUSTODY])
    running, over = fold_conditions(by_axis[_CONDITIONS])
    return Status(
        as_of=at.day,
        custody=custody,
        legal=fold_legal(by_axis[_LEGAL], labels),
        bail=fold_bail(by_axis[_BAIL], labels),
        conditions=running,
        past_conditions=over,
        place=fold_place(by_axis[_CUSTODY]),
        days=days_held(points, at.day),
        sources_differ=any(weighed.event.disputed for weighed in counted),
        unconfirmed=_ids(apart, Weight.UNCONFIRMED),
        undecided=_ids(apart, Weight.UNDECIDED),
    )


def _ids(events: Iterable[Weighed], weight: Weight) -> tuple[int, ...]:
    """The ids of the events of a weight that could change a status, in the order entered."""
    found = [it for it in events if it.weight is weight and it.event.kind in AXES_CHANGED]
    return tuple(weighed.id for weighed in sorted(found, key=itemgetter(0, 1)))
