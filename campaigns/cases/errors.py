"""What can go wrong with a case."""


class CaseError(Exception):
    """The base of this room's errors."""


class EventInFuture(CaseError):
    """Only a hearing may lie ahead: anything else has not happened yet."""


class CampaignRemoved(CaseError):
    """The campaign was taken down: its address answers 410."""
