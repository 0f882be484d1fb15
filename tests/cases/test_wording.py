import inspect
from collections.abc import Iterator
from enum import StrEnum

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from campaigns.cases import dates, transitions, vocabulary
from campaigns.cases.dates import DateFault, parse_edtf
from campaigns.cases.days import DayRange
from campaigns.cases.vocabulary import Custody, EventKind
from campaigns.cases.wording import date_in_words, days_in_words, headline, label, since_in_words
from tests.cases.stories import status

ENUMERATIONS = [
    found
    for module in (vocabulary, dates, transitions)
    for _, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, StrEnum) and found is not StrEnum and found.__module__ == module.__name__
]


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """English, in an application of its own that knows nothing but languages."""
    application = Flask(__name__)
    Babel(application)
    with application.app_context():
        yield


@pytest.mark.parametrize("values", ENUMERATIONS)
def test_every_value_of_every_closed_list_has_words(values: type[StrEnum]) -> None:
    assert len(ENUMERATIONS) >= 20
    words = [str(label(value)) for value in values]
    assert all(words)
    assert len(set(words)) == len(words)


def test_values_of_the_same_text_keep_their_own_words() -> None:
    assert label(EventKind.EXILED) == "Exiled"
    assert label(Custody.EXILED) == "In exile"


@pytest.mark.parametrize("fault", DateFault)
def test_a_refused_date_reads_the_same_in_a_form_and_on_the_command_line(fault: DateFault) -> None:
    assert label(fault) == fault.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2018-04-22", "22 April 2018"),
        ("2018-04-22T15:00", "22 April 2018, 15:00"),
        ("2018-04-22T09:05", "22 April 2018, 09:05"),
        ("2018-04", "April 2018"),
        ("2018", "2018"),
        ("2018-04~", "about April 2018"),
        ("2018~", "about 2018"),
        ("2018-04-22~", "about 22 April 2018"),
        ("2019-11-28/2019-12-01", "between 28 November and 1 December 2019"),
        ("2018-12-30/2019-01-02", "between 30 December 2018 and 2 January 2019"),
        ("2018-04/2018-05", "between April and May 2018"),
        ("2018/2019", "between 2018 and 2019"),
        ("2018-04/2018-05-03", "between April 2018 and 3 May 2018"),
        ("2018-04-22/2018-04-22", "22 April 2018"),
        ("../2018-04-26", "by 26 April 2018"),
        ("2018-04-22/..", "22 April 2018 or later"),
        ("", "date unknown"),
    ],
)
def test_a_date_reads_as_it_is_known(text: str, words: str) -> None:
    assert date_in_words(parse_edtf(text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2018-04-22", "since 22 April 2018"),
        ("2018-04~", "since about April 2018"),
        ("2019-11-28/2019-12-01", "since a day between 28 November and 1 December 2019"),
        ("../2018-04-26", "since 26 April 2018 at the latest"),
        ("2018-04-22/..", "since 22 April 2018 at the earliest"),
        ("", "since an unknown date"),
    ],
)
def test_a_date_reads_well_after_since(text: str, words: str) -> None:
    assert since_in_words(parse_edtf(text)) == words


def test_since_an_event_nobody_reported_is_since_an_unknown_date() -> None:
    assert since_in_words(None) == "since an unknown date"


def test_dates_follow_the_language_of_the_page() -> None:
    with force_locale("ur"):
        assert date_in_words(parse_edtf("2018-04-22")) == "22 اپریل، 2018"
        assert date_in_words(parse_edtf("2018-04")) == "اپریل 2018"
    with force_locale("ja"):
        words = date_in_words(parse_edtf("2019-11-28/2019-12-01"))
        assert "2019年11月28日" in words
        assert "2019年12月1日" in words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (DayRange(0, 0), "less than a day"),
        (DayRange(1, 1), "1 day"),
        (DayRange(412, 412), "412 days"),
        (DayRange(365, 365), "365 days"),
        (DayRange(124, 127), "124–127 days"),
        (DayRange(0, 1), "0–1 day"),
        (DayRange(0, 4), "0–4 days"),
        (DayRange(1200, 1200), "1,200 days"),
        (DayRange(10, 10, approximate=True), "about 10 days"),
        (DayRange(3, 4, approximate=True), "about 3–4 days"),
        (DayRange(1, 1, at_least=True), "at least 1 day"),
        (DayRange(10, 12, at_least=True), "at least 10 days"),
        (DayRange(0, 3, at_least=True), "number of days unknown"),
    ],
)
def test_days_are_never_rounded_to_months_or_years(days: DayRange, words: str) -> None:
    assert days_in_words(days) == words


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("remanded_judicial 2018-04-22", "In judicial custody"),
        ("abducted 2018-04-22", "Abducted: whereabouts unknown"),
        ("forcibly_disappeared 2018-04-22", "Disappeared: whereabouts unknown"),
        ("released_on_bail 2018-04-22", "Released on bail"),
        ("released 2018-04-22", "Released"),
        ("died_in_custody 2018-04-22", "Died in custody"),
    ],
)
def test_the_status_band_says_the_custody(entry: str, words: str) -> None:
    assert headline(status(entry)) == words


def test_the_whereabouts_of_somebody_abducted_may_be_known() -> None:
    moved = ("transferred 2018-04-24", {"place": "Karachi"})
    assert headline(status("abducted 2018-04-22", moved)) == "Abducted"


def test_words_need_no_request() -> None:
    assert str(label(Custody.RELEASED)) == "Released"
