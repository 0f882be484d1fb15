"""What can go wrong with a petition."""


class PetitionError(Exception):
    """The base of this room's errors."""


class TermsChanged(PetitionError):
    """The campaign or its petition is not any more what a signature was made ready for."""


class SignatureExpired(PetitionError):
    """The confirmation came too late, or the signature was withdrawn: it can be signed again."""


class SignatureGone(PetitionError):
    """The signature was withdrawn or erased: there is nothing to change."""


class NameNeeded(PetitionError):
    """The name is to be shown, and can only be read with the campaign's key: it must be typed."""


class NobodyElse(PetitionError):
    """An export was asked for, and there is no second organiser who could approve it."""


class OwnRequest(PetitionError):
    """Whoever asks for an export cannot approve it."""


class NotWaiting(PetitionError):
    """A request for an export was approved already, or was made too long ago."""


class AskerGone(PetitionError):
    """Whoever asked for an export does not count as one of two persons any more."""


class NotApproved(PetitionError):
    """There is no approved request left that an export could be made for."""


class TextFrozen(PetitionError):
    """Somebody signed: another text must be asked for as a new version."""


class AddresseeFixed(PetitionError):
    """Somebody signed: the petition's addressee stays the one they were told of."""
