"""What a browser sends of the forms a campaign is made with."""

import re
from html import unescape
from typing import Any

from tests.accounts.factories import token_of
from tests.fixtures.auditing import AuditingClient

NEW = "/console/campaigns/new"
EDIT = "/console/campaigns/watched/edit"
STATE = "/console/campaigns/watched/state"

_HIDDEN = r'name="{}"[^>]*value="([^"]*)"'


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(_HIDDEN.format(name), page)
    assert found, f"there is no field {name}"
    return unescape(found[1])


def new_campaign(client: AuditingClient, **changed: Any) -> dict[str, Any]:
    """Open the form of a new campaign and return what a browser would send of it."""
    page = client.get(NEW)
    return {
        "csrf_token": token_of(page),
        "token": hidden(page.text, "token"),
        "title": "Free the readers",
        "slug": "watched",
        "starter": "arrest",
        "name": "Zarina Example",
        "name_romanised": "",
        "policy": "withheld",
        "consent_by": "",
        "consent_on": "",
        "consent_scope": "",
        "timezone": "Asia/Karachi",
        "locale": "en",
        "run_by_name": "Example Street Committee",
        "run_by_contact": "committee@example.org",
    } | changed


def fields_of(page: str) -> dict[str, str]:
    """What a page's last form but one would send: its texts, choices and hidden fields."""
    found = {}
    form = page[page.index('<form class="form"') :]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]+)"', tag)
        if name and 'type="checkbox"' not in tag:
            value = re.search(r' value="([^"]*)"', tag)
            found[name[1]] = unescape(value[1]) if value else ""
    for name, content in re.findall(
        r'<textarea[^>]* name="([^"]+)"[^>]*>\s?\n?(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = unescape(content).strip("\r\n")
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def typed(client: AuditingClient, path: str, **changed: Any) -> dict[str, Any]:
    """Open a part of a campaign and return what a browser would send after some typing."""
    page = client.get(path)
    assert page.status_code == 200
    return fields_of(page.text) | changed
