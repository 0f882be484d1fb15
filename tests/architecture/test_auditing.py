"""The client that audits pages sees what is wrong with one."""

import pytest
from flask import Flask, Response
from werkzeug.test import Client, TestResponse

from tests.fixtures.auditing import audit

SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
GOOD = '<html lang="en" dir="ltr"><title>Cases – Site</title><h1>Cases</h1>{}</html>'


def fetched(html: str, path: str = "/", **headers: str) -> TestResponse:
    answer = Response(html, headers={**SAFE, **headers}, mimetype="text/html")
    app = Flask("audited")
    app.add_url_rule(path, view_func=lambda: answer, endpoint="page")
    return Client(app).get(path)


def test_a_page_as_it_should_be_passes() -> None:
    assert list(audit(fetched(GOOD.format("<form action='/x'><input id='a'></form>")))) == []


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        "<p style='color: red'>",
        "<p onclick='go()'>",
        "<a href='javascript:go()'>",
        "<img src='https://elsewhere.example/pixel.gif'>",
        "<link rel='stylesheet' href='//elsewhere.example/site.css'>",
        "<form method='post'></form>",
        "<p id='a'><p id='a'>",
        "<label for='nothing'>Name</label>",
        "<h1>Another</h1>",
    ],
)
def test_a_fault_in_a_page_is_found(body: str) -> None:
    assert len(list(audit(fetched(GOOD.format(body))))) == 1


@pytest.mark.parametrize(
    "html",
    [
        GOOD.replace("Cases – Site", "Site").format(""),
        GOOD.replace(' dir="ltr"', "").format(""),
        GOOD.replace(' lang="en"', "").format(""),
    ],
)
def test_a_fault_of_the_whole_page_is_found(html: str) -> None:
    assert len(list(audit(fetched(html)))) == 1


def test_an_error_in_the_title_comes_before_the_heading() -> None:
    html = GOOD.replace("<title>", "<title>Error: ").format("")
    assert list(audit(fetched(html))) == []


def test_a_form_of_the_console_needs_its_token() -> None:
    form = "<form action='/x' method='post'>{}</form>"
    bare = GOOD.format(form.format(""))
    kept = GOOD.format(form.format("<input name='csrf_token'>"))
    assert len(list(audit(fetched(bare, "/console")))) == 1
    assert list(audit(fetched(kept, "/console"))) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Security-Policy", "default-src 'none'"),
        ("Content-Security-Policy", "default-src 'none' 'unsafe-inline'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", ""),
        ("Set-Cookie", "campaigns=1"),
        ("Vary", "Cookie"),
    ],
)
def test_a_fault_in_the_headers_is_found(name: str, value: str) -> None:
    assert len(list(audit(fetched(GOOD.format(""), **{name: value})))) == 1
