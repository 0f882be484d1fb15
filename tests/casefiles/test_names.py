"""What visitors may read of a detainee's name."""

import pytest

from campaigns.cases.names import PublicName, initials, public_name, public_ref
from campaigns.cases.vocabulary import NamePolicy


def shown(name: str, romanised: str | None, policy: NamePolicy, siblings: int = 1) -> PublicName:
    return public_name(
        name, romanised, policy, withheld="Name withheld", position=3, siblings=siblings
    )


def test_a_full_name_is_shown_in_its_script_and_romanised() -> None:
    assert shown("زینب مثال", "Zainab Misal", NamePolicy.FULL) == ("زینب مثال", "Zainab Misal")


def test_initials_are_those_of_the_romanised_form_where_there_is_one() -> None:
    assert shown("زینب مثال", "Zainab Misal", NamePolicy.INITIALS) == ("Z. M.", None)
    assert shown("زینب مثال", None, NamePolicy.INITIALS) == ("ز. م.", None)


def test_a_withheld_name_is_told_apart_only_among_several() -> None:
    assert shown("Samir Qadri", "Samir Qadri", NamePolicy.WITHHELD) == ("Name withheld", None)
    assert shown("Samir Qadri", None, NamePolicy.WITHHELD, 7) == ("Name withheld (3)", None)


def test_a_name_without_letters_has_no_initials_and_is_withheld() -> None:
    assert shown("1", None, NamePolicy.INITIALS, 7) == ("Name withheld (3)", None)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Rawal Asad", "R. A."),
        ("Jean-Luc Moreau", "J.-L. M."),
        ("abd al-Rahman", "a. a.-R."),
        ("Élise O’Neill", "É. O."),
        ("E\u0301lise", "É."),
        ("“Comrade” Ali", "C. A."),
        ("رَوال اسد", "ر. ا."),
        ("राम प्रसाद", "र. प."),
        ("  Ali   - ", "A."),
        ("7", ""),
    ],
)
def test_initials_are_never_more_than_first_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_ref_is_shown_only_where_the_name_is() -> None:
    assert public_ref("rawal-asad", NamePolicy.FULL, 1) == "rawal-asad"
    assert public_ref("samir-qadri", NamePolicy.INITIALS, 3) == "detainee-3"
    assert public_ref("samir-qadri", NamePolicy.WITHHELD, 3) == "detainee-3"
