"""Striking an entry through: it stays with its reason, and tells nothing of the status any more."""

from campaigns.cases.editing import version_checked
from campaigns.cases.errors import ChangedMeanwhile, NotYetPublic
from campaigns.cases.models import Campaign, Event
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_published, may_have_been_read
from campaigns.cases.revisions import record_revision
from campaigns.cases.vocabulary import RevisedPart
from campaigns.db import db, utcnow


def retract_event(
    campaign: Campaign, event: Event, *, reason: str, version: int, organiser_id: int
) -> bool:
    """Retract an entry for good; False when it was retracted already, with the reason given then.

    Whoever was mailed it is told by a job of `updates`. Raises NotYetPublic when nobody can have
    read it, and ChangedMeanwhile when somebody else has changed it since `version`; then roll back.
    """
    if event.retracted_on is not None:
        return False
    now = utcnow()
    if not may_have_been_read(campaign) or not is_published(event, now):
        raise NotYetPublic
    if event.version != version:
        raise ChangedMeanwhile
    event.retracted_on, event.retracted_reason = campaign.today, reason
    event.updated_at = now
    with version_checked():
        db.session.flush()
    record_revision(
        RevisedPart.EVENT,
        event.id,
        campaign_id=campaign.id,
        organiser_id=organiser_id,
        was={"retracted": None},
    )
    touch(campaign)
    return True
