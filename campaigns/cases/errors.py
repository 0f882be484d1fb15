"""What can go wrong with a case."""


class CaseError(Exception):
    """The base of this room's errors."""


class EventInFuture(CaseError):
    """Only a hearing may lie ahead: anything else has not happened yet."""


class HiddenName(CaseError):
    """A public text holds the name of somebody whose name is not to be published in full."""


class CampaignRemoved(CaseError):
    """The campaign was taken down: its address answers 410."""


class SlugTaken(CaseError):
    """Another campaign has this slug."""


class NameWithoutBasis(CaseError):
    """A full name was to be published, and nobody wrote down who allowed it."""


class DetaineeNamed(CaseError):
    """Entries of the timeline are about this detainee."""


class NotInThisState(CaseError):
    """A campaign was to change in a way that its state does not allow: it has changed since."""


class ChangedMeanwhile(CaseError):
    """Somebody else has changed it since it was read."""


class NoteMissing(CaseError):
    """What visitors have read is changed only with a note that says why."""


class AlreadyPublic(CaseError):
    """What visitors can read already cannot be embargoed: it is retracted instead."""


class NotYetPublic(CaseError):
    """What nobody has read yet is mended or purged: there is nothing to retract."""


class ArticleKnown(CaseError):
    """The case has an article with this address already."""

    def __init__(self, article_id: int) -> None:
        super().__init__()
        self.article_id = article_id


class TranslationInCircle(CaseError):
    """An article would be, over others, the translation of itself."""
