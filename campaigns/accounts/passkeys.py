"""Passkeys (Web Authentication, level 3): what a browser is asked, and whether its answer is right.

Pure: what is stored of them is the business of `factors`. The library is loaded at the first
passkey, for it would take a fifth of the start of every web process.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from campaigns.accounts.errors import PasskeyRefused

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

LONGEST_ANSWER = 20_000
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the host, and the address pages have in the browser."""

    host: str
    origin: str
    name: str

    @classmethod
    def at(cls, base_url: str, name: str) -> "Site":
        """Return the site of an address. A passkey is bound to a name, so that loopback has one."""
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        if host == LOOPBACK:
            return cls("localhost", base_url.replace(LOOPBACK, "localhost"), name)
        return cls(host, f"{parts.scheme}://{parts.netloc}", name)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser's answer has to contain, and when it was asked."""

    text: bytes
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class NewKey:
    """A passkey that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def options_to_make(
    site: Site, challenge: Challenge, username: str, handle: bytes, known: Iterable[bytes]
) -> str:
    """Return what navigator.credentials.create is told, as JSON; `known` are not made again."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name=site.name,
            user_name=username,
            user_id=handle,
            challenge=challenge.text,
            exclude_credentials=_descriptors(known),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
    )


def options_to_use(site: Site, challenge: Challenge, known: Iterable[bytes] = ()) -> str:
    """Return what navigator.credentials.get is told, as JSON.

    Without `known` ones it stands alone: the device then has to verify who uses it.
    """
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    descriptors = _descriptors(known)
    verification = UserVerificationRequirement
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host,
            challenge=challenge.text,
            allow_credentials=descriptors,
            user_verification=verification.PREFERRED if descriptors else verification.REQUIRED,
        )
    )


def new_key(site: Site, challenge: Challenge, answer: str) -> NewKey:
    """Return the passkey a browser has made. Raises PasskeyRefused."""
    from webauthn import verify_registration_response

    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.text,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except Exception:  # what parsing an answer made to harm raises is not all of the library's own
        raise PasskeyRefused from None
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_of(answer: str) -> bytes:
    """Return the id of the passkey a browser says it used. Raises PasskeyRefused."""
    from webauthn import base64url_to_bytes

    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused
    try:
        return base64url_to_bytes(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PasskeyRefused from None


def sign_count_of(
    site: Site, challenge: Challenge, answer: str, key: NewKey, *, alone: bool
) -> int:
    """Return the sign count of a right answer, which is higher than before where it is counted.

    `alone` asks that the device has verified who uses it. Raises PasskeyRefused.
    """
    from webauthn import verify_authentication_response

    try:
        used = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.text,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=alone,
        )
    except Exception:  # what parsing an answer made to harm raises is not all of the library's own
        raise PasskeyRefused from None
    return used.new_sign_count


def _descriptors(known: Iterable[bytes]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=credential) for credential in known]
