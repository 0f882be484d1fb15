from datetime import date

import pytest

from campaigns.cases.days import DayRange
from campaigns.cases.status import (
    StatusEvent,
    Totals,
    count_totals,
    derive_status,
    derive_statuses,
    events_about,
)
from campaigns.cases.vocabulary import (
    BailStatus,
    Custody,
    EventKind,
    LegalStatus,
)
from tests.cases.stories import TODAY, Entry, event, status, story

AFTERWARDS = {
    "missing": Custody.MISSING,
    "abducted": Custody.ABDUCTED,
    "forcibly_disappeared": Custody.FORCIBLY_DISAPPEARED,
    "arrested": Custody.POLICE_CUSTODY,
    "detained": Custody.DETAINED,
    "custody_acknowledged": Custody.DETAINED,
    "remanded_police": Custody.POLICE_CUSTODY,
    "remanded_judicial": Custody.JUDICIAL_CUSTODY,
    "administrative_detention": Custody.ADMINISTRATIVE_DETENTION,
    "imprisoned": Custody.IMPRISONED,
    "house_arrest": Custody.HOUSE_ARREST,
    "released_on_bail": Custody.RELEASED_ON_BAIL,
    "released_conditionally": Custody.RELEASED_CONDITIONAL,
    "released": Custody.RELEASED,
    "escaped": Custody.ESCAPED,
    "exiled": Custody.EXILED,
    "died_in_custody": Custody.DIED_IN_CUSTODY,
    "died": Custody.DIED,
}
HELD = {
    "abducted",
    "forcibly_disappeared",
    "arrested",
    "detained",
    "custody_acknowledged",
    "remanded_police",
    "remanded_judicial",
    "administrative_detention",
    "imprisoned",
    "house_arrest",
}


class TestTheSevenOfKarachi:
    """Taken on 22 and 23 April 2018, let go by the 27th, when the campaign closed."""

    ENTERED = story(
        ("abducted 2018-04-22", {"detainees": frozenset({1, 2, 3, 4, 5, 6})}),
        ("missing 2018-04-23", {"detainees": frozenset({7})}),
        ("abducted 2018-04-22/2018-04-23", {"detainees": frozenset({7})}),
        ("protest 2018-04-24", {}),
        ("released 2018-04-26", {"detainees": frozenset({1, 2, 3})}),
        ("released 2018-04-22/2018-04-26", {"detainees": frozenset({4})}),
        ("released 2018-04-27", {"detainees": frozenset({5, 6, 7})}),
    )

    def derive(self, as_of: date = TODAY) -> dict[int, tuple[Custody, DayRange | None, DayRange]]:
        statuses = derive_statuses(
            self.ENTERED,
            dict.fromkeys(range(1, 8), ()),
            as_of=as_of,
            today=TODAY,
            closed_on=date(2018, 4, 27),
        )
        return {
            number: (status.custody.value, status.days.current, status.days.total)
            for number, status in statuses.items()
        }

    def test_all_are_released_after_their_own_number_of_days(self) -> None:
        four, five = DayRange(4, 4), DayRange(5, 5)
        assert self.derive() == {
            1: (Custody.RELEASED, None, four),
            2: (Custody.RELEASED, None, four),
            3: (Custody.RELEASED, None, four),
            4: (Custody.RELEASED, None, DayRange(0, 4)),
            5: (Custody.RELEASED, None, five),
            6: (Custody.RELEASED, None, five),
            7: (Custody.RELEASED, None, DayRange(4, 5)),
        }

    def test_on_the_third_day_nobody_is_known_to_be_free(self) -> None:
        third = self.derive(date(2018, 4, 24))
        assert {custody for custody, _, _ in third.values()} == {Custody.ABDUCTED}
        assert third[1] == (Custody.ABDUCTED, DayRange(2, 2), DayRange(2, 2))
        assert third[7] == (Custody.ABDUCTED, DayRange(1, 2), DayRange(1, 2))

    def test_on_the_first_day_the_seventh_is_not_yet_known_to_be_taken(self) -> None:
        first = self.derive(date(2018, 4, 22))
        assert first[1] == (Custody.ABDUCTED, DayRange(0, 0), DayRange(0, 0))
        assert first[7] == (Custody.UNKNOWN, None, DayRange(0, 0))

    def test_on_the_day_between_the_releases_four_are_free(self) -> None:
        fifth = self.derive(date(2018, 4, 26))
        free = {number for number, (custody, _, _) in fifth.items() if custody is Custody.RELEASED}
        assert free == {1, 2, 3, 4}
        assert fifth[5][1] == DayRange(4, 4)

    def test_the_one_missing_came_to_be_abducted_although_that_may_be_the_earlier_day(self) -> None:
        seventh = derive_status(events_about(7, self.ENTERED), as_of=date(2018, 4, 25), today=TODAY)
        assert seventh.custody.since is not None
        assert seventh.custody.since.edtf == "2018-04-22/2018-04-23"
        assert seventh.custody.evidence == 3


class TestRawalAsad:
    """Bail granted on the day the campaign closed: held, as last known."""

    ENTERED: tuple[Entry, ...] = (
        "protest 2019-02-05",
        ("arrested 2019-02-11", {"disputed": True}),
        ("hearing 2019-02-13", {}),
        ("bail_denied 2019-02-15", {"disputed": True}),
        ("petition_handover 2019-02-20", {}),
        ("protest 2019-03-04", {}),
        ("bail_granted 2019-03-06T15:00", {}),
        ("charged ../2019-03-06", {}),
    )

    def test_bail_granted_is_not_release(self) -> None:
        known = status(*self.ENTERED, closed_on="2019-03-06")
        assert known.custody.value is Custody.POLICE_CUSTODY
        assert [it.status for it in known.bail] == [BailStatus.GRANTED_NOT_EXECUTED]
        assert [it.status for it in known.legal] == [LegalStatus.CHARGED]
        assert known.sources_differ

    def test_no_day_counts_after_the_campaign_closed(self) -> None:
        known = status(*self.ENTERED, closed_on="2019-03-06")
        assert known.as_of == date(2019, 3, 6)
        assert known.days.current == known.days.total == DayRange(23, 23)

    def test_before_the_grant_bail_was_denied_and_the_charge_was_not_certain(self) -> None:
        known = status(*self.ENTERED, as_of="2019-03-01", closed_on="2019-03-06")
        assert [it.status for it in known.bail] == [BailStatus.DENIED]
        assert [it.status for it in known.legal] == [LegalStatus.NONE_KNOWN]
        assert known.undecided == (8,)
        assert known.days.current == DayRange(18, 18)

    def test_two_reported_days_of_arrest_give_a_range(self) -> None:
        known = status("arrested 2019-02-11/2019-02-12", closed_on="2019-03-06")
        assert known.days.current == DayRange(22, 23)


@pytest.mark.parametrize(("kind", "custody"), AFTERWARDS.items())
def test_each_kind_of_event_about_custody_sets_its_value(kind: str, custody: Custody) -> None:
    known = status(f"{kind} 2018-04-22")
    assert known.custody.value is custody
    assert known.custody.since is not None
    assert known.custody.since.edtf == "2018-04-22"
    assert known.custody.evidence == 1


@pytest.mark.parametrize("kind", sorted({kind.value for kind in EventKind} - set(AFTERWARDS)))
def test_no_other_kind_of_event_touches_custody_or_days(kind: str) -> None:
    before = status("arrested 2018-04-22", "released 2018-04-27")
    after = status("arrested 2018-04-22", "released 2018-04-27", f"{kind} 2018-04-28")
    assert (after.custody, after.days) == (before.custody, before.days)


@pytest.mark.parametrize("kind", sorted(AFTERWARDS))
def test_days_count_in_anybodys_custody_and_in_house_arrest_only(kind: str) -> None:
    known = status(f"{kind} 2018-04-22", as_of="2018-05-02")
    counted = DayRange(10, 10) if kind in HELD else None
    assert known.days.current == counted
    assert known.days.total == (counted or DayRange(0, 0))
    assert known.held is (kind in HELD)


@pytest.mark.parametrize("kind", sorted(set(AFTERWARDS) - HELD))
def test_what_is_no_custody_ends_the_count_of_days(kind: str) -> None:
    known = status("arrested 2018-04-22", f"{kind} 2018-04-27")
    assert known.days.current is None
    assert known.days.total == DayRange(5, 5)


def test_nothing_is_known_of_somebody_without_events() -> None:
    known = status()
    assert known.custody.value is Custody.UNKNOWN
    assert known.custody.since is None
    assert [(it.proceeding, it.status) for it in known.legal] == [(None, LegalStatus.NONE_KNOWN)]
    assert [(it.proceeding, it.status) for it in known.bail] == [(None, BailStatus.NONE)]
    assert known.days.current is None
    assert known.days.total == DayRange(0, 0)
    assert not any((known.held, known.free, known.dead, known.sources_differ))


def test_a_step_to_another_custody_goes_on_with_the_same_spell() -> None:
    known = status(
        "abducted 2018-04-22", "custody_acknowledged 2018-06-01", "remanded_judicial 2018-06-03"
    )
    assert known.custody.value is Custody.JUDICIAL_CUSTODY
    assert known.custody.since is not None
    assert known.custody.since.edtf == "2018-06-03"
    assert known.custody.evidence == 3
    assert known.custody.spell_since is not None
    assert known.custody.spell_since.edtf == "2018-04-22"
    assert known.custody.spell_evidence == 1


def test_a_remand_that_is_renewed_keeps_its_first_date() -> None:
    known = status("remanded_judicial 2018-04-22", "remanded_judicial 2018-05-06")
    assert known.custody.evidence == 1


def test_somebody_free_is_in_no_spell() -> None:
    assert status("arrested 2018-04-22", "released 2018-04-23").custody.spell_since is None


class TestACampaign:
    def test_an_event_of_the_whole_campaign_happens_to_everybody(self) -> None:
        statuses = derive_statuses(
            story("arrested 2018-04-22"), {1: (), 2: ()}, as_of=TODAY, today=TODAY
        )
        assert [status.held for status in statuses.values()] == [True, True]

    def test_an_event_about_somebody_else_changes_nothing(self) -> None:
        told = story(
            ("arrested 2018-04-22", {"detainees": frozenset({1, 2})}),
            ("released 2018-04-25", {"detainees": frozenset({2})}),
            ("released 2018-04-26", {"detainees": frozenset({99})}),
        )
        statuses = derive_statuses(told, {1: (), 2: ()}, as_of=TODAY, today=TODAY)
        assert [status.held for status in statuses.values()] == [True, False]
        assert set(statuses) == {1, 2}

    def test_those_with_different_proceedings_are_kept_apart(self) -> None:
        statuses = derive_statuses(
            story("charged 2018-04-22"), {1: ("A",), 2: ("B",)}, as_of=TODAY, today=TODAY
        )
        assert [status.legal[0].proceeding for status in statuses.values()] == ["A", "B"]

    def test_totals_count_everybody_once(self) -> None:
        kinds = [*AFTERWARDS, None]
        events: list[StatusEvent] = [
            event(number, kind, "2018-04-22", detainees=frozenset({number}))
            for number, kind in enumerate(kinds)
            if kind is not None
        ]
        statuses = derive_statuses(
            events, dict.fromkeys(range(len(kinds)), ()), as_of=TODAY, today=TODAY
        )
        assert count_totals(statuses.values()) == Totals(
            detainees=19, held=10, free=5, on_bail=1, dead=2, unknown=2
        )

    def test_nobody_at_all_is_nought(self) -> None:
        assert count_totals([]) == Totals(0, 0, 0, 0, 0, 0)
