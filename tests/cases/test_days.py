from campaigns.cases.days import DayRange
from tests.cases.stories import status


def test_a_rearrest_starts_a_new_spell_and_adds_to_the_total() -> None:
    known = status(
        "arrested 2018-04-01",
        "released_on_bail 2018-04-11",
        "arrested 2018-05-01",
        as_of="2018-05-04",
    )
    assert known.days.current == DayRange(3, 3)
    assert known.days.total == DayRange(13, 13)
    assert known.custody.spell_evidence == 3


def test_days_of_somebody_missing_count_from_the_abduction() -> None:
    known = status("missing 2018-04-20", "abducted 2018-04-25", as_of="2018-04-27")
    assert known.days.total == DayRange(2, 2)


def test_an_uncertain_start_gives_a_range_of_days() -> None:
    known = status("arrested 2019-11-28/2019-12-01", "released 2020-04-03")
    assert known.days.total == DayRange(124, 127)


def test_an_uncertain_end_gives_a_range_that_is_never_negative() -> None:
    known = status("abducted 2018-04-22", "released 2018-04-22/2018-04-26")
    assert known.days.total == DayRange(0, 4)


def test_the_same_day_counts_as_no_day() -> None:
    known = status("arrested 2018-04-22T09:00", "released 2018-04-22T23:30")
    assert known.days.total == DayRange(0, 0)


def test_one_minute_past_midnight_is_another_day() -> None:
    known = status("arrested 2018-04-22T23:59", "released 2018-04-23T00:00")
    assert known.days.total == DayRange(1, 1)


def test_a_month_counts_from_its_first_and_from_its_last_day() -> None:
    known = status("arrested 2018-04", as_of="2018-05-10")
    assert known.days.current == DayRange(10, 39)


def test_being_held_on_a_day_in_between_narrows_an_uncertain_start() -> None:
    known = status("arrested 2018-04", "remanded_judicial 2018-04-10", as_of="2018-05-10")
    assert known.days.current == DayRange(30, 39)


def test_being_held_on_a_later_day_narrows_an_uncertain_release() -> None:
    known = status("arrested 2018-04-01", "remanded_judicial 2018-04-10", "released 2018-04")
    assert known.days.total == DayRange(9, 29)


def test_an_open_end_of_the_release_ends_at_the_start_of_the_spell() -> None:
    known = status("arrested 2018-04-22", "released ../2018-04-26")
    assert known.days.total == DayRange(0, 4)


def test_an_open_end_of_the_release_ends_at_the_day_asked_about() -> None:
    known = status("arrested 2018-04-22", "released 2018-04-24/..", today="2018-05-02")
    assert known.days.total == DayRange(2, 10)


def test_a_release_of_unknown_date_may_be_any_day_since_the_arrest() -> None:
    known = status("arrested 2018-04-22", "released", today="2018-05-02")
    assert known.days.total == DayRange(0, 10)


def test_an_arrest_by_some_day_counts_at_least_from_that_day() -> None:
    known = status("arrested ../2018-04-22", as_of="2018-05-02")
    assert known.days.current == DayRange(10, 10, at_least=True)
    assert known.days.total == DayRange(10, 10, at_least=True)


def test_a_later_spell_of_unknown_start_is_bounded_by_the_release_before() -> None:
    known = status(
        "arrested 2018-04-01",
        "released 2018-04-11",
        "arrested ../2018-04-21",
        as_of="2018-04-26",
    )
    assert known.days.current == DayRange(5, 15)
    assert known.days.total == DayRange(15, 25)


def test_the_first_spell_of_unknown_start_leaves_the_current_one_as_it_is() -> None:
    known = status(
        "arrested ../2018-04-01", "released 2018-04-11", "arrested 2018-04-21", as_of="2018-04-26"
    )
    assert known.days.current == DayRange(5, 5)
    assert known.days.total == DayRange(15, 15, at_least=True)


def test_a_release_learned_before_the_arrest_it_was_entered_after_counts_no_day() -> None:
    known = status("arrested 2018-05-01", ("released", {"learned_on": "2018-04-20"}))
    assert known.days.total == DayRange(0, 0)


def test_being_free_on_a_day_in_between_narrows_an_uncertain_release() -> None:
    known = status("arrested 2018-04-01", "released 2018-04", "exiled 2018-04-11")
    assert known.days.total == DayRange(0, 10)


def test_being_reported_missing_again_narrows_nothing() -> None:
    known = status(
        "arrested 2018-04-01",
        "released 2018-04-11",
        "missing 2018-04-23",
        "abducted 2018-04-22/2018-04-23",
        as_of="2018-04-27",
    )
    assert known.days.current == DayRange(4, 5)


def test_an_approximate_start_or_end_makes_the_days_approximate() -> None:
    assert status("arrested 2018-04-22~", as_of="2018-05-02").days.current == DayRange(
        10, 10, approximate=True
    )
    assert status("arrested 2018-04-22", "released 2018-05~").days.total.approximate
    between = status("arrested 2018-04-22", "remanded_judicial 2018-05~", "released 2018-06-01")
    assert not between.days.total.approximate


def test_days_two_uncertain_spells_may_share_are_counted_once() -> None:
    known = status(
        "arrested 2018-04-01",
        "released 2018-04-01/2018-04-11",
        "arrested 2018-04-01/2018-04-11",
        "released 2018-04-11",
    )
    assert known.days.total == DayRange(0, 10)


def test_reporting_a_release_twice_changes_no_count() -> None:
    once = status("arrested 2018-04-01", "released 2018-04-11")
    twice = status("arrested 2018-04-01", "released 2018-04-11", "released 2018-04-13")
    assert twice.days == once.days
    assert twice.custody == once.custody


def test_a_release_without_an_arrest_counts_no_day() -> None:
    assert status("released 2018-04-11").days.total == DayRange(0, 0)


def test_death_ends_the_count_and_is_neither_held_nor_free() -> None:
    known = status("arrested 2018-04-01", "died_in_custody 2018-04-11")
    assert known.dead
    assert not known.held
    assert not known.free
    assert known.days.total == DayRange(10, 10)
