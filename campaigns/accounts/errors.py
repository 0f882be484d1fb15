"""What can go wrong with accounts."""


class AccountError(Exception):
    """The base of this room's errors."""


class UsernameInvalid(AccountError):
    """The user name has a shape no account may have."""


class UsernameTaken(AccountError):
    """Another organiser has this user name, in some spelling, or it is kept for the demo."""


class SignInRefused(AccountError):
    """This organiser may not sign in; people are told the same as for a wrong password."""


class InvitationUnknown(AccountError):
    """No invitation has this token."""


class InvitationUsed(AccountError):
    """The invitation has set a password already."""


class InvitationExpired(AccountError):
    """The invitation was not used in time, or a later one or a change of the account ended it."""


class LastOwner(AccountError):
    """Without this organiser a campaign would have no owner who can sign in."""


class LastAdmin(AccountError):
    """Without this organiser the site would have no admin who can sign in."""


class ResetRefused(AccountError):
    """These people may not let this organiser in anew."""


class ResetOwnRequest(ResetRefused):
    """Whoever asked for a reset may not be the one to approve it."""


class TooNew(AccountError):
    """Whose link or role was given in the console lately does not count as a second person yet."""


class OrganiserUnknown(AccountError):
    """No organiser who could be added has exactly this user name."""


class NotJoined(AccountError):
    """Rights given now would be those of whoever holds the link an owner has made."""


class AlreadyMember(AccountError):
    """This organiser has a role in the campaign already."""


class CodeRefused(AccountError):
    """The code is not the one of this moment, was used before, or is no recovery code left."""


class PasskeyRefused(AccountError):
    """The passkey is not known here, or its answer is not right, or comes too late."""


class PasskeyKnown(AccountError):
    """The passkey that was to be added is one of this site's already."""


class TotpKnown(AccountError):
    """The organiser has an authenticator app already."""
