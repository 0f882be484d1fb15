"""What a browser does with the pages of updates."""

import re
from html import unescape
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.db import db
from campaigns.updates.models import Update
from tests.accounts.factories import token_of
from tests.dashboard.making import typed
from tests.fixtures.auditing import AuditingClient

UPDATES = "/console/campaigns/watched/updates"


def write(client: AuditingClient, **changed: Any) -> TestResponse:
    """Fill in the form for news and send it."""
    form = {"title": "A letter from Zarina", "text": "She thanks you **all**."} | changed
    return client.post(f"{UPDATES}/new", data=typed(client, f"{UPDATES}/new", **form))


def make_draft(client: AuditingClient, **changed: Any) -> str:
    """Write a draft; return the address of its page."""
    answer = write(client, **changed)
    assert answer.status_code == 303
    assert answer.location
    return answer.location


def press(client: AuditingClient, page: str, step: str, **data: Any) -> TestResponse:
    """Press one of the buttons of an update's page."""
    form = {"csrf_token": token_of(client.get(page))} | data
    return client.post(f"{page}/{step}", data=form)


def words_of(page: TestResponse) -> str:
    """A page as it is read: without markup, in single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def the_update() -> Update:
    """The only update there is, as the database has it now."""
    db.session.expire_all()
    return db.session.scalars(select(Update)).one()
