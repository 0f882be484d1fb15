"""From nothing to a published campaign: each step ticked by what is in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import exists, select

from campaigns.accounts.queries import count_owners
from campaigns.cases.models import Campaign, Event
from campaigns.cases.queries import is_public
from campaigns.cases.vocabulary import CampaignState, NamePolicy
from campaigns.dashboard.starters import UNWRITTEN
from campaigns.db import db
from campaigns.petitions.queries import petition_of

OWNERS = 2
# One alone cannot be replaced, nor export.
OVER = (CampaignState.ARCHIVED, CampaignState.REMOVED)


class Step(StrEnum):
    CAMPAIGN = "campaign"
    DETAINEE = "detainee"
    DEMAND = "demand"
    EVENT = "event"
    PETITION = "petition"
    PUBLISHED = "published"
    SECOND_OWNER = "second_owner"
    RECOVERY = "recovery"
    # The installation's recovery identity is off the server.


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step, and whether it is done."""

    step: Step
    done: bool


def check_steps(campaign: Campaign | None, *, recovery_on_server: bool | None) -> list[CheckedStep]:
    """Return the steps to a published campaign; an empty list once all are done, or it is over.

    `recovery_on_server` is None for whoever can do nothing about that.
    """
    if campaign is not None and campaign.state in OVER:
        return []
    done = _done(campaign)
    if recovery_on_server is not None:
        done[Step.RECOVERY] = not recovery_on_server
    if all(done.values()):
        return []
    return [CheckedStep(step, it) for step, it in done.items()]


def _done(campaign: Campaign | None) -> dict[Step, bool]:
    if campaign is None:
        return dict.fromkeys((it for it in Step if it != Step.RECOVERY), False)
    petition = petition_of(campaign.id)
    return {
        Step.CAMPAIGN: True,
        Step.DETAINEE: _has_detainees_with_a_basis(campaign),
        Step.DEMAND: bool(campaign.demand.strip())
        and _is_written(campaign.title, campaign.summary, campaign.body, campaign.demand),
        Step.EVENT: bool(
            db.session.scalar(select(exists().where(Event.campaign_id == campaign.id)))
        ),
        Step.PETITION: petition is not None
        and _is_written(petition.title, petition.text, petition.addressee),
        Step.PUBLISHED: is_public(campaign),
        Step.SECOND_OWNER: count_owners(campaign.id) >= OWNERS,
    }


def _is_written(*texts: str) -> bool:
    """Say whether nothing is left of what a text to begin with asked to be replaced."""
    return not any(UNWRITTEN in text for text in texts)


def _has_detainees_with_a_basis(campaign: Campaign) -> bool:
    people: Sequence[bool] = [
        it.name_policy != NamePolicy.FULL or it.consent_by is not None for it in campaign.detainees
    ]
    return bool(people) and all(people)
