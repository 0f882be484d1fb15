"""Signed tokens for links in mails, each bound to one purpose and one row; no address inside."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from enum import StrEnum
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, Signer

# 22 characters for the row, a dot, and 43 for HMAC-SHA256.
TOKEN_LENGTH = 66


class TokenPurpose(StrEnum):
    """What a link is for; a token of one purpose is worthless for another."""

    CONFIRM_SIGNATURE = "confirm-signature"
    CONFIRM_SUBSCRIPTION = "confirm-subscription"
    UNSUBSCRIBE = "unsubscribe"


def make_token(purpose: TokenPurpose, row_id: UUID) -> str:
    """Return the token that stands for this row and purpose in a link, TOKEN_LENGTH long."""
    return _signer(purpose).sign(urlsafe_b64encode(row_id.bytes).rstrip(b"=")).decode("ascii")


def read_token(purpose: TokenPurpose, token: str) -> UUID | None:
    """Return the row a token of this purpose stands for, or None when it is not one of ours."""
    try:
        return UUID(bytes=urlsafe_b64decode(_signer(purpose).unsign(token) + b"=="))
    except (BadSignature, Base64Error, ValueError):
        return None


def _signer(purpose: TokenPurpose) -> Signer:
    return Signer(
        current_app.config["SECRET_KEY"],
        salt=f"campaigns.{purpose}",
        sep=".",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
