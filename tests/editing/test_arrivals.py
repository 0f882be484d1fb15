"""A browser is told which of the forms it sent have arrived, and forgets what it kept of them."""

import re

import pytest

from campaigns.cases.models import Campaign
from campaigns.web.arrivals import TOLD
from tests.editing.writing import ARTICLES, EVENTS, filled
from tests.fixtures.auditing import AuditingClient

FORMS = {
    f"{EVENTS}/new": {"kind": "protest", "date": "9 March 2024", "summary": "They came."},
    f"{EVENTS}/1": {"text": "More."},
    f"{ARTICLES}/new": {"title": "Held", "outlet": "The Example", "language": "en"},
    f"{ARTICLES}/1": {"title": "Held again"},
    "/console/campaigns/watched/edit/texts": {"summary": "Two are held."},
    "/console/campaigns/watched/edit/detainees/1": {"proceedings": "FIR 1"},
    "/console/campaigns/watched/edit/detainees/new": {"name": "Amal Example"},
    "/console/campaigns/watched/post": {"kind": "protest", "summary": "They came back."},
    "/console/campaigns/watched/updates/new": {"title": "News", "text": "They came."},
}


def arrived(client: AuditingClient) -> list[str]:
    found = re.findall(r'data-arrived="([^"]*)"', client.get("/console").text)
    return str(found[0]).split()


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.database("sqlite")
def test_only_a_form_that_is_stored_has_arrived(
    campaign: Campaign, client: AuditingClient, path: str
) -> None:
    form = filled(client.get(path), **FORMS[path])
    also = {"accepted": "no_source", "note": "Clearer."}
    name = next(iter(FORMS[path]))
    assert client.post(path, data=form | also | {name: "\u202e"}).status_code == 422
    assert arrived(client) == []
    assert client.post(path, data=form | also).status_code == 303
    assert arrived(client) == [form["token"]]


@pytest.mark.database("sqlite")
def test_another_tab_may_be_told_first(campaign: Campaign, client: AuditingClient) -> None:
    path, sent = "/console/campaigns/watched/edit/texts", []
    for number in range(TOLD + 1):
        form = filled(client.get(path), summary=f"Text {number}")
        client.post(path, data=form)
        sent.append(form["token"])
    assert arrived(client) == sent[1:]
