"""How often a sign-in may fail: per network, per account from one network, and per account.

Success costs nothing, so that a whole office can sign in at once. Whoever guesses from one network
is stopped there, and the organiser signs in from any other: the limit of the account as a whole
takes more than ten networks at their own limits to reach. A lower one would let anybody keep an
organiser out.
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
PER_ACCOUNT_AND_NETWORK = "10 per minute; 30 per hour"
PER_ACCOUNT = "500 per hour"


def limit_failures(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a sign-in with RateLimitExceeded after too many failed ones."""
    limits = (
        (PER_NETWORK, _network_key),
        (PER_ACCOUNT_AND_NETWORK, _account_and_network_key),
        (PER_ACCOUNT, _account_key),
    )
    for limit, key in limits:
        view = limiter.limit(limit, key_func=key, deduct_when=_has_failed)(view)
    return view


def _has_failed(response: Response) -> bool:
    # A refusal checked no password: were it to count, one network could use up all of an account.
    return response.status_code not in (303, 429)


def _network_key() -> str:
    return _keyed("network", client_network(request.remote_addr))


def _account_and_network_key() -> str:
    return _keyed("account and network", f"{_account()}|{client_network(request.remote_addr)}")


def _account_key() -> str:
    return _keyed("account", _account())


def _account() -> str:
    try:
        return canonical_username(request.form.get("username", ""))
    except UsernameInvalid:
        return ""


def _keyed(kind: str, text: str) -> str:
    """Hide a network or name from logs and from the store of the limits, under a key of today's."""
    secret = str(current_app.secret_key).encode()
    return hmac.digest(secret, f"{utcnow().date()}|{kind}|{text}".encode(), "sha256").hex()
