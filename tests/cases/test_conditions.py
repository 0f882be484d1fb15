import pytest

from campaigns.cases.vocabulary import (
    Condition,
)
from tests.cases.stories import status


class TestConditions:
    @pytest.mark.parametrize(
        "condition", ["hunger_strike", "incommunicado", "solitary", "health_emergency"]
    )
    def test_a_condition_goes_on_from_its_beginning_to_its_end(self, condition: str) -> None:
        begun = f"{condition}_began 2018-04-22"
        (interval,) = status(begun).conditions
        assert interval.condition is Condition(condition)
        assert interval.began_evidence == 1
        assert interval.ended is None
        over = status(begun, f"{condition}_ended 2018-05-02")
        assert over.conditions == ()
        (interval,) = over.past_conditions
        assert interval.began is not None
        assert interval.ended is not None
        assert (interval.began.edtf, interval.ended.edtf) == ("2018-04-22", "2018-05-02")
        assert interval.ended_evidence == 2

    def test_a_release_ends_none_for_somebody_may_strike_after_it(self) -> None:
        known = status("hunger_strike_began 2018-04-22", "released 2018-04-23")
        assert known.current_conditions == (Condition.HUNGER_STRIKE,)

    @pytest.mark.parametrize("death", ["died", "died_in_custody"])
    def test_a_death_ends_all_but_the_allegation(self, death: str) -> None:
        known = status(
            "ill_treatment_alleged 2018-04-22",
            "hunger_strike_began 2018-04-22",
            f"{death} 2018-06-01",
        )
        assert known.current_conditions == (Condition.ILL_TREATMENT_ALLEGED,)
        assert [it.ended_evidence for it in known.past_conditions] == [3]

    def test_one_that_began_twice_began_at_first(self) -> None:
        (interval,) = status("solitary_began 2018-04-22", "solitary_began 2018-05-22").conditions
        assert interval.began_evidence == 1

    def test_one_may_come_back(self) -> None:
        known = status(
            "hunger_strike_began 2018-04-22",
            "hunger_strike_ended 2018-05-02",
            "hunger_strike_began 2018-06-02",
        )
        assert [it.began_evidence for it in known.conditions] == [3]
        assert [it.began_evidence for it in known.past_conditions] == [1]

    def test_an_end_nobody_saw_begin_is_kept_in_the_history(self) -> None:
        (interval,) = status("solitary_ended 2018-05-22").past_conditions
        assert interval.began is None
        assert interval.ended_evidence == 1
