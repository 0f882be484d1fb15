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
    quick_index: bytes | None
    # As in SealedAddress.
    typed_index: bytes | None
    # As in the model.


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """A signature's address, ready to take another's place."""

    index: bytes
    address: bytes
    quick_index: bytes | None
    # Of a high-risk campaign: what somebody is found by who signed before it became one.


@dataclass(frozen=True, slots=True)
class SealedName:
    """A signature's name and comment, ready to take others' place."""

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
    address = seal_address(
        keyring, campaign_id, row, email=email, locale=locale, high_risk=high_risk
    )
    words = seal_name(keyring, campaign_id, row, name=name, comment=comment, show_name=show_name)
    return SealedSignature(
        id=row,
        email_index=address.index,
        address=address.address,
        details=words.details,
        public=words.public,
        quick_index=address.quick_index,
        typed_index=None
        if high_risk
        else keyring.index(
            IndexPurpose.SIGNATURES,
            f"campaign:{campaign_id}",
            "\n".join((canonical_address(email), name, comment)),
        ),
    )


def seal_address(
    keyring: Keyring, campaign_id: int, row: UUID, *, email: str, locale: str, high_risk: bool
) -> SealedAddress:
    """Seal a signature's address and language. Raises KeyMissing."""
    index = signature_index(keyring, campaign_id, email)
    return SealedAddress(
        index=make_guessing_slow(index) if high_risk else index,
        quick_index=index if high_risk else None,
        address=seal_fields(
            keyring.mailer(),
            _binding(Purpose.SIGNATURE_ADDRESS, campaign_id, row),
            email=email,
            locale=locale,
        ),
    )


def seal_name(
    keyring: Keyring, campaign_id: int, row: UUID, *, name: str, comment: str, show_name: bool
) -> SealedName:
    """Seal a signature's name and comment, which is kept only if the name is shown.

    Raises KeyMissing.
    """
    words = {"name": name, "comment": comment if show_name else ""}
    return SealedName(
        details=seal_fields(
            keyring.campaign(campaign_id),
            _binding(Purpose.SIGNATURE_DETAILS, campaign_id, row),
            **words,
        ),
        public=seal_fields(
            keyring.mailer(), _binding(Purpose.SIGNATURE_PUBLIC, campaign_id, row), **words
        )
        if show_name
        else None,
    )


def signature_index(keyring: Keyring, campaign_id: int, email: str) -> bytes:
    """Return the index a campaign knows an address by, and one of high risk keeps made slow.

    Raises KeyMissing.
    """
    return keyring.index(
        IndexPurpose.SIGNATURES, f"campaign:{campaign_id}", canonical_address(email)
    )


def seal_request(keyring: Keyring, row: UUID, *, email: str, locale: str) -> bytes:
    """Seal the address that asks for the links to what it has signed. Raises KeyMissing."""
    return seal_fields(keyring.mailer(), _request(row), email=email, locale=locale)


def open_request(envelope: bytes, keys: Mapping[bytes, bytes], row: UUID) -> tuple[str, str]:
    """Return the address and language of who asks for links. Raises KeyMissing, CannotOpen."""
    fields = open_fields(envelope, keys, _request(row))
    return fields["email"], fields["locale"]


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


def _request(row: UUID) -> Binding:
    # It is about no campaign: which ones were signed, only the worker finds out.
    return Binding(Purpose.LINK_REQUEST, 0, row.hex)


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
