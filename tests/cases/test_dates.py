from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.cases.dates import (
    UNKNOWN_DATE,
    DateError,
    DateFault,
    Precision,
    on_day,
    parse_edtf,
)

FORMS = [
    ("2018-04-22", "2018-04-22", "2018-04-22", Precision.DAY),
    ("2018-04-22T15:00", "2018-04-22", "2018-04-22", Precision.TIME),
    ("2018-04", "2018-04-01", "2018-04-30", Precision.MONTH),
    ("2018", "2018-01-01", "2018-12-31", Precision.YEAR),
    ("2018-04~", "2018-04-01", "2018-04-30", Precision.MONTH),
    ("2018~", "2018-01-01", "2018-12-31", Precision.YEAR),
    ("2018-04-22~", "2018-04-22", "2018-04-22", Precision.DAY),
    ("2019-11-28/2019-12-01", "2019-11-28", "2019-12-01", Precision.DAY),
    ("2018-04-22/2018-04-22", "2018-04-22", "2018-04-22", Precision.DAY),
    ("2018-04/2018-05", "2018-04-01", "2018-05-31", Precision.MONTH),
    ("2018/2019", "2018-01-01", "2019-12-31", Precision.YEAR),
    ("2018/2019-03-05", "2018-01-01", "2019-03-05", Precision.YEAR),
    ("2018-04-15/2018-04", "2018-04-15", "2018-04-30", Precision.MONTH),
    ("../2018-04-26", None, "2018-04-26", Precision.DAY),
    ("../2018-04", None, "2018-04-30", Precision.MONTH),
    ("2018-04-22/..", "2018-04-22", None, Precision.DAY),
    ("2018/..", "2018-01-01", None, Precision.YEAR),
    ("", None, None, Precision.UNKNOWN),
    ("2020-02", "2020-02-01", "2020-02-29", Precision.MONTH),
    ("2019-02", "2019-02-01", "2019-02-28", Precision.MONTH),
    ("9999-12-31", "9999-12-31", "9999-12-31", Precision.DAY),
    ("0001", "0001-01-01", "0001-12-31", Precision.YEAR),
]


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@pytest.mark.parametrize(("text", "earliest", "latest", "precision"), FORMS)
def test_a_date_has_the_bounds_and_the_precision_that_are_written(
    text: str, earliest: str | None, latest: str | None, precision: Precision
) -> None:
    read = parse_edtf(text)
    assert (read.earliest, read.latest, read.precision) == (day(earliest), day(latest), precision)


@pytest.mark.parametrize("text", [form[0] for form in FORMS])
def test_every_accepted_text_comes_back_unchanged(text: str) -> None:
    assert parse_edtf(text).edtf == text


def test_a_time_is_kept_and_nothing_else_has_one() -> None:
    assert parse_edtf("2018-04-22T15:05").time == time(15, 5)
    assert parse_edtf("2018-04-22").time is None


def test_only_a_tilde_makes_a_date_approximate_and_it_keeps_the_bounds() -> None:
    about, plain = parse_edtf("2018-04~"), parse_edtf("2018-04")
    assert about.approximate
    assert not plain.approximate
    assert (about.earliest, about.latest) == (plain.earliest, plain.latest)


def test_the_empty_text_is_the_unknown_date() -> None:
    assert parse_edtf("") == UNKNOWN_DATE
    assert not UNKNOWN_DATE.known
    assert parse_edtf("2018").known


def test_a_known_day_makes_a_date() -> None:
    assert on_day(date(2018, 4, 22)) == parse_edtf("2018-04-22")


def test_a_range_gives_its_two_ends_as_they_are_written() -> None:
    assert parse_edtf("2018/2019-03-05").ends == (parse_edtf("2018"), parse_edtf("2019-03-05"))
    assert parse_edtf("../2018-04-26").ends == (None, parse_edtf("2018-04-26"))
    assert parse_edtf("2018-04-22/..").ends == (parse_edtf("2018-04-22"), None)
    assert parse_edtf("2018-04-22").ends is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("yesterday", DateFault.SHAPE),
        ("22 April 2018", DateFault.SHAPE),
        ("22/04/2018", DateFault.SHAPE),
        ("2018-4-22", DateFault.SHAPE),
        ("18-04-22", DateFault.SHAPE),
        ("20180422", DateFault.SHAPE),
        ("02018-04-22", DateFault.SHAPE),
        ("-2018", DateFault.SHAPE),
        ("+2018", DateFault.SHAPE),
        ("2018-04-22 ", DateFault.SHAPE),
        (" 2018-04-22", DateFault.SHAPE),
        ("2018-04-22\n", DateFault.SHAPE),
        ("2018-04-22T15:00Z", DateFault.SHAPE),
        ("2018-04-22T15:00:00", DateFault.SHAPE),
        ("2018-04-22T15", DateFault.SHAPE),
        ("2018-04-22T", DateFault.SHAPE),
        ("2018-04-22 15:00", DateFault.SHAPE),
        ("2018-04T15:00", DateFault.SHAPE),
        ("2018-04-22x", DateFault.SHAPE),
        ("2018-04~~", DateFault.SHAPE),
        ("2018?", DateFault.SHAPE),
        ("201X", DateFault.SHAPE),
        ("٢٠١٨-٠٤-٢٢", DateFault.SHAPE),
        ("２０１８", DateFault.SHAPE),
        ("۲۰۱۸-۰۴", DateFault.SHAPE),
        ("2018\x00", DateFault.SHAPE),
        ("/", DateFault.SHAPE),
        ("2018/", DateFault.SHAPE),
        ("/2018", DateFault.SHAPE),
        ("..", DateFault.SHAPE),
        ("2018/2019/2020", DateFault.SHAPE),
        ("../2018/..", DateFault.SHAPE),
        ("../..", DateFault.OPEN_AT_BOTH_ENDS),
        ("0000", DateFault.IMPOSSIBLE_DAY),
        ("0000-01-01", DateFault.IMPOSSIBLE_DAY),
        ("2018-00", DateFault.IMPOSSIBLE_DAY),
        ("2018-13", DateFault.IMPOSSIBLE_DAY),
        ("2018-04-00", DateFault.IMPOSSIBLE_DAY),
        ("2018-04-31", DateFault.IMPOSSIBLE_DAY),
        ("2019-02-29", DateFault.IMPOSSIBLE_DAY),
        ("2018-04-31/2018-05-01", DateFault.IMPOSSIBLE_DAY),
        ("2018-04-22T24:00", DateFault.IMPOSSIBLE_TIME),
        ("2018-04-22T15:60", DateFault.IMPOSSIBLE_TIME),
        ("2018-04-23/2018-04-22", DateFault.UPSIDE_DOWN),
        ("2018-05/2018-04", DateFault.UPSIDE_DOWN),
        ("2019/2018-12-31", DateFault.UPSIDE_DOWN),
        ("2018-04-22T15:00~", DateFault.APPROXIMATE_TIME),
        ("2018-04~/2018-05", DateFault.QUALIFIED_END),
        ("2018-04/2018-05~", DateFault.QUALIFIED_END),
        ("2018-04-22T10:00/2018-04-22T15:00", DateFault.QUALIFIED_END),
        ("../2018-04-22T15:00", DateFault.QUALIFIED_END),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(text: str, fault: DateFault) -> None:
    with pytest.raises(DateError) as refused:
        parse_edtf(text)
    assert refused.value.fault is fault
    assert str(refused.value) == fault.value
    assert str(refused.value).endswith(".")


def test_a_refusal_never_repeats_what_was_typed() -> None:
    with pytest.raises(DateError) as refused:
        parse_edtf("amina@example.org")
    assert "amina" not in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other", "precedes"),
    [
        ("2018-04-22", "2018-04-23", True),
        ("2018-04-22", "2018-04-22", False),
        ("2018-04-22T10:00", "2018-04-22T15:00", True),
        ("2018-04-22T15:00", "2018-04-22T10:00", False),
        ("2018-04-22T10:00", "2018-04-22", False),
        ("2018-04", "2018-05-01", True),
        ("2018-04", "2018-04-30", False),
        ("2018", "2019", True),
        ("../2018-04-26", "2018-04-27", True),
        ("2018-04-22/..", "2030", False),
        ("2017", "2018-04-22/..", True),
        ("2017", "../2018", False),
        ("", "2018", False),
        ("2018", "", False),
    ],
)
def test_a_date_precedes_another_only_when_it_is_surely_over(
    one: str, other: str, precedes: bool
) -> None:
    assert parse_edtf(one).precedes(parse_edtf(other)) is precedes


@pytest.mark.parametrize(
    ("text", "first", "last", "overlaps"),
    [
        ("2018-04", "2018-04-30", "2018-05-31", True),
        ("2018-04", "2018-05-01", "2018-05-31", False),
        ("2018-04", None, "2018-04-01", True),
        ("2018-04", None, "2018-03-31", False),
        ("../2018-04-26", "2018-04-26", None, True),
        ("../2018-04-26", "2018-04-27", None, False),
        ("2018-04-22/..", "2030-01-01", "2030-12-31", True),
        ("2018-04-22/..", None, "2018-04-21", False),
        ("2018-04-22", None, None, True),
        ("", None, None, True),
        ("", "2018-01-01", "2018-12-31", False),
    ],
)
def test_a_range_of_days_finds_every_date_whose_bounds_overlap_it(
    text: str, first: str | None, last: str | None, overlaps: bool
) -> None:
    assert parse_edtf(text).overlaps(day(first), day(last)) is overlaps


@given(st.text(alphabet="0123456789-/.~T:٢ ", max_size=24) | st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_comes_back_unchanged_or_is_refused(text: str) -> None:
    try:
        read = parse_edtf(text)
    except DateError:
        return
    assert read.edtf == text
    if read.earliest is not None and read.latest is not None:
        assert read.earliest <= read.latest


@given(st.dates(), st.dates())
@settings(max_examples=100, deadline=None)
def test_two_days_make_a_range_when_they_are_in_order(first: date, last: date) -> None:
    text = f"{first.isoformat()}/{last.isoformat()}"
    if last < first:
        with pytest.raises(DateError):
            parse_edtf(text)
    else:
        read = parse_edtf(text)
        assert (read.earliest, read.latest) == (first, last)
