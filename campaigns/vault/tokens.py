"""Signed tokens for links in mails: each bound to one purpose and one row, with no address inside."""

import hashlib
from enum import StrEnum
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer


class TokenPurpose(StrEnum):
    """What a link is for; a token of one purpose is worthless for another."""

    CONFIRM_SIGNATURE = "confirm-signature"
    CONFIRM_SUBSCRIPTION = "confirm-subscription"
    UNSUBSCRIBE = "unsubscribe"


def make_token(purpose: TokenPurpose, row_id: UUID) -> str:
    """Return the token that stands for this row and purpose in a link."""
    return _serializer(purpose).dumps(row_id.hex)


def read_token(purpose: TokenPurpose, token: str) -> UUID | None:
    """Return the row a token of this purpose stands for, or None when it is not one of ours."""
    try:
        return UUID(hex=_serializer(purpose).loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None


def _serializer(purpose: TokenPurpose) -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"campaigns.{purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )

