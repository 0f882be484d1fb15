"""What can go wrong with a petition."""


class PetitionError(Exception):
    """The base of this room's errors."""


class SignatureExpired(PetitionError):
    """The confirmation came too late, or the signature was withdrawn: it can be signed again."""
