"""Filling in the forms of entries and articles as a browser would."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from tests.fixtures.auditing import AuditingClient

EVENTS = "/console/campaigns/watched/events"
ARTICLES = "/console/campaigns/watched/articles"
# Or not sent while nothing is chosen.
NOT_IN_EVERY_FORM = {"accepted", "family_told", "detainees", "status", "tell"}


class Sent(HTMLParser):
    """What a browser would send of the last form of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self._select = self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self._select, self.fields[name] = name, None
        elif tag == "option" and self._select:
            if "selected" in given or self.fields[self._select] is None:
                self.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""

    def _input(self, name: str, given: dict[str, str]) -> None:
        if given.get("type") not in ("checkbox", "radio"):
            self.fields[name] = given.get("value", "")
        elif "checked" in given:
            self.fields.setdefault(name, []).append(given.get("value", "y"))

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.removeprefix("\r\n")


def filled(page: TestResponse, **changed: Any) -> dict[str, Any]:
    """Return what a browser would send of a page's form, with some fields typed anew."""
    form = re.findall(r'<form class="form[ "].*?</form>', page.text, re.DOTALL)[0]
    found = Sent(form).fields
    typed = {name.replace("__", "-"): value for name, value in changed.items()}
    ticks = {"accepted", "family_told", "detainees", "status", "tell", "handover_at_least"}
    unknown = typed.keys() - found.keys() - ticks
    assert not unknown, f"the form has no {unknown}"
    return found | typed


def write(client: AuditingClient, **changed: Any) -> TestResponse:
    """Write a new entry."""
    given = {"kind": "protest", "date": "9 March 2024", "summary": "Two hundred came."} | changed
    return client.post(f"{EVENTS}/new", data=filled(client.get(f"{EVENTS}/new"), **given))


def mend(client: AuditingClient, event_id: int, **changed: Any) -> TestResponse:
    """Open an entry, change it and save it."""
    path = f"{EVENTS}/{event_id}"
    return client.post(path, data=filled(client.get(path), **changed))


def said(page: TestResponse) -> str:
    """The words of a page."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page.text).split()))
