"""What is told of bail as it stands today: no decision that the case has left behind."""

import pytest

from tests.cases.stories import Entry, status

HELD: tuple[Entry, ...] = ("arrested 2019-02-01", "charged 2019-02-10")
OUT_ON_BAIL: tuple[Entry, ...] = (*HELD, "bail_granted 2019-02-15", "released_on_bail 2019-02-20")
DECISIONS = ["bail_applied", "bail_denied", "bail_granted", "bail_cancelled"]


def current(*entries: Entry, proceedings: tuple[str, ...] = ()) -> list[tuple[str | None, str]]:
    known = status(*entries, proceedings=proceedings)
    return [(it.proceeding, it.status.value) for it in known.current_bail]


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    "later",
    [
        "convicted",
        "acquitted",
        "charges_dropped",
        "case_dismissed",
        "conviction_upheld",
        "conviction_overturned",
        "sentence_served",
        "pardoned",
        "released",
        "released_conditionally",
        "escaped",
        "exiled",
        "died_in_custody",
        "died",
    ],
)
def test_a_decision_is_not_told_once_a_verdict_a_release_or_a_death_has_come(
    decision: str, later: str
) -> None:
    decided: tuple[Entry, ...] = (*HELD, f"{decision} 2019-02-15")
    assert len(current(*decided)) == 1
    assert current(*decided, f"{later} 2020-05-12") == []
    # What is on record of it stays.
    (before,), (after,) = status(*decided).bail, status(*decided, f"{later} 2020-05-12").bail
    assert (after.status, after.since, after.evidence) == (
        before.status,
        before.since,
        before.evidence,
    )


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("later", ["remanded_judicial", "trial_opened", "transferred", "missing"])
def test_it_is_told_while_the_case_goes_on(decision: str, later: str) -> None:
    assert len(current(*HELD, f"{decision} 2019-02-15", f"{later} 2019-03-01")) == 1


def test_a_decision_of_an_earlier_time_in_custody_is_not_todays() -> None:
    again: tuple[Entry, ...] = ("released 2019-08-20", "arrested 2020-02-20")
    assert current(*HELD, "bail_denied 2019-02-15", *again) == []
    assert current(*HELD, "bail_denied 2019-02-15", *again, "bail_applied 2020-03-01") == [
        (None, "applied")
    ]
    # Denied once more is denied today, though its first date stays on record.
    assert current(*HELD, "bail_denied 2019-02-15", *again, "bail_denied 2020-03-01") == [
        (None, "denied")
    ]


def test_bail_that_was_cancelled_is_told_of_somebody_out_on_it_and_taken_back() -> None:
    cancelled: tuple[Entry, ...] = (*OUT_ON_BAIL, "bail_cancelled 2019-04-01")
    assert current(*cancelled) == [(None, "cancelled")]
    assert current(*cancelled, "arrested 2019-04-02") == [(None, "cancelled")]
    assert current(*cancelled, "acquitted 2019-05-01") == []


def test_a_release_on_bail_says_itself_that_bail_was_granted() -> None:
    assert current(*OUT_ON_BAIL) == []
    granted = ("bail_granted 2019-03-01", {"proceeding": "B"})
    named = ("released_on_bail 2019-02-20", {"proceeding": "A"})
    assert current(*HELD, named, granted, proceedings=("A", "B")) == []


def test_an_appeal_does_not_bring_an_old_decision_back() -> None:
    told: tuple[Entry, ...] = (*HELD, "bail_denied 2019-02-15", "acquitted 2020-05-12")
    assert current(*told, "appeal_filed 2020-06-01") == []
    assert current(*told, "appeal_filed 2020-06-01", "bail_applied 2020-06-02") == [
        (None, "applied")
    ]


def test_a_verdict_leaves_bail_in_other_proceedings_alone() -> None:
    denied = [("bail_denied 2019-02-15", {"proceeding": it}) for it in ("A", "B")]
    acquitted = [("acquitted 2020-05-12", {"proceeding": it}) for it in ("A", "B")]
    assert current("arrested 2019-02-01", *denied, acquitted[0]) == [("B", "denied")]
    assert current("arrested 2019-02-01", *denied, *acquitted) == []
    # Nobody told in which it was denied: in none any more.
    assert current("arrested 2019-02-01", "bail_denied 2019-02-15", *acquitted) == []
