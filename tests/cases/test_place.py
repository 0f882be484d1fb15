import pytest

from campaigns.cases.vocabulary import (
    Disclosure,
)
from tests.cases.stories import Entry, status


class TestPlace:
    def place(self, *entries: Entry) -> tuple[str | None, Disclosure | None]:
        place = status(*entries).place
        return place.text, place.disclosure

    ARREST = ("arrested 2018-04-22", {"place": "Multan"})

    def test_custody_in_a_named_place_discloses_it(self) -> None:
        assert self.place(self.ARREST) == ("Multan", Disclosure.DISCLOSED)

    def test_the_last_known_place_stands_within_a_spell(self) -> None:
        assert self.place(self.ARREST, "remanded_judicial 2018-04-24")[0] == "Multan"

    def test_a_transfer_changes_the_place_and_not_the_custody(self) -> None:
        moved = ("transferred 2018-04-24", {"place": "Lahore"})
        assert self.place(self.ARREST, moved) == ("Lahore", Disclosure.DISCLOSED)
        assert status(self.ARREST, moved).custody == status(self.ARREST).custody

    def test_a_transfer_nobody_knows_where_to_makes_it_unknown(self) -> None:
        moved = ("transferred 2018-04-24", {"disclosure": Disclosure.WITHHELD})
        assert self.place(self.ARREST, moved) == (None, Disclosure.WITHHELD)

    def test_a_denial_changes_only_what_the_authority_says(self) -> None:
        denied = "custody_denied 2018-04-24"
        assert self.place(self.ARREST, denied) == ("Multan", Disclosure.DENIED)
        assert status(self.ARREST, denied).custody == status(self.ARREST).custody

    def test_a_denial_stands_when_somebody_missing_turns_out_to_have_disappeared(self) -> None:
        told = (
            "missing 2018-04-22",
            "custody_denied 2018-04-23",
            "forcibly_disappeared 2018-05-01",
        )
        assert self.place(*told) == (None, Disclosure.DENIED)

    def test_an_acknowledgement_says_whether_the_place_is_disclosed(self) -> None:
        taken = "forcibly_disappeared 2018-04-22"
        denied = "custody_denied 2018-04-23"
        assert self.place(taken, denied) == (None, Disclosure.DENIED)
        silent = "custody_acknowledged 2018-05-01"
        assert self.place(taken, denied, silent) == (None, Disclosure.WITHHELD)
        told = ("custody_acknowledged 2018-05-01", {"place": "Karachi"})
        assert self.place(taken, denied, told) == ("Karachi", Disclosure.DISCLOSED)
        secret = ("custody_acknowledged 2018-05-01", {"disclosure": Disclosure.WITHHELD})
        assert self.place(taken, denied, secret) == (None, Disclosure.WITHHELD)

    def test_where_somebody_was_taken_is_not_where_they_are_held(self) -> None:
        taken = ("abducted 2018-04-22", {"place": "near the station"})
        assert self.place(taken) == (None, None)

    @pytest.mark.parametrize("kind", ["released", "escaped", "died_in_custody"])
    def test_nobody_out_of_custody_is_held_anywhere(self, kind: str) -> None:
        ended = (f"{kind} 2018-04-24", {"place": "Multan"})
        assert self.place(self.ARREST, ended) == (None, None)
