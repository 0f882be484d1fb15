"""What can go wrong with keys and sealed data."""


class VaultError(Exception):
    """The base of this room's errors; no message holds what was sealed."""


class KeyMissing(VaultError):
    """A key that is needed does not exist or cannot be read; nothing may be stored without it."""


class CannotOpen(VaultError):
    """An envelope is damaged, was sealed to another key, or belongs to another row."""


class TokenExpired(VaultError):
    """A link is ours and was good, but its time has passed."""


class TooLong(VaultError):
    """What should be sealed is longer than the largest padding."""


class NotARecipient(VaultError):
    """What was handed in as a key-holder's recipient is not one; it is not repeated."""


class IdentityUnusable(VaultError):
    """A file holds no age identity, or its passphrase is another."""


class WrongIdentity(VaultError):
    """An identity is not one of those something was encrypted to."""


class AlreadyHolder(VaultError):
    """Somebody who should be admitted holds the campaign's keys already."""
