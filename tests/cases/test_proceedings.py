import pytest

from campaigns.cases.status import derive_status
from campaigns.cases.vocabulary import (
    AppealBy,
    LegalStatus,
)
from tests.cases.stories import TODAY, Entry, status, story


class TestLegalStatus:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("investigation_opened", LegalStatus.UNDER_INVESTIGATION),
            ("charged", LegalStatus.CHARGED),
            ("trial_opened", LegalStatus.ON_TRIAL),
            ("convicted", LegalStatus.CONVICTED),
            ("acquitted", LegalStatus.ACQUITTED),
            ("charges_dropped", LegalStatus.CHARGES_DROPPED),
            ("case_dismissed", LegalStatus.DISMISSED),
            ("appeal_filed", LegalStatus.UNDER_APPEAL),
            ("conviction_upheld", LegalStatus.CONVICTED),
            ("conviction_overturned", LegalStatus.ACQUITTED),
            ("sentence_served", LegalStatus.SENTENCE_SERVED),
            ("pardoned", LegalStatus.PARDONED),
        ],
    )
    def test_each_kind_sets_its_value_with_its_date_and_evidence(
        self, kind: str, expected: LegalStatus
    ) -> None:
        (standing,) = status(f"{kind} 2018-04-22").legal
        assert standing.status is expected
        assert standing.since is not None
        assert standing.since.edtf == "2018-04-22"
        assert standing.evidence == 1

    def test_somebody_held_without_a_reported_charge_has_none_known(self) -> None:
        (standing,) = status("arrested 2018-04-22").legal
        assert standing.status is LegalStatus.NONE_KNOWN
        assert standing.since is None

    def test_an_appeal_says_whose_it_is(self) -> None:
        (standing,) = status(
            "acquitted 2018-04-22", ("appeal_filed 2018-05-02", {"by": AppealBy.PROSECUTION})
        ).legal
        assert (standing.status, standing.by) == (LegalStatus.UNDER_APPEAL, AppealBy.PROSECUTION)

    def test_the_other_sides_appeal_is_another_standing(self) -> None:
        defence = ("appeal_filed 2018-05-01", {"by": AppealBy.DEFENCE})
        prosecution = ("appeal_filed 2018-05-02", {"by": AppealBy.PROSECUTION})
        (standing,) = status(defence, prosecution).legal
        assert (standing.by, standing.evidence) == (AppealBy.PROSECUTION, 2)
        (standing,) = status(defence, "appeal_filed 2018-05-02").legal
        assert (standing.by, standing.evidence) == (AppealBy.DEFENCE, 1)

    def test_only_appeals_are_somebodys(self) -> None:
        (standing,) = status(("charged 2018-05-01", {"by": AppealBy.PROSECUTION})).legal
        assert standing.by is None

    def test_a_second_charge_keeps_the_date_of_the_first(self) -> None:
        (standing,) = status("charged 2018-04-22", "charged 2018-05-22").legal
        assert standing.evidence == 1

    def test_a_decided_appeal_has_its_own_date(self) -> None:
        (standing,) = status(
            "convicted 2018-04-22", "appeal_filed 2018-05-01", "conviction_upheld 2019-01-01"
        ).legal
        assert (standing.status, standing.evidence) == (LegalStatus.CONVICTED, 3)

    def test_a_release_drops_no_charge(self) -> None:
        (standing,) = status("charged 2018-04-22", "released 2018-04-27").legal
        assert standing.status is LegalStatus.CHARGED


class TestWhatAnAppealIsAgainst:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("convicted", "convicted"),
            ("conviction_upheld", "convicted"),
            ("acquitted", "acquitted"),
            ("conviction_overturned", "acquitted"),
            ("charges_dropped", "charges_dropped"),
            ("case_dismissed", "dismissed"),
        ],
    )
    def test_it_is_the_verdict_before_it(self, kind: str, expected: str) -> None:
        (standing,) = status(
            "charged 2018-04-22", f"{kind} 2018-05", "appeal_filed 2018-07-01"
        ).legal
        assert standing.after is not None
        assert (standing.after.status, standing.after.evidence) == (expected, 2)
        assert standing.after.since.edtf == "2018-05"

    def test_of_several_verdicts_it_is_the_last(self) -> None:
        (standing,) = status(
            "acquitted 2018-04-22",
            "appeal_filed 2018-05-01",
            "convicted 2019-01-01",
            "appeal_filed 2019-02-01",
        ).legal
        assert standing.after is not None
        assert (standing.after.status, standing.after.evidence) == ("convicted", 3)

    def test_the_other_sides_appeal_is_against_the_same(self) -> None:
        (standing,) = status(
            "convicted 2018-04-22",
            ("appeal_filed 2018-05-01", {"by": AppealBy.DEFENCE}),
            ("appeal_filed 2018-05-02", {"by": AppealBy.PROSECUTION}),
        ).legal
        assert standing.after is not None
        assert standing.after.evidence == 1

    def test_a_sentence_served_meanwhile_is_no_verdict(self) -> None:
        (standing,) = status(
            "convicted 2018-04-22", "sentence_served 2018-05-22", "appeal_filed 2018-06-01"
        ).legal
        assert standing.after is not None
        assert standing.after.status == "convicted"

    def test_it_is_not_told_where_nobody_told_it_or_nothing_is_under_appeal(self) -> None:
        for told in (["charged 2018-04-22", "appeal_filed 2018-05-01"], ["convicted 2018-04-22"]):
            (standing,) = status(*told).legal
            assert standing.after is None

    def test_each_proceeding_has_its_own(self) -> None:
        known = status(
            ("convicted 2018-04-22", {"proceeding": "A"}),
            ("acquitted 2018-04-23", {"proceeding": "B"}),
            ("appeal_filed 2018-05-01", {"proceeding": "A"}),
            ("appeal_filed 2018-05-01", {"proceeding": "B"}),
        )
        assert [it.after and it.after.status for it in known.legal] == ["convicted", "acquitted"]

    def test_it_is_what_had_been_decided_by_the_day(self) -> None:
        told = ("acquitted 2018-04-22", "appeal_filed 2018-05-01", "convicted 2019-01-01")
        (standing,) = status(*told, as_of="2018-12-31").legal
        assert standing.after is not None
        assert standing.after.status == "acquitted"
        (standing,) = status(*told).legal
        assert (standing.status, standing.after) == (LegalStatus.CONVICTED, None)


class TestProceedings:
    def legal(self, *entries: Entry, proceedings: tuple[str, ...] = ()) -> dict[str | None, str]:
        known = status(*entries, proceedings=proceedings)
        return {it.proceeding: it.status.value for it in known.legal}

    def bail(self, *entries: Entry, proceedings: tuple[str, ...] = ()) -> dict[str | None, str]:
        known = status(*entries, proceedings=proceedings)
        return {it.proceeding: it.status.value for it in known.bail}

    def test_an_event_without_one_belongs_to_the_only_one(self) -> None:
        assert self.legal("charged 2018-04-22", proceedings=("FIR 12",)) == {"FIR 12": "charged"}

    def test_the_only_one_may_be_known_from_another_event(self) -> None:
        named = ("hearing 2018-04-21", {"proceeding": "FIR 12"})
        assert self.legal(named, "charged 2018-04-22") == {"FIR 12": "charged"}

    def test_the_only_one_is_not_known_from_an_event_to_come(self) -> None:
        named = ("charged 2018-05-21", {"proceeding": "FIR 12"})
        known = status("charged 2018-04-22", named, as_of="2018-05-01")
        assert [(it.proceeding, it.status) for it in known.legal] == [(None, LegalStatus.CHARGED)]

    def test_with_several_it_belongs_to_one_without_a_label(self) -> None:
        assert self.legal("charged 2018-04-22", proceedings=("A", "B")) == {
            "A": "none_known",
            "B": "none_known",
            None: "charged",
        }

    def test_without_any_it_belongs_to_one_without_a_label(self) -> None:
        assert self.legal("charged 2018-04-22") == {None: "charged"}

    def test_each_goes_its_own_way(self) -> None:
        assert self.legal(
            ("charged 2018-04-22", {"proceeding": "A"}),
            ("charged 2018-04-22", {"proceeding": "B"}),
            ("acquitted 2018-05-22", {"proceeding": "A"}),
            proceedings=("B",),
        ) == {"B": "charged", "A": "acquitted"}

    def test_a_release_on_bail_executes_every_bail_granted(self) -> None:
        assert self.bail(
            ("bail_granted 2018-04-22", {"proceeding": "A"}),
            ("bail_granted 2018-04-23", {"proceeding": "B"}),
            ("bail_denied 2018-04-23", {"proceeding": "C"}),
            "released_on_bail 2018-04-24",
        ) == {"A": "executed", "B": "executed", "C": "denied"}

    def test_a_release_on_bail_that_names_one_executes_that_one_only(self) -> None:
        assert self.bail(
            ("bail_granted 2018-04-22", {"proceeding": "A"}),
            ("bail_granted 2018-04-23", {"proceeding": "B"}),
            ("released_on_bail 2018-04-24", {"proceeding": "A"}),
        ) == {"A": "executed", "B": "granted_not_executed"}

    def test_a_release_on_bail_is_evidence_of_a_grant_nobody_reported(self) -> None:
        assert self.bail("released_on_bail 2018-04-24") == {None: "executed"}
        assert self.bail("released_on_bail 2018-04-24", proceedings=("A",)) == {"A": "executed"}

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("bail_applied", "applied"),
            ("bail_denied", "denied"),
            ("bail_granted", "granted_not_executed"),
            ("bail_cancelled", "cancelled"),
        ],
    )
    def test_each_kind_about_bail_sets_its_value(self, kind: str, expected: str) -> None:
        assert self.bail(f"{kind} 2018-04-22") == {None: expected}

    def test_a_second_denial_keeps_the_date_of_the_first(self) -> None:
        (standing,) = status("bail_denied 2018-04-22", "bail_denied 2018-05-22").bail
        assert standing.evidence == 1

    def test_those_nobody_put_on_record_follow_in_the_order_entered(self) -> None:
        told = story(
            ("charged 2018-04-22", {"proceeding": "B"}), ("charged 2018-04-22", {"proceeding": "A"})
        )
        known = derive_status(reversed(told), as_of=TODAY, today=TODAY)
        assert [it.proceeding for it in known.legal] == ["B", "A"]

    def test_a_release_without_bail_executes_none(self) -> None:
        assert self.bail("bail_granted 2018-04-22", "released 2018-04-23") == {
            None: "granted_not_executed"
        }
