"""What is read is written as it was, and in one way only."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings

from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.writing import write_case_file
from tests.casefiles.example import as_text, full, smallest
from tests.casefiles.strategies import case_files


def test_a_file_with_everything_in_it_is_written_as_it_was_read() -> None:
    assert write_case_file(read_case_file(as_text(full()))) == as_text(full())


def test_the_smallest_file_is_written_as_it_was_read() -> None:
    assert write_case_file(read_case_file(as_text(smallest()))) == as_text(smallest())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case_files())
def test_what_is_written_reads_as_the_same_and_is_written_the_same(content: dict[str, Any]) -> None:
    case = read_case_file(json.dumps(content))
    written = write_case_file(case)
    assert read_case_file(written) == case
    assert write_case_file(read_case_file(written)) == written


def test_the_order_of_fields_and_languages_and_the_zone_of_times_do_not_matter() -> None:
    content = full()
    content["campaign"]["translations"] = {
        "ur": content["campaign"]["translations"]["ur"],
        "de": {"demand": "Lasst sie frei.", "body": "", "summary": "", "title": "Freiheit"},
    }
    turned = {name: content[name] for name in reversed(content)}
    turned["events"][0]["learned_at"] = "2024-01-03T19:00:00Z"
    written = write_case_file(read_case_file(json.dumps(turned)))
    assert list(json.loads(written)) == list(content)
    assert list(json.loads(written)["campaign"]["translations"]) == ["de", "ur"]
    assert '"learned_at": "2024-01-04T00:00:00+05:00"' in written


def test_what_stands_at_its_default_is_left_out() -> None:
    content = smallest()
    content["campaign"] |= {"colour": "vermilion", "closed_on": None, "translations": {}}
    content["petition"] = None
    assert write_case_file(read_case_file(json.dumps(content))) == as_text(smallest())


def test_letters_of_every_script_are_written_as_themselves() -> None:
    assert "امل رحمان" in write_case_file(read_case_file(as_text(full())))
