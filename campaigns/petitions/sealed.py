"""What a signature's envelopes hold, and opening them where the key is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from campaigns.vault.addresses import canonical_address
from campaigns.vault.keyring import IndexPurpose, Keyring
from campaigns.vault.sealing import Binding, Purpose, open_envelope, seal


@dataclass(frozen=True, slots=True)
class SealedSignature:
    """Everything of a signature that must not lie in clear, ready to be stored."""

    id: UUID
    email_index: bytes
    address: bytes
    details: bytes
    public: bytes | None


def seal_signature(
    keyring: Keyring,
    campaign_id: int,
    *,
    email: str,
    locale: str,
    name: str,
    comment: str,
    show_name: bool,
) -> SealedSignature:
    """Seal a signature's parts, before any transaction begins: this is the slow part.

    Raises KeyMissing when a key is not there: then nothing may be stored.
    """
    row = uuid4()
    details = _dump(name=name, comment=comment if show_name else "")
    mailer = keyring.mailer()
    return SealedSignature(
        id=row,
        email_index=keyring.index(
            IndexPurpose.SIGNATURES, f"campaign:{campaign_id}", canonical_address(email)
        ),
        address=seal(
            _dump(email=email, locale=locale),
            mailer,
            _binding(Purpose.SIGNATURE_ADDRESS, campaign_id, row),
        ),
        details=seal(
            details,
            keyring.campaign(campaign_id),
            _binding(Purpose.SIGNATURE_DETAILS, campaign_id, row),
        ),
        public=seal(details, mailer, _binding(Purpose.SIGNATURE_PUBLIC, campaign_id, row))
        if show_name
        else None,
    )


def open_address(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str]:
    """Return a signer's address and language. Raises KeyMissing, CannotOpen."""
    binding = _binding(Purpose.SIGNATURE_ADDRESS, campaign_id, row)
    content = json.loads(open_envelope(envelope, keys, binding))
    return content["email"], content["locale"]


def open_public(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str | None]:
    """Return the name, and the comment if any, a signer wants shown. Raises as `open_address`."""
    binding = _binding(Purpose.SIGNATURE_PUBLIC, campaign_id, row)
    content = json.loads(open_envelope(envelope, keys, binding))
    return content["name"], content["comment"] or None


def _binding(purpose: Purpose, campaign_id: int, row: UUID) -> Binding:
    return Binding(purpose, campaign_id, row.hex)


def _dump(**content: str) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
