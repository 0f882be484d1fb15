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
        email_index=subscription_index(keyring, campaign_id, email),
        address=seal_fields(
            keyring.mailer(), _binding(campaign_id, row), email=email, locale=locale
        ),
    )


def subscription_index(keyring: Keyring, campaign_id: int, email: str) -> bytes:
    """Return the index a campaign knows a subscriber's address by. Raises KeyMissing."""
    return keyring.index(
        IndexPurpose.SUBSCRIPTIONS, f"campaign:{campaign_id}", canonical_address(email)
    )


def seal_locale(keyring: Keyring, campaign_id: int, row: UUID, locale: str) -> bytes:
    """Seal another language for a subscriber. Raises KeyMissing."""
    return seal_fields(
        keyring.mailer(), Binding(Purpose.SUBSCRIPTION_LOCALE, campaign_id, row.hex), locale=locale
    )


def open_subscriber(
    envelope: bytes,
    keys: Mapping[bytes, bytes],
    campaign_id: int,
    row: UUID,
    sealed_locale: bytes | None = None,
) -> tuple[str, str]:
    """Return a subscriber's address and language, the one chosen since if there is one.

    Raises KeyMissing, CannotOpen.
    """
    fields = open_fields(envelope, keys, _binding(campaign_id, row))
    if sealed_locale is None:
        return fields["email"], fields["locale"]
    chosen = Binding(Purpose.SUBSCRIPTION_LOCALE, campaign_id, row.hex)
    return fields["email"], open_fields(sealed_locale, keys, chosen)["locale"]


def seal_test_address(
    keyring: Keyring, campaign_id: int, row: UUID, *, email: str, locale: str
) -> bytes:
    """Seal the address an organiser typed for a test mail, and its language. Raises KeyMissing."""
    return seal_fields(
        keyring.mailer(),
        Binding(Purpose.TEST_MAIL, campaign_id, row.hex),
        email=email,
        locale=locale,
    )


def open_test_address(
    envelope: bytes, keys: Mapping[bytes, bytes], campaign_id: int, row: UUID
) -> tuple[str, str]:
    """Return the address and language of a test mail. Raises KeyMissing, CannotOpen."""
    fields = open_fields(envelope, keys, Binding(Purpose.TEST_MAIL, campaign_id, row.hex))
    return fields["email"], fields["locale"]


def _binding(campaign_id: int, row: UUID) -> Binding:
    return Binding(Purpose.SUBSCRIPTION_ADDRESS, campaign_id, row.hex)
