"""What can go wrong with updates."""


class UpdatesError(Exception):
    """The base of this room's errors."""


class SubscriptionExpired(UpdatesError):
    """The confirmation came too late, or the subscription was ended: one can subscribe again."""


class CampaignNotPublic(UpdatesError):
    """Only what everybody can read may be mailed: the campaign is not published."""


class SubscriptionGone(UpdatesError):
    """The subscription was ended: there is nothing to change any more."""


class UndoTooLate(UpdatesError):
    """What was posted has stood too long to be taken back: from now on it is corrected."""
