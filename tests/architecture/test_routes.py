"""The addresses of the site; which there are, and for whom, stands in access.txt."""

import pytest
from flask import Flask

AUTOMATIC = {"HEAD", "OPTIONS"}


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
