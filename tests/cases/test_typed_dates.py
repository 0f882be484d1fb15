"""Dates are read as people type them, said back in words, and never guessed between two days."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from campaigns.cases.dates import DateError, PartialDate, parse_edtf
from campaigns.cases.typed_dates import (
    LONGEST,
    TypedDateError,
    TypedDateFault,
    read_typed_date,
)
from campaigns.cases.wording import LABELS, date_in_words

TODAY = date(2024, 3, 15)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def read(text: str, today: date = TODAY, locale: str = "en") -> str:
    return read_typed_date(text, today=today, locale=locale).when.edtf


def worded(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@pytest.mark.parametrize(
    ("typed", "edtf"),
    [
        ("April 2018", "2018-04"),
        ("apr. 2018", "2018-04"),
        ("Sept 2018", "2018-09"),
        ("2018", "2018"),
        ("4/2018", "2018-04"),
        ("22 April 2018", "2018-04-22"),
        ("22nd of April, 2018", "2018-04-22"),
        ("April 22, 2018", "2018-04-22"),
        ("Sunday, 22 April 2018", "2018-04-22"),
        ("22apr2018", "2018-04-22"),
        ("22.4.2018", "2018-04-22"),
        ("3.4.2018", "2018-04-03"),
        ("22/4/2018", "2018-04-22"),
        ("4/22/2018", "2018-04-22"),
        ("3/3/2018", "2018-03-03"),
        ("2018-04-22", "2018-04-22"),
        ("2018-04-22T15:00", "2018-04-22T15:00"),
        ("22 April 2018 15:00", "2018-04-22T15:00"),
        ("yesterday at 9:30", "2024-03-14T09:30"),
        ("2018/4/2", "2018-04-02"),
        ("٢٢ April ٢٠١٨", "2018-04-22"),
        ("２２．４．２０１８", "2018-04-22"),
        ("today", "2024-03-15"),
        ("Yesterday ", "2024-03-14"),
        ("3 days ago", "2024-03-12"),
        ("on Monday", "2024-03-11"),
        ("last Friday", "2024-03-08"),
        ("between 28 Nov and 1 Dec 2019", "2019-11-28/2019-12-01"),
        ("28 Nov – 1 Dec 2019", "2019-11-28/2019-12-01"),
        ("28 - 30 Nov 2019", "2019-11-28/2019-11-30"),
        ("28–30 Nov 2019", "2019-11-28/2019-11-30"),
        ("28-30 Nov 2019", "2019-11-28/2019-11-30"),
        ("from 28 Dec to 2 Jan 2020", "2019-12-28/2020-01-02"),
        ("between Oct and March 2020", "2019-10/2020-03"),
        ("Nov–Dec 2019", "2019-11/2019-12"),
        ("2018 - 2019", "2018/2019"),
        ("before 26 April 2018", "../2018-04-26"),
        ("by 26 April 2018", "../2018-04-26"),
        ("after 22 April 2018", "2018-04-22/.."),
        ("22 April 2018 or later", "2018-04-22/.."),
        ("about April 2018", "2018-04~"),
        ("c. 2018", "2018~"),
        ("22 April 2018 ~", "2018-04-22~"),
        ("unknown", ""),
        ("", ""),
        ("?", ""),
    ],
)
def test_dates_are_read_as_people_type_them(typed: str, edtf: str) -> None:
    found = read_typed_date(typed, today=TODAY)
    assert (found.when.edtf, found.guessed) == (edtf, False)


@pytest.mark.parametrize(
    ("typed", "edtf"),
    [
        ("between 28 Nov and 1 Dec", "2023-11-28/2023-12-01"),
        ("28 Dec – 2 Jan", "2023-12-28/2024-01-02"),
        ("14 March", "2024-03-14"),
        ("15 March", "2024-03-15"),
        ("16 March", "2023-03-16"),
        ("16.3.", "2023-03-16"),
        ("March", "2024-03"),
        ("about December", "2023-12~"),
        ("before 3 May", "../2023-05-03"),
        ("29 Feb", "2024-02-29"),
        ("between 10 and 20 March", "2024-03-10/2024-03-20"),
    ],
)
def test_a_year_left_out_is_the_last_in_which_it_was_not_still_to_come(
    typed: str, edtf: str
) -> None:
    found = read_typed_date(typed, today=TODAY)
    assert (found.when.edtf, found.guessed) == (edtf, True)
    assert read("29 Feb", today=date(2023, 3, 1)) == "2020-02-29"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("3/4/2018", "AMBIGUOUS"),
        ("3-4-2018", "AMBIGUOUS"),
        ("between 3/4/2018 and 5 May 2018", "AMBIGUOUS"),
        ("22.4.18", "SHORT_YEAR"),
        ("rubbish", "UNREADABLE"),
        ("22", "UNREADABLE"),
        ("22 Foo 2018", "UNREADABLE"),
        ("about yesterday morning", "UNREADABLE"),
        ("April 2018 15:00", "UNREADABLE"),
        ("x" * (LONGEST + 1), "UNREADABLE"),
        ("31 April 2018", "IMPOSSIBLE_DAY"),
        ("2018-13-01", "IMPOSSIBLE_DAY"),
        ("29 Feb 2019", "IMPOSSIBLE_DAY"),
        ("between 9 Feb and 3 Feb 2019", "UPSIDE_DOWN"),
        ("between 1 Dec and 28 Nov 2019", "UPSIDE_DOWN"),
        ("between 1 Dec and 28 Nov", "UPSIDE_DOWN"),
        ("yesterday 25:00", "IMPOSSIBLE_TIME"),
        ("1 Dec 2019 - 28 Nov 2019", "UPSIDE_DOWN"),
        ("../..", "OPEN_AT_BOTH_ENDS"),
    ],
)
def test_what_cannot_be_read_or_could_be_two_days_is_asked_about(typed: str, fault: str) -> None:
    with pytest.raises(TypedDateError) as refused:
        read(typed)
    assert refused.value.fault.name == fault
    assert str(refused.value) == refused.value.fault.value


def test_months_are_known_in_the_language_of_the_page() -> None:
    assert read("22 avril 2018", locale="fr") == "2018-04-22"
    assert read("۲۲ اپریل ۲۰۱۸", locale="ur") == "2018-04-22"
    assert read("22 April 2018", locale="ur") == "2018-04-22"
    with pytest.raises(TypedDateError):
        read("22 avril 2018")


def test_the_sentences_stand_in_the_catalogue_as_they_are_written() -> None:
    for fault in TypedDateFault:
        # Read as the constant that gettext finds.
        assert LABELS[TypedDateFault][fault]._args[0] == fault.value


@given(DAYS, st.sampled_from(["{d} {M} {y}", "{M} {d}, {y}", "{d}.{m}.{y}", "{y}-{m:02}-{d:02}"]))
def test_a_whole_day_comes_back_however_it_is_written(day: date, form: str) -> None:
    typed = form.format(d=day.day, m=day.month, y=day.year, M=MONTHS[day.month - 1])
    assert read(typed) == day.isoformat()


@given(DAYS, st.integers(0, 800))
def test_a_range_of_days_comes_back(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    for form in ("between {} and {}", "{} – {}", "from {} to {}"):
        assert read(form.format(worded(first), worded(last))) == f"{first}/{last}"


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1900, 2099))
def test_of_two_possible_days_none_is_chosen(one: int, two: int, year: int) -> None:
    if one == two:
        assert read(f"{one}/{two}/{year}") == f"{year}-{one:02}-{two:02}"
    else:
        with pytest.raises(TypedDateError) as refused:
            read(f"{one}/{two}/{year}")
        assert refused.value.fault is TypedDateFault.AMBIGUOUS


@given(DAYS, DAYS)
def test_a_guessed_day_has_come_and_is_less_than_nine_years_past(day: date, today: date) -> None:
    found = read_typed_date(f"{day.day} {MONTHS[day.month - 1]}", today=today)
    guessed = found.when.earliest
    assert found.guessed
    assert guessed is not None
    assert guessed <= today
    assert today.year - guessed.year <= 8
    assert (guessed.month, guessed.day) == (day.month, day.day)


@given(st.text(max_size=LONGEST))
def test_whatever_is_typed_is_a_date_or_a_fault(typed: str) -> None:
    try:
        found = read_typed_date(typed, today=TODAY).when
    except TypedDateError:
        return
    assert parse_edtf(found.edtf) == found


@given(st.from_regex(r"[0-9]{1,4}[-/.~ ][0-9A-Za-z~./ -]{0,30}", fullmatch=True))
def test_what_case_files_write_means_the_same_here(typed: str) -> None:
    try:
        expected: PartialDate | None = parse_edtf(typed)
    except DateError:
        expected = None
    if expected is not None:
        assert read_typed_date(typed, today=TODAY) == (expected, False)


@pytest.mark.database("sqlite")  # nothing is read from it
def test_the_words_it_is_said_back_in_can_be_typed_again(app: Flask) -> None:
    for day in (date(2018, 4, 22), date(1999, 12, 31), date(2024, 2, 29)):
        range_of_days = f"{day}/{day + timedelta(days=5)}"
        for edtf in (
            day.isoformat(), f"{day:%Y-%m}", f"../{day}", f"{day}/..", f"{day:%Y-%m}~",
            range_of_days, f"{day}T07:05", "",
        ):  # fmt: skip
            assert read(date_in_words(parse_edtf(edtf))) == edtf
