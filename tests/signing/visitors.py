"""What visitors do, as their browsers send it."""

import contextvars
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from campaigns.cases.models import Campaign
from campaigns.db import Base, db
from tests.fixtures.auditing import AuditingClient, current_base_url

ADDRESS = "amal@example.org"


def sign(
    client: AuditingClient, campaign: Campaign, email: str | None = ADDRESS, **fields: Any
) -> TestResponse:
    """Send the petition's form; of a field that is None, nothing is sent."""
    data = {"name": "Amal Signer", "email": email, **fields}
    return client.post(
        f"/campaigns/{campaign.slug}/sign",
        data={name: value for name, value in data.items() if value is not None},
    )


def subscribe(
    client: AuditingClient, campaign: Campaign, email: str = ADDRESS, **fields: Any
) -> TestResponse:
    """Send the form that asks for news."""
    data = {"email": email, "frequency": "immediate", **fields}
    return client.post(f"/campaigns/{campaign.slug}/subscribe", data=data)


def press(client: AuditingClient, link: str) -> TestResponse:
    """Open a mailed link and press the one button on its page."""
    assert client.get(path_of(link)).status_code == 200
    return client.post(path_of(link))


def look(client: AuditingClient, method: str, link: str) -> TestResponse:
    """Ask for a mailed link as programs do that only look; their answers need not be pages."""
    db.session.commit()
    return contextvars.Context().run(
        FlaskClient.open, client, path_of(link), method=method, base_url=current_base_url()
    )


def path_of(link: str) -> str:
    """A link without the site's address."""
    parts = urlsplit(link)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def count(model: type[Base]) -> int:
    """How many rows there are of a model."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0
