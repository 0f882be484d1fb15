"""What people type is checked quickly, however much it is, and names are not advertisements."""

import time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form

from campaigns.dashboard.forms import QuickPostForm
from campaigns.dashboard.news_forms import NewsForm
from campaigns.petitions.forms import SignForm
from campaigns.updates.forms import SubscribeForm
from campaigns.web.fields import has_website, strip
from tests.factories import make_campaign

LARGEST = 1_000_000
SECONDS = 0.5
HUGE = {
    "words and hyphens": "a-" * (LARGEST // 2),
    "words and dots": "a." * (LARGEST // 2),
    "domains": "evil.com" * (LARGEST // 8),
    "one word": "a" * LARGEST,
    "dots": "." * LARGEST,
    "at signs": "a@" * (LARGEST // 2),
    "quotes": '"\\' * (LARGEST // 2),
    "spaces": "a" + " " * (LARGEST - 2) + "a",
    "digits": "2018-" * (LARGEST // 5),
    "slashes": "2018/" * (LARGEST // 5),
    "marks out of order": "a" + "\u0301\u0316" * (LARGEST // 4),
}
FIELDS = [
    *((SignForm, name) for name in ("name", "email", "country", "comment")),
    *((SubscribeForm, name) for name in ("email", "frequency")),
    *((QuickPostForm, name) for name in ("token", "kind", "date", "summary", "source", "text")),
    *((NewsForm, name) for name in ("token", "title", "text")),
]


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(("form_class", "name"), FIELDS, ids=lambda it: getattr(it, "__name__", it))
def test_a_huge_field_is_refused_at_once(app: Flask, form_class: type[Form], name: str) -> None:
    campaign = make_campaign()
    for what, text in HUGE.items():
        with app.test_request_context("/console", method="POST"):
            began = time.process_time()
            form = form_class(formdata=MultiDict({name: text}))
            if form_class is QuickPostForm:
                form.date.today = campaign.today
                form.offer(campaign)
            assert not form.validate()
            assert time.process_time() - began < SECONDS, what
            assert len(form[name].errors) == 1, what


def test_looking_for_a_website_takes_time_in_proportion() -> None:
    for what, text in HUGE.items():
        began = time.process_time()
        has_website(text[: LARGEST // 10])
        assert time.process_time() - began < SECONDS, what


@pytest.mark.parametrize(
    "name",
    [
        "bit.ly/x",
        "evil.de",
        "evil.pk",
        "evil.app",
        "evil．com",
        "evil。com",
        "ｅｖｉｌ．ｃｏｍ",
        "EVIL.COM",
        "evil.\u200dcom",
        "Amal from evil.co.uk today",
        "ev-il.com",
        "e2.io",
        "t.me",
        "t.me/x",
        "unheard.zz/x",
        "www.evil",
        "https://evil",
    ],
)
def test_a_website_is_no_name(name: str) -> None:
    assert has_website(name)


@pytest.mark.parametrize(
    "name",
    [
        "J. R. Smith",
        "J.R.R. Tolkien",
        "St. John",
        "A. Me",
        "Dr.Khan",
        "Md.Ali",
        "Prof.Dr. Li",
        "M.Li",
        "S.M.Khan",
        "Abdul.Rahman",
        "Martin Luther King, Jr.",
        "Smith.Jr",
        "Ayesha K.",
    ],
)
def test_initials_and_titles_are_names(name: str) -> None:
    assert not has_website(name)


def test_text_is_trimmed_and_composed() -> None:
    assert strip("  Zoe\u0308 ") == "Zoë"
    assert strip("") == ""
    assert strip(None) is None
