"""A subscriber's address: sealing it to the mailer and opening it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from campaigns.vault.addresses import canonical_address
from campaigns.vault.keyring import IndexPurpose, Keyring
from campaigns.vault.sealing import Binding, Purpose, open_fields, seal_fields


@dataclass(frozen=True, slots=True)
class SealedSubscription:
    """What of a subscription must not lie in clear, ready to be stored."""

    id: UUID
    email_index: bytes
    address: bytes


def seal_subscription(
    keyring: Keyring, campaign_id: int, *, email: str, locale: str
) -> SealedSubscription:
    """Seal a subscriber's address and language, before any transaction begins.

    Raises KeyMissing when a key is not there: then nothing may be stored.
    """
    row = uuid4()
    return SealedSubscription(
        id=row,
        email_index=keyring.index(
            IndexPurpose.SUBSCRIPTIONS, f"campaign:{campaign_id}", canonical_address(email)
        ),
        address=seal_fields(
            keyring.mailer(), _binding(campaign_id, row), email=email, locale=locale
        ),
    )


def open_subscriber(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str]:
    """Return a subscriber's address and language. Raises KeyMissing, CannotOpen."""
    fields = open_fields(envelope, keys, _binding(campaign_id, row))
    return fields["email"], fields["locale"]


def _binding(campaign_id: int, row: UUID) -> Binding:
    return Binding(Purpose.SUBSCRIPTION_ADDRESS, campaign_id, row.hex)
