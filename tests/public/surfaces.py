"""Every address a visitor can read, found in the application's own list of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.updates.models import Update
from tests.fixtures.auditing import AuditingClient

NOT_READ = ("/console", "/dev", "/static", "/stylesheets", "/healthz", "/readyz", "/login")
CHANGING = re.compile(r'"version": \d+|^Expires: .*$', re.MULTILINE)


def addresses(app: Flask, campaign: Campaign) -> Iterator[str]:
    """Yield every address without a token, those of hidden entries of a campaign included."""
    known_on = utcnow().date() - timedelta(days=1)
    events = [event.id for event in campaign.events]
    updates = db.session.scalars(select(Update.id).where(Update.campaign_id == campaign.id)).all()
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.rule.startswith(NOT_READ):
                continue
            if rule.arguments & {"token", "reference"}:
                continue
            values: dict[str, Any] = {"slug": campaign.slug} if "slug" in rule.arguments else {}
            if "event_id" in rule.arguments:
                found = [url_for(rule.endpoint, **values, event_id=it) for it in events]
            elif "update_id" in rule.arguments:
                found = [url_for(rule.endpoint, **values, update_id=it) for it in updates]
            else:
                found = [url_for(rule.endpoint, **values)]
            for address in found:
                yield address
                yield f"{address}?locale=ur"
                if values:
                    yield f"{address}?as_of=2024-06-01"
                    yield f"{address}?known_on={known_on}"
    yield from ("/?status=held", "/?status=free", "/?q=sings", "/?sort=days", "/?lang=ur")


def read_everything(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> dict[str, tuple[int, str]]:
    """Read every address anew; the status and the text of each, but for what always changes."""
    app.extensions["finished"].clear()
    app.extensions["fresh"].clear()
    answers = {}
    for address in list(addresses(app, campaign)):
        response = client.get(address)
        answers[address] = (response.status_code, CHANGING.sub("", response.text))
    return answers
