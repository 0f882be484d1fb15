import pytest

from campaigns.cases.transitions import TransitionWarning, transition_warnings
from campaigns.cases.vocabulary import Confidence
from tests.cases.stories import TODAY, event, story


def warnings(*entries: str, **facts: object) -> list[TransitionWarning]:
    """The warnings before the last entry is saved, those before it being saved already."""
    *earlier, new = entries
    kind, _, when = new.partition(" ")
    return transition_warnings(story(*earlier), event(99, kind, when, **facts), today=TODAY)


@pytest.mark.parametrize("kind", ["arrested", "abducted", "missing"])
def test_somebody_still_held_is_seldom_taken_again(kind: str) -> None:
    assert warnings("imprisoned 2018-04-22", f"{kind} 2018-05-01") == [TransitionWarning.STILL_HELD]


def test_an_arrest_may_admit_an_abduction() -> None:
    assert warnings("abducted 2018-04-22", "arrested 2018-05-01") == []


@pytest.mark.parametrize("kind", ["released", "released_on_bail", "transferred", "escaped"])
def test_somebody_not_held_is_seldom_let_go(kind: str) -> None:
    assert warnings(f"{kind} 2018-05-01") == [TransitionWarning.NOT_HELD]
    assert warnings("arrested 2018-04-22", f"{kind} 2018-05-01") == []


def test_somebody_on_bail_may_be_released_for_good() -> None:
    told = ("arrested 2018-04-22", "released_on_bail 2018-04-25", "released 2018-05-01")
    assert warnings(*told) == []


def test_nothing_is_expected_to_happen_to_the_custody_of_the_dead() -> None:
    assert warnings("died_in_custody 2018-04-22", "released 2018-05-01") == [
        TransitionWarning.ALREADY_DEAD
    ]
    assert warnings("died_in_custody 2018-04-22", "charges_dropped 2018-05-01") == []


def test_a_backdated_entry_goes_into_the_history() -> None:
    told = ("arrested 2018-04-22", "released 2018-05-10", "remanded_judicial 2018-04-24")
    assert warnings(*told) == [TransitionWarning.NOT_LATEST]
    assert warnings("arrested 2018-04-22", "released 2018-05-10", "charged 2018-04-24") == []


def test_a_condition_begins_and_ends_once() -> None:
    begun, ended = "hunger_strike_began 2018-04-22", "hunger_strike_ended 2018-05-01"
    again = "hunger_strike_began 2018-04-30"
    assert warnings(begun, again) == [TransitionWarning.CONDITION_GOES_ON]
    assert warnings(ended) == [TransitionWarning.CONDITION_NOT_BEGUN]
    assert warnings(begun, ended) == []


def test_ill_treatment_may_be_alleged_again() -> None:
    assert warnings("ill_treatment_alleged 2018-04-22", "ill_treatment_alleged 2018-05-01") == []


def test_what_changes_no_status_is_never_unlikely() -> None:
    assert warnings("died 2018-04-22", "protest 2018-05-01") == []
    assert warnings("released 2018-05-01", confidence=Confidence.POSSIBLE) == []
