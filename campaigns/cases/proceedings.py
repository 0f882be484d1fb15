"""Legal status and bail, a proceeding at a time, folded from events in `evidence.fold_order`."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from campaigns.cases.dates import PartialDate
from campaigns.cases.evidence import StatusEvent, Weighed
from campaigns.cases.vocabulary import AppealBy, BailStatus, EventKind, LegalStatus

LEGAL_AFTER = {
    EventKind.INVESTIGATION_OPENED: LegalStatus.UNDER_INVESTIGATION,
    EventKind.CHARGED: LegalStatus.CHARGED,
    EventKind.TRIAL_OPENED: LegalStatus.ON_TRIAL,
    EventKind.CONVICTED: LegalStatus.CONVICTED,
    EventKind.ACQUITTED: LegalStatus.ACQUITTED,
    EventKind.CHARGES_DROPPED: LegalStatus.CHARGES_DROPPED,
    EventKind.CASE_DISMISSED: LegalStatus.DISMISSED,
    EventKind.APPEAL_FILED: LegalStatus.UNDER_APPEAL,
    EventKind.CONVICTION_UPHELD: LegalStatus.CONVICTED,
    EventKind.CONVICTION_OVERTURNED: LegalStatus.ACQUITTED,
    EventKind.SENTENCE_SERVED: LegalStatus.SENTENCE_SERVED,
    EventKind.PARDONED: LegalStatus.PARDONED,
}
BAIL_AFTER = {
    EventKind.BAIL_APPLIED: BailStatus.APPLIED,
    EventKind.BAIL_DENIED: BailStatus.DENIED,
    EventKind.BAIL_GRANTED: BailStatus.GRANTED_NOT_EXECUTED,
    EventKind.BAIL_CANCELLED: BailStatus.CANCELLED,
    EventKind.RELEASED_ON_BAIL: BailStatus.EXECUTED,
}


class LegalStanding(NamedTuple):
    """How far one proceeding has come, and since when; `by` is who appealed."""

    proceeding: str | None
    # None for the one without a label.
    status: LegalStatus = LegalStatus.NONE_KNOWN
    since: PartialDate | None = None
    by: AppealBy | None = None
    evidence: int | None = None


class BailStanding(NamedTuple):
    """What became of bail in one proceeding, and since when."""

    proceeding: str | None
    status: BailStatus = BailStatus.NONE
    since: PartialDate | None = None
    evidence: int | None = None


def proceeding_labels(declared: Sequence[str], events: Iterable[Weighed]) -> list[str]:
    """The proceedings somebody faces: those on record, then those events name, as entered."""
    naming = [weighed for weighed in events if weighed.event.proceeding is not None]
    naming.sort(key=itemgetter(0, 1))
    named = [weighed.event.proceeding for weighed in naming]
    return list(dict.fromkeys([*declared, *filter(None, named)]))


def only_one(labels: Sequence[str]) -> str | None:
    """The proceeding an event belongs to that names none: the only one, or one without a label."""
    return labels[0] if len(labels) == 1 else None


def fold_legal(events: Iterable[Weighed], labels: Sequence[str]) -> tuple[LegalStanding, ...]:
    """How far each proceeding has come after events of the kinds in LEGAL_AFTER.

    Those with labels come first; there is at least one. A status that is reported again keeps its
    first date, unless the appeal is somebody else's. `not_charged` is never derived: that nobody
    reported a charge does not mean that there is none, and no kind of event says so.
    """
    shown: dict[str | None, tuple[LegalStatus, StatusEvent] | None] = dict.fromkeys(labels)
    unnamed = only_one(labels)
    for weighed in events:
        event = weighed.event
        status = LEGAL_AFTER[event.kind]
        label = unnamed if event.proceeding is None else event.proceeding
        known = shown.get(label)
        if known is None or known[0] is not status or _another_appeals(event, known[1]):
            shown[label] = (status, event)
    return tuple(_legal(label, known) for label, known in shown.items()) or (LegalStanding(None),)


def _another_appeals(event: StatusEvent, known: StatusEvent) -> bool:
    return event.kind is EventKind.APPEAL_FILED and event.by not in (None, known.by)


def _legal(label: str | None, shown: tuple[LegalStatus, StatusEvent] | None) -> LegalStanding:
    if shown is None:
        return LegalStanding(label)
    status, event = shown
    by = event.by if event.kind is EventKind.APPEAL_FILED else None
    return LegalStanding(label, status, event.date, by, event.id)


def fold_bail(events: Iterable[Weighed], labels: Sequence[str]) -> tuple[BailStanding, ...]:
    """What became of bail in each proceeding after events of the kinds in BAIL_AFTER.

    Those with labels come first; there is at least one. A release on bail executes the bail of the
    proceeding it names, or else of all in which it was granted; where no grant is on record the
    release itself is the evidence of one.
    """
    shown: dict[str | None, tuple[BailStatus, StatusEvent] | None] = dict.fromkeys(labels)
    unnamed = only_one(labels)
    for weighed in events:
        event = weighed.event
        status = BAIL_AFTER[event.kind]
        concerned = [unnamed if event.proceeding is None else event.proceeding]
        if status is BailStatus.EXECUTED and event.proceeding is None:
            concerned = _granted(shown) or concerned
        for label in concerned:
            known = shown.get(label)
            if known is None or known[0] is not status:
                shown[label] = (status, event)
    return tuple(_bail(label, known) for label, known in shown.items()) or (BailStanding(None),)


def _granted(
    shown: Mapping[str | None, tuple[BailStatus, StatusEvent] | None],
) -> list[str | None]:
    granted = BailStatus.GRANTED_NOT_EXECUTED
    return [label for label, known in shown.items() if known is not None and known[0] is granted]


def _bail(label: str | None, shown: tuple[BailStatus, StatusEvent] | None) -> BailStanding:
    if shown is None:
        return BailStanding(label)
    status, event = shown
    return BailStanding(label, status, event.date, event.id)
