"""Organisers to test with, and their way through the sign-in page."""

import re
from functools import cache
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.accounts.models import Organiser
from campaigns.accounts.passwords import hash_of
from campaigns.accounts.queries import find_organiser
from campaigns.accounts.usernames import canonical_username
from campaigns.config import current_settings
from campaigns.db import db
from tests.factories.accounts import code_of, give_app

PASSWORD = "four unconnected nouns: kettle"
REFUSED = "The user name or the password is not right."
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def make_organiser(
    username: str = "ayesha",
    password: str | None = PASSWORD,
    *,
    site_admin: bool = False,
    second_factor: bool | None = None,
) -> Organiser:
    """An organiser who has used an invitation; one without a password has not yet.

    Site admins have an authenticator app unless told otherwise; see `code_of`.
    """
    organiser = Organiser(
        username=canonical_username(username),
        password=_hash_once(password) if password else None,
        site_admin=site_admin,
    )
    db.session.add(organiser)
    db.session.flush()
    if site_admin if second_factor is None else second_factor:
        give_app(organiser)
    db.session.commit()
    return organiser


@cache
def _hash_once(password: str) -> str:
    # The secret mixed into it is the same for all tests.
    return hash_of(password)


def token_of(page: TestResponse) -> str:
    """The CSRF token of the first form of a page."""
    found = TOKEN.search(page.get_data(as_text=True))
    assert found, f"{page.request.path} has no form with a token"
    return found[1]


def submit_sign_in(
    client: FlaskClient,
    username: str = "ayesha",
    password: str = PASSWORD,
    *,
    address: str = "/login",
    network: str = "192.0.2.1",
) -> TestResponse:
    """Open the sign-in page, fill it in and send it, from some address of the internet."""
    environ = {"REMOTE_ADDR": network}
    page = client.get(address, environ_base=environ)
    data = {"username": username, "password": password, "csrf_token": token_of(page)}
    return client.post(address, data=data, environ_base=environ)


def sign_in(client: FlaskClient, username: str = "ayesha", password: str = PASSWORD) -> None:
    """Sign in, with the second factor of those who have one, or fail the test."""
    answer = submit_sign_in(client, username, password)
    if answer.status_code == 303 and answer.location.startswith("/login/second"):
        organiser = find_organiser(canonical_username(username))
        assert organiser
        answer = submit_code(client, code_of(organiser))
    assert answer.status_code == 303, answer.get_data(as_text=True)


def submit_code(client: FlaskClient, code: str, address: str = "/login/second") -> TestResponse:
    """Type the code of an authenticator app after the password."""
    page = client.get(address)
    return client.post(address, data={"csrf_token": token_of(page), "code": code})


def sign_out(client: FlaskClient) -> TestResponse:
    """Press the console's button."""
    return client.post("/logout", data={"csrf_token": token_of(client.get("/console"))})


def cookie_of(client: FlaskClient, app: Flask) -> str:
    """What the cookie of a browser's session holds."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"], domain=_host())
    assert cookie, "this browser has no session"
    return cookie.value


def browser_with(cookie: str, app: Flask) -> FlaskClient:
    """Another browser that was given this cookie."""
    browser = app.test_client()
    browser.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie, domain=_host())
    return browser


def _host() -> str:
    return urlsplit(current_settings().base_url or "").hostname or ""


def is_signed_in(client: FlaskClient) -> bool:
    """Whether the console shows itself, or to a new site admin the way to a second factor."""
    answer = client.get("/console")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200 or answer.location.startswith("/console/account/")
