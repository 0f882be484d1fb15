"""How often a sign-in may fail: per network, per account from one network, and per account.

Success costs nothing, so that a whole office can sign in at once. Whoever guesses from one network
is stopped there, and the organiser signs in from any other: the limit of the account as a whole
takes more than ten networks at their own limits to reach. A lower one would let anybody keep an
organiser out. Only whoever knows the password can try codes, so that those may be counted strictly.
"""

import hmac
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request, session

from campaigns.accounts.errors import UsernameInvalid
from campaigns.accounts.pending import pending_organiser_id
from campaigns.accounts.usernames import canonical_username
from campaigns.db import utcnow
from campaigns.extensions import limiter
from campaigns.web.requests import client_network

PER_NETWORK = "10 per minute; 50 per hour"
PER_ACCOUNT_AND_NETWORK = "10 per minute; 30 per hour"
PER_ACCOUNT = "500 per hour"
REPORTS_PER_NETWORK = "10 per hour; 30 per day"
CODES_PER_ACCOUNT = "30 per hour; 100 per day"
View = Callable[..., Any]


def limit_failures(view: View) -> View:
    """Refuse a sign-in with RateLimitExceeded after too many failed ones."""
    return _limit(view, _typed_account, PER_ACCOUNT)


def limit_wrong_codes(view: View) -> View:
    """Refuse the second step of a sign-in after too many failed ones."""
    return _limit(view, lambda: f"code|{pending_organiser_id()}", CODES_PER_ACCOUNT)


def limit_wrong_passwords(view: View) -> View:
    """Refuse to check the password of somebody signed in after too many wrong ones."""
    return _limit(view, lambda: f"again|{session.get('_user_id')}", PER_ACCOUNT)


def limit_wrong_passkeys(view: View) -> View:
    """Refuse a network's passkeys after too many wrong ones; whose they are nobody has typed."""
    return _limit_networks(view)


def limit_reports(view: View) -> View:
    """Refuse a network's reports after too many that were taken."""
    limited: View = limiter.limit(
        REPORTS_PER_NETWORK,
        key_func=lambda: _keyed("reports of a network", _network()),
        deduct_when=lambda response: response.status_code == 303,
    )(view)
    return limited


def _limit(view: View, account: Callable[[], str], per_account: str) -> View:
    def account_and_network() -> str:
        return _keyed("account and network", f"{account()}|{_network()}")

    def whole_account() -> str:
        return _keyed("account", account())

    view = _limit_networks(view)
    for limit, key in (
        (PER_ACCOUNT_AND_NETWORK, account_and_network),
        (per_account, whole_account),
    ):
        view = limiter.limit(limit, key_func=key, deduct_when=_has_failed)(view)
    return view


def _limit_networks(view: View) -> View:
    limited: View = limiter.limit(
        PER_NETWORK, key_func=lambda: _keyed("network", _network()), deduct_when=_has_failed
    )(view)
    return limited


def _network() -> str:
    return client_network(request.remote_addr)


def _has_failed(response: Response) -> bool:
    # A refusal checked no password: were it to count, one network could use up all of an account.
    return response.status_code not in (303, 429)


def _typed_account() -> str:
    try:
        return canonical_username(request.form.get("username", ""))
    except UsernameInvalid:
        return ""


def _keyed(kind: str, text: str) -> str:
    """Hide a network or name from logs and from the store of the limits, under a key of today's."""
    secret = str(current_app.secret_key).encode()
    return hmac.digest(secret, f"{utcnow().date()}|{kind}|{text}".encode(), "sha256").hex()
