"""Conditions of somebody's detention as intervals, folded from events in `evidence.fold_order`."""

from collections.abc import Iterable
from typing import NamedTuple

from campaigns.cases.dates import PartialDate
from campaigns.cases.evidence import StatusEvent, Weighed
from campaigns.cases.vocabulary import Condition, EventKind

BEGUN_BY = {
    EventKind.HUNGER_STRIKE_BEGAN: Condition.HUNGER_STRIKE,
    EventKind.INCOMMUNICADO_BEGAN: Condition.INCOMMUNICADO,
    EventKind.SOLITARY_BEGAN: Condition.SOLITARY,
    EventKind.HEALTH_EMERGENCY_BEGAN: Condition.HEALTH_EMERGENCY,
    EventKind.ILL_TREATMENT_ALLEGED: Condition.ILL_TREATMENT_ALLEGED,
}
ENDED_BY = {
    EventKind.HUNGER_STRIKE_ENDED: Condition.HUNGER_STRIKE,
    EventKind.INCOMMUNICADO_ENDED: Condition.INCOMMUNICADO,
    EventKind.SOLITARY_ENDED: Condition.SOLITARY,
    EventKind.HEALTH_EMERGENCY_ENDED: Condition.HEALTH_EMERGENCY,
}
DEATHS = frozenset({EventKind.DIED_IN_CUSTODY, EventKind.DIED})


class ConditionInterval(NamedTuple):
    """From when to when a condition held, with the ids of the events that say so."""

    condition: Condition
    began: PartialDate | None
    # None when only its end was reported.
    began_evidence: int | None
    ended: PartialDate | None = None
    # None while it goes on.
    ended_evidence: int | None = None


def fold_conditions(
    events: Iterable[Weighed],
) -> tuple[tuple[ConditionInterval, ...], tuple[ConditionInterval, ...]]:
    """The conditions that go on, and those that are over.

    They are independent of custody, for somebody may strike after release; only a death ends them
    all, but for an allegation of ill-treatment, which stands until it is retracted.
    """
    running: dict[Condition, StatusEvent] = {}
    over: list[ConditionInterval] = []
    for weighed in events:
        event = weighed.event
        if (begun := BEGUN_BY.get(event.kind)) is not None:
            running.setdefault(begun, event)
        elif (ended := ENDED_BY.get(event.kind)) is not None:
            over.append(_interval(ended, running.pop(ended, None), event))
        elif event.kind in DEATHS:
            dying = [condition for condition in ENDED_BY.values() if condition in running]
            over.extend(_interval(it, running.pop(it), event) for it in dying)
    return tuple(_interval(it, event, None) for it, event in running.items()), tuple(over)


def _interval(
    condition: Condition, began: StatusEvent | None, ended: StatusEvent | None
) -> ConditionInterval:
    return ConditionInterval(
        condition,
        began and began.date,
        began and began.id,
        ended and ended.date,
        ended and ended.id,
    )
