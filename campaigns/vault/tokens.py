"""Signed tokens for links in mails, each bound to one purpose and one row; no address inside.

Most are good for as long as their row is; those of `make_passing_token` for a time besides.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar, cast
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, Signer, TimestampSigner

from campaigns.vault.errors import TokenExpired

# 22 characters for the row, a dot, and 43 for HMAC-SHA256.
TOKEN_LENGTH = 66
# The same with 43 characters for the index.
INDEX_TOKEN_LENGTH = 87

AnySigner = TypeVar("AnySigner", bound=Signer)


class TokenPurpose(StrEnum):
    """What a link is for; a token of one purpose is worthless for another."""

    CONFIRM_SIGNATURE = "confirm-signature"
    CONFIRM_SUBSCRIPTION = "confirm-subscription"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    MY_SIGNATURE = "my-signature"
    MOVE_SIGNATURE = "move-signature"
    NEVER_MAIL = "never-mail"


def make_token(purpose: TokenPurpose, row_id: UUID) -> str:
    """Return the token that stands for this row and purpose in a link, TOKEN_LENGTH long."""
    return _signer(Signer, purpose).sign(_encode(row_id.bytes)).decode("ascii")


def read_token(purpose: TokenPurpose, token: str) -> UUID | None:
    """Return the row a token of this purpose stands for, or None when it is not one of ours."""
    try:
        return UUID(bytes=_decode(_signer(Signer, purpose).unsign(token)))
    except (BadSignature, Base64Error, ValueError):
        return None


def make_passing_token(purpose: TokenPurpose, row_id: UUID) -> str:
    """Return a token that says when it was made, for `read_passing_token`."""
    return _signer(TimestampSigner, purpose).sign(_encode(row_id.bytes)).decode("ascii")


def read_passing_token(
    purpose: TokenPurpose, token: str, *, lasts: timedelta
) -> tuple[UUID, datetime] | None:
    """Return the row a token stands for and when it was made; None when it is not one of ours.

    Raises TokenExpired when it was made longer ago than it lasts.
    """
    try:
        signed, made_at = _signer(TimestampSigner, purpose).unsign(
            token, int(lasts.total_seconds()), return_timestamp=True
        )
        return UUID(bytes=_decode(signed)), made_at
    except SignatureExpired:
        raise TokenExpired("The link was made too long ago.") from None
    except (BadSignature, Base64Error, ValueError):
        return None


def make_index_token(purpose: TokenPurpose, index: bytes) -> str:
    """Return a token that stands for a blind index, INDEX_TOKEN_LENGTH long.

    Without the key of that index it tells nothing.
    """
    return _signer(Signer, purpose).sign(_encode(index)).decode("ascii")


def read_index_token(purpose: TokenPurpose, token: str) -> bytes | None:
    """Return the blind index a token stands for, or None when it is not one of ours."""
    try:
        return _decode(_signer(Signer, purpose).unsign(token))
    except (BadSignature, Base64Error, ValueError):
        return None


def _encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"==")


def _signer(kind: type[AnySigner], purpose: TokenPurpose) -> AnySigner:
    secret = current_app.config["SECRET_KEY"]
    return cast("AnySigner", _make_signer(kind, secret, purpose))  # type: ignore[arg-type]


# Every mail of an update has three tokens.
@lru_cache(maxsize=2 * len(TokenPurpose))
def _make_signer(kind: Callable[..., Signer], secret: str, purpose: TokenPurpose) -> Signer:
    # As with key_derivation="hmac", which would derive it for each token anew.
    key = hmac.digest(secret.encode(), f"campaigns.{purpose}".encode(), "sha256")
    return kind(key, sep=".", key_derivation="none", digest_method=hashlib.sha256)
