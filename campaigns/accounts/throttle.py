"""How often a sign-in may fail: per account, and per network.

Success costs nothing, so that a whole office can sign in at once. Guessing hourly what the account
limit allows would take longer than lives to hit a password `passwords` lets pass; a lower one would
let anybody keep an organiser out.
"""

import hmac
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from campaigns.accounts.errors import UsernameInvalid
from campaigns.accounts.usernames import canonical_username
from campaigns.db import utcnow
from campaigns.extensions import limiter
from campaigns.web.requests import client_network

PER_NETWORK = "10 per minute; 50 per hour"
PER_ACCOUNT = "50 per hour"


def limit_failures(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a sign-in with RateLimitExceeded after too many failed ones."""
    for limit, key in ((PER_NETWORK, _network_key), (PER_ACCOUNT, _account_key)):
        view = limiter.limit(limit, key_func=key, deduct_when=_has_failed)(view)
    return view


def _has_failed(response: Response) -> bool:
    return response.status_code != 303


def _network_key() -> str:
    return _keyed("network", client_network(request.remote_addr))


def _account_key() -> str:
    typed = request.form.get("username", "")
    try:
        return _keyed("account", canonical_username(typed))
    except UsernameInvalid:
        return _keyed("account", "")


def _keyed(kind: str, text: str) -> str:
    """Hide a network or name from logs and from the store of the limits, under a key of today's."""
    secret = str(current_app.secret_key).encode()
    return hmac.digest(secret, f"{utcnow().date()}|{kind}|{text}".encode(), "sha256").hex()
