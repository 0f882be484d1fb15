"""An organiser's browser."""

from campaigns.accounts.models import Organiser
from tests.accounts.factories import token_of
from tests.factories import ORGANISER_PASSWORD, code_of
from tests.fixtures.auditing import AuditingClient


def sign_in(client: AuditingClient, organiser: Organiser) -> None:
    """Sign in, with the second factor of those who have one, or fail the test."""
    form = {
        "csrf_token": token_of(client.get("/login")),
        "username": organiser.username,
        "password": ORGANISER_PASSWORD,
    }
    answer = client.post("/login", data=form)
    if answer.status_code == 303 and answer.location.startswith("/login/second"):
        code = {"csrf_token": token_of(client.get("/login/second")), "code": code_of(organiser)}
        answer = client.post("/login/second", data=code)
    assert (answer.status_code, answer.location) == (303, "/console")
