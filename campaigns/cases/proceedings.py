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

VERDICTS = frozenset(
    {
        EventKind.CONVICTED,
        EventKind.ACQUITTED,
        EventKind.CHARGES_DROPPED,
        EventKind.CASE_DISMISSED,
        EventKind.CONVICTION_UPHELD,
        EventKind.CONVICTION_OVERTURNED,
    }
)
# What can be appealed against.
ENDS = frozenset({*VERDICTS, EventKind.SENTENCE_SERVED, EventKind.PARDONED})
WAYS_OUT = frozenset(
    {
        EventKind.RELEASED_ON_BAIL,
        EventKind.RELEASED_CONDITIONALLY,
        EventKind.RELEASED,
        EventKind.ESCAPED,
        EventKind.EXILED,
    }
)
# Both overtake what was decided of bail before: the ends in their proceeding, the ways out in all.
GOES_ON = frozenset(
    {
        LegalStatus.UNDER_INVESTIGATION,
        LegalStatus.CHARGED,
        LegalStatus.ON_TRIAL,
        LegalStatus.UNDER_APPEAL,
    }
)
OVER = frozenset(
    {
        LegalStatus.ACQUITTED,
        LegalStatus.CHARGES_DROPPED,
        LegalStatus.DISMISSED,
        LegalStatus.SENTENCE_SERVED,
        LegalStatus.PARDONED,
    }
)
# A conviction is neither: nothing is open, and nothing is over.


class Verdict(NamedTuple):
    """The decision an appeal is against, and since when it stood."""

    status: LegalStatus
    since: PartialDate
    evidence: int


class LegalStanding(NamedTuple):
    """How far one proceeding has come, and since when; `by` is who appealed."""

    proceeding: str | None
    # None for the one without a label.
    status: LegalStatus = LegalStatus.NONE_KNOWN
    since: PartialDate | None = None
    by: AppealBy | None = None
    evidence: int | None = None
    after: Verdict | None = None
    # What was decided before the appeal; None unless it is under appeal, and where nobody told.


class BailStanding(NamedTuple):
    """What became of bail in one proceeding, and since when."""

    proceeding: str | None
    status: BailStatus = BailStatus.NONE
    since: PartialDate | None = None
    evidence: int | None = None
    overtaken: bool = False
    # Whether a verdict or a release has come since: it tells of the past.


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
    verdicts: dict[str | None, Verdict] = {}
    unnamed = only_one(labels)
    for weighed in events:
        event = weighed.event
        status = LEGAL_AFTER[event.kind]
        label = unnamed if event.proceeding is None else event.proceeding
        known = shown.get(label)
        if known is None or known[0] is not status or _another_appeals(event, known[1]):
            shown[label] = (status, event)
            if event.kind in VERDICTS:
                verdicts[label] = Verdict(status, event.date, event.id)
    standings = [_legal(label, known, verdicts.get(label)) for label, known in shown.items()]
    return tuple(standings) or (LegalStanding(None),)


def _another_appeals(event: StatusEvent, known: StatusEvent) -> bool:
    return event.kind is EventKind.APPEAL_FILED and event.by not in (None, known.by)


def _legal(
    label: str | None,
    shown: tuple[LegalStatus, StatusEvent] | None,
    verdict: Verdict | None,
) -> LegalStanding:
    if shown is None:
        return LegalStanding(label)
    status, event = shown
    if event.kind is not EventKind.APPEAL_FILED:
        return LegalStanding(label, status, event.date, evidence=event.id)
    return LegalStanding(label, status, event.date, event.by, event.id, verdict)


def fold_bail(events: Iterable[Weighed], labels: Sequence[str]) -> tuple[BailStanding, ...]:
    """What became of bail in each proceeding after events that decide it or that overtake it.

    Those with labels come first; there is at least one. A release on bail executes the bail of the
    proceeding it names, or else of all in which it was granted; where no grant is on record the
    release itself is the evidence of one. A decision that is overtaken stays, and is marked.
    """
    shown: dict[str | None, tuple[BailStatus, StatusEvent] | None] = dict.fromkeys(labels)
    overtaken: set[str | None] = set()
    unnamed = only_one(labels)
    for weighed in events:
        event = weighed.event
        concerned = [unnamed if event.proceeding is None else event.proceeding]
        if event.kind in ENDS or event.kind in WAYS_OUT:
            overtaken.update(concerned if event.kind in ENDS else shown)
        status = BAIL_AFTER.get(event.kind)
        if status is None:
            continue
        if status is BailStatus.EXECUTED and event.proceeding is None:
            concerned = _granted(shown) or concerned
        for label in concerned:
            known = shown.get(label)
            if known is None or known[0] is not status:
                shown[label] = (status, event)
        overtaken.difference_update(concerned)
    standings = [
        _bail(label, known, overtaken=label in overtaken) for label, known in shown.items()
    ]
    return tuple(standings) or (BailStanding(None),)


def _granted(
    shown: Mapping[str | None, tuple[BailStatus, StatusEvent] | None],
) -> list[str | None]:
    granted = BailStatus.GRANTED_NOT_EXECUTED
    return [label for label, known in shown.items() if known is not None and known[0] is granted]


def _bail(
    label: str | None,
    shown: tuple[BailStatus, StatusEvent] | None,
    *,
    overtaken: bool,
) -> BailStanding:
    if shown is None:
        return BailStanding(label)
    status, event = shown
    return BailStanding(label, status, event.date, event.id, overtaken)
