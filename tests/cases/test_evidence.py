from dataclasses import replace
from datetime import date

import pytest

from campaigns.cases.days import DayRange
from campaigns.cases.status import (
    counts,
    derive_status,
)
from campaigns.cases.vocabulary import (
    Confidence,
    Custody,
    EventKind,
)
from tests.cases.stories import TODAY, Entry, event, status, story


class TestOrder:
    def test_dates_decide_before_the_order_entered(self) -> None:
        known = status("released 2018-04-27", "arrested 2018-04-22")
        assert known.custody.value is Custody.RELEASED
        assert known.days.total == DayRange(5, 5)

    def test_times_decide_within_a_day(self) -> None:
        known = status("released 2018-04-22T15:00", "arrested 2018-04-22T10:00")
        assert known.custody.value is Custody.RELEASED

    def test_on_the_same_day_the_order_entered_decides(self) -> None:
        assert status("released 2018-04-22", "arrested 2018-04-22").held
        assert status("arrested 2018-04-22", "released 2018-04-22").free

    def test_dates_that_overlap_are_taken_in_the_order_entered(self) -> None:
        assert status("released 2018-04", "arrested 2018-04-10").held
        assert status("arrested 2018-04-10", "released 2018-04").free

    def test_an_undated_event_is_taken_where_it_was_entered(self) -> None:
        assert status("arrested 2018-04-22", "released", "imprisoned 2018-05-01").held
        assert status("imprisoned 2018-05-01", "released").free

    def test_an_undated_event_precedes_nothing_although_it_was_learned_earlier(self) -> None:
        learned = {"learned_on": "2018-04-20"}
        assert status("arrested 2018-05-01", ("released", learned)).free

    def test_an_event_that_is_preceded_waits_and_lets_later_entered_ones_pass(self) -> None:
        # The release cannot come before the arrest it is surely later than; the house arrest can.
        known = status(
            "released 2018-04-20/2018-04-30", "house_arrest 2018-04", "arrested 2018-04-10"
        )
        assert known.custody.value is Custody.RELEASED
        known = status(
            "released 2018-04-20/2018-04-30", "arrested 2018-04-10", "house_arrest 2018-04"
        )
        assert known.custody.value is Custody.HOUSE_ARREST

    def test_the_order_in_which_events_are_given_does_not_matter(self) -> None:
        told = story("arrested 2018-04", "released 2018-04-10", "arrested", "bail_denied 2018-05")
        one = derive_status(told, as_of=TODAY, today=TODAY)
        assert derive_status(reversed(told), as_of=TODAY, today=TODAY) == one

    @pytest.mark.parametrize(
        "beside",
        ["protest 2018-04-10", ("arrested 2018-04-10", {"confidence": Confidence.POSSIBLE})],
    )
    def test_what_changes_no_status_never_changes_the_order(self, beside: Entry) -> None:
        # If it counted, the house arrest would have to wait for it and so come after the release.
        told = ("house_arrest 2018-04-20/2018-04-30", "released 2018-04-05/2018-04-25")
        assert status(*told).free
        assert status(*told, beside).free
        assert status(*told, "arrested 2018-04-10").held


class TestTheDayOfLearning:
    def test_clips_an_open_end(self) -> None:
        known = status(
            "arrested 2018-04-22", ("released 2018-04-24/..", {"learned_on": "2018-04-26"})
        )
        assert known.days.total == DayRange(2, 4)

    def test_clips_the_rest_of_a_month(self) -> None:
        told = ("arrested 2018-04-02", ("released 2018-04", {"learned_on": "2018-04-12"}))
        assert status(*told).days.total == DayRange(0, 10)
        assert status(*told, as_of="2018-04-12").free
        assert status(*told, as_of="2018-04-11").held

    def test_is_today_where_it_is_not_recorded(self) -> None:
        assert status("arrested 2018-04", today="2018-04-10").held
        assert status("arrested 2018-04", today="2018-04-10").days.current == DayRange(0, 9)

    def test_lets_a_clipped_event_precede_a_later_one(self) -> None:
        learned = {"learned_on": "2018-04-12"}
        assert status("released 2018-04-20", ("arrested 2018-04", learned)).free
        assert status("released 2018-04-20", "arrested 2018-04").held

    def test_before_the_event_itself_is_not_believed(self) -> None:
        told = ("arrested 2018-04-22", {"learned_on": "2018-04-20"})
        assert status(told, as_of="2018-04-22").held
        assert not status(told, as_of="2018-04-21").held

    def test_never_lies_in_the_future(self) -> None:
        assert status(("arrested", {"learned_on": "2018-05-01"}), today="2018-04-22").held

    def test_does_not_clip_hearings(self) -> None:
        hearing = event(1, "hearing", "2018-04-22/2018-05-10")
        asked = {"as_of": date(2018, 4, 25), "today": date(2018, 4, 25)}
        assert not counts(hearing, **asked)
        assert counts(hearing._replace(kind=EventKind.PROTEST), **asked)


class TestAsOf:
    def test_events_after_the_day_are_not_seen(self) -> None:
        told = ("arrested 2018-04-22", "charged 2018-04-25", "released 2018-04-27")
        assert status(*told, as_of="2018-04-24") == status(
            "arrested 2018-04-22", as_of="2018-04-24"
        )

    def test_an_event_that_may_not_have_happened_yet_is_shown_and_changes_nothing(self) -> None:
        told = ("arrested 2018-04-01", "released 2018-04-10/2018-04-20")
        known = status(*told, as_of="2018-04-15")
        assert known.held
        assert known.undecided == (2,)
        assert status(*told, as_of="2018-04-09").undecided == ()
        assert status(*told, as_of="2018-04-20").free

    def test_a_day_in_the_future_means_today(self) -> None:
        told = ("arrested 2018-04-01", "released 2018-04-10")
        assert status(*told, as_of="2030-01-01", today="2018-04-05") == status(
            *told, as_of="2018-04-05", today="2018-04-05"
        )

    def test_a_day_after_the_closing_means_the_closing_day(self) -> None:
        known = status("arrested 2018-04-01", as_of="2018-05-01", closed_on="2018-04-11")
        assert known.as_of == date(2018, 4, 11)
        assert known.days.current == DayRange(10, 10)

    def test_a_day_before_the_closing_is_that_day(self) -> None:
        known = status("arrested 2018-04-01", as_of="2018-04-05", closed_on="2018-04-11")
        assert known.days.current == DayRange(4, 4)

    def test_the_status_of_a_closed_campaign_stays_as_it_was_on_the_closing_day(self) -> None:
        told = ("arrested 2018-04-01", "released 2018-04", "charged")
        then = status(*told, closed_on="2018-04-11", today="2018-04-11")
        assert then.free
        assert status(*told, closed_on="2018-04-11", today="2018-04-12") == then
        assert status(*told, closed_on="2018-04-11") == then

    def test_what_was_learned_after_the_closing_does_not_count(self) -> None:
        late = ("released", {"learned_on": "2018-05-01"})
        assert status("arrested 2018-04-01", late, closed_on="2018-04-11").held

    def test_an_undated_event_is_undecided_before_it_was_learned(self) -> None:
        told = ("released", {"learned_on": "2018-04-26"})
        assert status("arrested 2018-04-01", told, as_of="2018-04-25").undecided == (2,)
        assert status("arrested 2018-04-01", told, as_of="2018-04-26").free


class TestConfidence:
    @pytest.mark.parametrize("confidence", [Confidence.CONFIRMED, Confidence.LIKELY])
    def test_confirmed_and_likely_events_decide(self, confidence: Confidence) -> None:
        assert status(("arrested 2018-04-22", {"confidence": confidence})).held

    @pytest.mark.parametrize(
        "confidence", [Confidence.POSSIBLE, Confidence.UNLIKELY, Confidence.UNKNOWN]
    )
    def test_less_certain_ones_are_shown_apart_and_change_nothing(
        self, confidence: Confidence
    ) -> None:
        doubtful = {"confidence": confidence, "disputed": True, "proceeding": "FIR 12"}
        known = status("arrested 2018-04-22", ("charged 2018-04-25", doubtful))
        assert known == replace(status("arrested 2018-04-22"), unconfirmed=(2,))

    def test_a_doubtful_event_still_to_come_is_not_shown(self) -> None:
        doubtful = ("released 2018-04-27", {"confidence": Confidence.POSSIBLE})
        assert status("arrested 2018-04-22", doubtful, as_of="2018-04-25").unconfirmed == ()

    def test_a_doubtful_protest_is_nothing_to_show_with_a_status(self) -> None:
        assert status(("protest 2018-04-22", {"confidence": Confidence.POSSIBLE})).unconfirmed == ()

    def test_sources_differ_when_one_contradicts_an_event_that_counts(self) -> None:
        disputed = {"disputed": True}
        assert status(("arrested 2018-04-22", disputed)).sources_differ
        assert status(("hearing 2018-04-22", disputed)).sources_differ
        assert not status(("arrested 2018-04-22", disputed), as_of="2018-04-21").sources_differ
        assert not status("arrested 2018-04-22").sources_differ
