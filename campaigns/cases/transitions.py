"""What an editor is told before saving an event that earlier entries make unlikely.

Real cases break every order, so nothing here refuses anything.
"""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from campaigns.cases.conditions import BEGUN_BY, ENDED_BY, fold_conditions
from campaigns.cases.custody import CUSTODY_AFTER, DEAD, HELD, UNKNOWN_WHERE, fold_custody
from campaigns.cases.evidence import (
    StatusEvent,
    Weighed,
    Weight,
    fold_order,
    moment,
    weigh,
)
from campaigns.cases.status import AXES_CHANGED
from campaigns.cases.vocabulary import Custody, EventKind


class TransitionWarning(StrEnum):
    """Why an event is unlikely."""

    STILL_HELD = "still_held"
    NOT_HELD = "not_held"
    ALREADY_DEAD = "already_dead"
    NOT_LATEST = "not_latest"
    # An entry about a later day already decides what this one would change.
    CONDITION_GOES_ON = "condition_goes_on"
    CONDITION_NOT_BEGUN = "condition_not_begun"


TAKES = frozenset({EventKind.MISSING, EventKind.ABDUCTED, EventKind.ARRESTED})
LETS_GO = frozenset(
    {
        EventKind.TRANSFERRED,
        EventKind.RELEASED_ON_BAIL,
        EventKind.RELEASED_CONDITIONALLY,
        EventKind.RELEASED,
        EventKind.ESCAPED,
        EventKind.DIED_IN_CUSTODY,
    }
)
CAN_BE_LET_GO = HELD | {Custody.RELEASED_ON_BAIL, Custody.RELEASED_CONDITIONAL}


def transition_warnings(
    earlier: Iterable[StatusEvent], new: StatusEvent, *, today: dt.date
) -> list[TransitionWarning]:
    """Say what is unlikely about a new event, given one detainee's other public events.

    An event that changes no status, by its kind or for want of confidence, is never unlikely.
    """
    at = moment(today, today)
    added = weigh(new, at)
    if new.kind not in AXES_CHANGED or added.weight is not Weight.COUNTS:
        return []
    weighed = (weigh(event, at) for event in earlier if event.kind in AXES_CHANGED)
    counted = [event for event in weighed if event.weight is Weight.COUNTS]
    order = fold_order([*counted, added])
    place = next(index for index, event in enumerate(order) if event is added)
    before, after = order[:place], order[place + 1 :]
    found = [*_about_custody(before, new), *_about_conditions(before, new)]
    axes = set(AXES_CHANGED[new.kind])
    if any(axes.intersection(AXES_CHANGED[event.event.kind]) for event in after):
        found.append(TransitionWarning.NOT_LATEST)
    return found


def _about_custody(before: list[Weighed], new: StatusEvent) -> list[TransitionWarning]:
    custody = fold_custody(before)[0].value
    if custody in DEAD and new.kind in CUSTODY_AFTER:
        return [TransitionWarning.ALREADY_DEAD]
    if new.kind in TAKES and custody in HELD:
        # An arrest is how an abduction comes to be admitted.
        admitted = new.kind is EventKind.ARRESTED and custody in UNKNOWN_WHERE
        return [] if admitted else [TransitionWarning.STILL_HELD]
    if new.kind in LETS_GO and custody not in CAN_BE_LET_GO:
        return [TransitionWarning.NOT_HELD]
    return []


def _about_conditions(before: list[Weighed], new: StatusEvent) -> list[TransitionWarning]:
    going_on = {interval.condition for interval in fold_conditions(before)[0]}
    if new.kind is not EventKind.ILL_TREATMENT_ALLEGED and BEGUN_BY.get(new.kind) in going_on:
        return [TransitionWarning.CONDITION_GOES_ON]
    if new.kind in ENDED_BY and ENDED_BY[new.kind] not in going_on:
        return [TransitionWarning.CONDITION_NOT_BEGUN]
    return []
