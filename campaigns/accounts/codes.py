"""Codes people type as a second factor: of an authenticator app, and for recovery."""

import re
import secrets
from datetime import datetime

from passlib.exc import TokenError
from passlib.totp import TOTP

SECRET_BYTES = 20
PERIOD_SECONDS = 30
RECOVERY_CODES = 10
# Without what is taken for something else when it is copied by hand.
RECOVERY_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_LENGTH, GROUP = 12, 4
LONGEST_TYPED = 64


def new_secret() -> bytes:
    """Return a secret to make codes from, as long as RFC 4226, section 4, recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_in_words(secret: bytes) -> str:
    """Return a secret as an app takes it when it is typed."""
    return str(_totp(secret).pretty_key(sep=" "))


def secret_address(secret: bytes, username: str, site_name: str) -> str:
    """Return the otpauth: address an app reads from a picture."""
    return str(_totp(secret).to_uri(label=username, issuer=site_name.replace(":", " ")))


def step_of(secret: bytes, typed: str, now: datetime, after: int | None = None) -> int | None:
    """Return the step whose code was typed: the present one or one beside it, later than `after`.

    None for every other code (RFC 6238, section 5.2: each is accepted once).
    """
    try:
        match = _totp(secret).match(
            typed[:LONGEST_TYPED],
            time=int(now.timestamp()),
            window=PERIOD_SECONDS,
            last_counter=after,
        )
    except TokenError:
        return None
    return int(match.counter)


def new_recovery_codes() -> list[str]:
    """Return codes of 59 bits each, in groups that are easy to copy."""
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def plain_recovery_code(typed: str) -> str:
    """Return the one spelling of a recovery code, however it was typed."""
    return re.sub(r"[\s-]", "", typed[:LONGEST_TYPED]).lower()


def _new_recovery_code() -> str:
    code = "".join(secrets.choice(RECOVERY_SIGNS) for _ in range(RECOVERY_LENGTH))
    return "-".join(code[at : at + GROUP] for at in range(0, RECOVERY_LENGTH, GROUP))


def _totp(secret: bytes) -> TOTP:
    return TOTP(key=secret, format="raw", digits=6, alg="sha1", period=PERIOD_SECONDS)
