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


class UpdateOver(UpdatesError):
    """What an update says cannot be changed any more, or it is not in a state for this: see it."""


class UpdateHidden(UpdatesError):
    """Visitors do not see it, or its entry, while a report is looked into: nor is it mailed."""


class Overtaken(UpdatesError):
    """Somebody's custody has changed since it was written: is it still right?"""


class NotThatWay(UpdatesError):
    """A campaign of high risk mails no news, and no test of it."""


class TooManyTests(UpdatesError):
    """So many test mails were asked for within an hour that another has to wait."""


class TimePast(UpdatesError):
    """A time that has passed is none to publish at."""
