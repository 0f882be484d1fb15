"""What holds for the status whatever happened, in whatever order it was entered."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.cases.dates import MINUTES_A_DAY, parse_edtf
from campaigns.cases.days import days_held
from campaigns.cases.evidence import Weighed, Weight, fold_order, moment, weigh
from campaigns.cases.status import (
    Status,
    StatusEvent,
    count_totals,
    derive_status,
    derive_statuses,
    events_about,
)
from campaigns.cases.transitions import transition_warnings
from campaigns.cases.vocabulary import AppealBy, Confidence, Disclosure, EventKind

FIRST = date(2018, 3, 15)
TODAY = date(2018, 6, 1)
DAYS = st.integers(min_value=0, max_value=90).map(lambda number: FIRST + timedelta(days=number))
brief = settings(max_examples=60, deadline=None, database=None)


def as_range(days: tuple[date, date]) -> str:
    return f"{min(days).isoformat()}/{max(days).isoformat()}"


DATES = st.one_of(
    DAYS.map(date.isoformat),
    st.tuples(DAYS, st.sampled_from(["T00:00", "T09:30", "T23:59"])).map(
        lambda parts: parts[0].isoformat() + parts[1]
    ),
    st.tuples(DAYS, DAYS).map(as_range),
    DAYS.map(lambda day: f"../{day.isoformat()}"),
    DAYS.map(lambda day: f"{day.isoformat()}/.."),
    st.sampled_from(["", "2018", "2018-04", "2018-04~", "2018-05", "2018-05/..", "../2018-04"]),
).map(parse_edtf)

HAPPENINGS = st.builds(
    StatusEvent,
    id=st.just(0),
    entered=st.just(0),
    kind=st.sampled_from(EventKind),
    date=DATES,
    detainees=st.none() | st.frozensets(st.integers(min_value=1, max_value=4), min_size=1),
    proceeding=st.sampled_from([None, None, "A", "B"]),
    place=st.sampled_from([None, "Multan"]),
    disclosure=st.none() | st.sampled_from(Disclosure),
    by=st.none() | st.sampled_from(AppealBy),
    confidence=st.sampled_from([*[Confidence.CONFIRMED] * 4, *Confidence]),
    learned_on=st.none() | DAYS,
    disputed=st.booleans(),
)


def numbered(happenings: Sequence[StatusEvent]) -> list[StatusEvent]:
    return [
        event._replace(id=number, entered=number)
        for number, event in enumerate(happenings, start=1)
    ]


STORIES = st.lists(HAPPENINGS, max_size=14).map(numbered)
LABELS = st.sampled_from([(), ("A",), ("A", "B")])


def on(day: date, story: Sequence[StatusEvent], labels: tuple[str, ...] = ()) -> Status:
    return derive_status(story, as_of=day, today=TODAY, proceedings=labels)


@given(STORIES, DAYS, st.none() | DAYS, LABELS)
@settings(brief, max_examples=150)
def test_days_are_never_negative_nor_counted_twice(
    story: list[StatusEvent], as_of: date, closed_on: date | None, labels: tuple[str, ...]
) -> None:
    known = derive_status(story, as_of=as_of, today=TODAY, closed_on=closed_on, proceedings=labels)
    total, current = known.days.total, known.days.current
    span = known.as_of - first_possible_day(story, known.as_of)
    assert 0 <= total.min <= total.max <= span.days
    assert (current is not None) is known.held
    if current is not None:
        assert 0 <= current.min <= current.max
        assert current.min <= total.min
        assert current.max <= total.max


def first_possible_day(story: Sequence[StatusEvent], otherwise: date) -> date:
    bounds = [
        day
        for event in story
        for day in (event.date.earliest, event.date.latest, event.learned_on)
        if day is not None
    ]
    return min([otherwise, *bounds])


@given(STORIES, DAYS, LABELS, st.randoms(use_true_random=False))
@brief
def test_only_the_order_entered_matters(
    story: list[StatusEvent], as_of: date, labels: tuple[str, ...], chance: Random
) -> None:
    shuffled = list(story)
    chance.shuffle(shuffled)
    assert on(as_of, shuffled, labels) == on(as_of, story, labels)


@given(STORIES, DAYS)
@brief
def test_a_past_day_never_sees_later_events(story: list[StatusEvent], as_of: date) -> None:
    begun = [event for event in story if (event.date.earliest or date.min) <= as_of]
    assert on(as_of, begun) == on(as_of, story)


@given(STORIES, DAYS, st.lists(HAPPENINGS, max_size=4))
@brief
def test_an_event_about_somebody_else_changes_nothing(
    story: list[StatusEvent], as_of: date, others: list[StatusEvent]
) -> None:
    about_others = [
        event._replace(id=100 + number, entered=number, detainees=frozenset({2, 99}))
        for number, event in enumerate(others)
    ]
    statuses = derive_statuses(
        [*story, *about_others], {1: (), 2: ("A",)}, as_of=as_of, today=TODAY
    )
    assert statuses[1] == on(as_of, events_about(1, story))


@given(STORIES, DAYS)
@brief
def test_totals_always_add_up(story: list[StatusEvent], as_of: date) -> None:
    detainees: dict[int, tuple[str, ...]] = {1: (), 2: ("A",), 3: (), 4: (), 5: ()}
    totals = count_totals(derive_statuses(story, detainees, as_of=as_of, today=TODAY).values())
    assert totals.held + totals.free + totals.dead + totals.unknown == totals.detainees == 5
    assert totals.on_bail <= totals.free


@given(STORIES, HAPPENINGS, st.sampled_from(["protest", "statement", "hearing", "media"]))
@brief
def test_what_the_campaign_does_changes_nobodys_status(
    story: list[StatusEvent], happening: StatusEvent, kind: str
) -> None:
    deed = happening._replace(
        id=50, entered=0, kind=EventKind(kind), disputed=False, proceeding=None
    )
    assert on(TODAY, [*story, deed]) == on(TODAY, story)


@given(STORIES, HAPPENINGS)
@brief
def test_an_unlikely_entry_is_told_of_once(
    story: list[StatusEvent], happening: StatusEvent
) -> None:
    new = happening._replace(id=50, entered=50)
    warnings = transition_warnings(story, new, today=TODAY)
    assert len(warnings) == len(set(warnings))


def naive_order(events: Sequence[Weighed]) -> list[Weighed]:
    """The rule word by word: take, among those no remaining one precedes, the earliest entered."""
    remaining = list(events)
    order = []
    while remaining:
        free = [it for it in remaining if not any(other.over < it.first for other in remaining)]
        taken = min(free, key=lambda it: it.entered)
        remaining.remove(taken)
        order.append(taken)
    return order


@given(st.lists(HAPPENINGS, max_size=25).map(numbered))
@settings(brief, max_examples=150)
def test_the_fast_order_is_the_order_of_the_rule(story: list[StatusEvent]) -> None:
    weighed = [weigh(event, moment(TODAY, TODAY)) for event in story]
    assert fold_order(weighed) == naive_order(weighed)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=5,
    )
)
@settings(brief, max_examples=120)
def test_the_range_of_days_is_exactly_what_is_possible(
    told: list[tuple[bool, int, int, int]],
) -> None:
    """Compare with every choice of one day a point that keeps the points in their order."""
    held = [True, *(is_held for is_held, *_ in told[1:])]
    windows = []
    day = 0
    for _, later, before, after in told:
        day += later
        windows.append((max(0, day - before), day + after))
    today = day + 3
    possible = [
        [*days, today]
        for days in product(*(range(first, last + 1) for first, last in windows))
        if all(one <= other for one, other in pairwise(days))
    ]
    sums = [held_days(held, days) for days in possible]
    points = [(is_held, point(*window)) for is_held, window in zip(held, windows, strict=True)]
    total = days_held(points, date.fromordinal(today + 1)).total
    assert (total.min, total.max) == (min(sums), max(sums))


def held_days(held: Sequence[bool], days: Sequence[int]) -> int:
    stretches = zip(held, pairwise(days), strict=True)
    return sum(end - start for is_held, (start, end) in stretches if is_held)


def point(first: int, last: int) -> Weighed:
    """An event between two days, counted from the first day there is."""
    unknown = StatusEvent(1, 1, EventKind.OTHER, parse_edtf(""))
    minutes = (first + 1) * MINUTES_A_DAY, (last + 2) * MINUTES_A_DAY - 1
    return Weighed(1, 1, *minutes, minutes[1], Weight.COUNTS, unknown)
