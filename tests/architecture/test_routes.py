"""The addresses of the site: others rely on them, so that none may vanish unnoticed."""

import pytest
from flask import Flask

from tests.architecture.source import PROJECT

LIST = PROJECT / "tests" / "architecture" / "routes.txt"
AUTOMATIC = {"HEAD", "OPTIONS"}


@pytest.mark.database("sqlite")  # nothing is read from it
def test_every_address_is_on_the_list_and_every_listed_address_exists(app: Flask) -> None:
    """A new one is added to routes.txt; an old one leaves it with a line in CHANGELOG.md."""
    listed = LIST.read_text(encoding="utf-8").splitlines()
    found = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - AUTOMATIC
    ]
    assert sorted(found) == sorted(listed)


@pytest.mark.database("sqlite")
def test_a_view_answers_either_reading_or_changing(app: Flask) -> None:
    both = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and (rule.methods or set()) - AUTOMATIC - {"GET"}
    ]
    assert not both


@pytest.mark.database("sqlite")
@pytest.mark.settings(
    ENV="production",
    BASE_URL="https://campaigns.example.org",
    MAIL_SERVER="127.0.0.1",
    MAIL_DEFAULT_SENDER="news@example.org",
)
def test_what_is_for_development_only_does_not_exist_in_production(app: Flask) -> None:
    assert not [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dev")]
