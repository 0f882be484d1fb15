"""An organiser's browser."""

from campaigns.accounts.models import Organiser
from tests.accounts.factories import token_of
from tests.factories import ORGANISER_PASSWORD
from tests.fixtures.auditing import AuditingClient


def sign_in(client: AuditingClient, organiser: Organiser) -> None:
    """Sign in, or fail the test."""
    form = {
        "csrf_token": token_of(client.get("/login")),
        "username": organiser.username,
        "password": ORGANISER_PASSWORD,
    }
    assert client.post("/login", data=form).status_code == 303
