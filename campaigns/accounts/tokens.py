"""Random tokens that are worth something: only their digests are stored."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a token nobody can guess, fit for an address or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """Return what is stored of a token. It is random, so that a plain SHA-256 tells nothing."""
    return hashlib.sha256(token.encode()).digest()
