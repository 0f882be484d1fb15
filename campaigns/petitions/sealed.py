"""What a signature's envelopes hold, and opening them where the key is."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from campaigns.vault.addresses import canonical_address
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import IndexPurpose, Keyring, make_guessing_slow
from campaigns.vault.sealing import Binding, Purpose, open_fields, seal_fields


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
    high_risk: bool = False,
) -> SealedSignature:
    """Seal a signature's parts, before any transaction begins: this is the slow part.

    The comment is kept only if the name is shown. Raises KeyMissing when a key is not there: then
    nothing may be stored.
    """
    row = uuid4()
    details = {"name": name, "comment": comment if show_name else ""}
    index = keyring.index(
        IndexPurpose.SIGNATURES, f"campaign:{campaign_id}", canonical_address(email)
    )
    return SealedSignature(
        id=row,
        email_index=make_guessing_slow(index) if high_risk else index,
        address=seal_fields(
            keyring.mailer(),
            _binding(Purpose.SIGNATURE_ADDRESS, campaign_id, row),
            email=email,
            locale=locale,
        ),
        details=seal_fields(
            keyring.campaign(campaign_id),
            _binding(Purpose.SIGNATURE_DETAILS, campaign_id, row),
            **details,
        ),
        public=seal_fields(
            keyring.mailer(), _binding(Purpose.SIGNATURE_PUBLIC, campaign_id, row), **details
        )
        if show_name
        else None,
    )


def open_address(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str]:
    """Return a signer's address and language. Raises KeyMissing, CannotOpen."""
    fields = open_fields(envelope, keys, _binding(Purpose.SIGNATURE_ADDRESS, campaign_id, row))
    return fields["email"], fields["locale"]


def open_public(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str | None]:
    """Return the name, and the comment if any, a signer wants shown. Raises as `open_address`."""
    fields = open_fields(envelope, keys, _binding(Purpose.SIGNATURE_PUBLIC, campaign_id, row))
    return fields["name"], fields["comment"] or None


def open_details(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str]:
    """Return a signer's name, and the comment, which may be empty. Raises as `open_address`."""
    fields = open_fields(envelope, keys, _binding(Purpose.SIGNATURE_DETAILS, campaign_id, row))
    try:
        return str(fields["name"]), str(fields["comment"])
    except (KeyError, TypeError):
        # Anybody can seal to a public key.
        raise CannotOpen("The envelope holds something else.") from None


def _binding(purpose: Purpose, campaign_id: int, row: UUID) -> Binding:
    return Binding(purpose, campaign_id, row.hex)
