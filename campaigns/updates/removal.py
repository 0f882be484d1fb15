"""Taking a campaign down: no page, no feed and no mail of it. Deleting one nobody has seen."""

from sqlalchemy import delete

from campaigns.accounts.operations import forget_roles
from campaigns.cases.errors import NotInThisState
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_public
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db
from campaigns.mail.operations import cancel_campaign_deliveries
from campaigns.petitions.mails import ABOUT_SIGNATURES, MOVE
from campaigns.updates.mails import KINDS
from campaigns.vault.operations import forget_campaign_keys

ALL_MAIL = (*ABOUT_SIGNATURES, MOVE, *KINDS)


def take_down(campaign: Campaign) -> int:
    """Have a campaign's address answer 410 and cancel all mail of it that waits.

    Returns how many mails. Nothing is deleted: `cases.states.bring_back` shows it again, but mail
    stays cancelled. One that is hidden for a report stays down whatever becomes of that. Raises
    NotInThisState for what else visitors do not see anyway.
    """
    if not is_public(campaign) and campaign.hidden_at is None:
        raise NotInThisState
    campaign.state, campaign.hidden_at = CampaignState.REMOVED, None
    touch(campaign)
    return cancel_campaign_deliveries(campaign.id, ALL_MAIL)


def delete_draft(campaign: Campaign) -> None:
    """Delete a campaign that was never published, with all that hangs on it, its keys too.

    Raises NotInThisState for what visitors have ever been able to see.
    """
    if campaign.state != CampaignState.DRAFT or campaign.published_at is not None:
        raise NotInThisState
    cancel_campaign_deliveries(campaign.id, ALL_MAIL)
    forget_campaign_keys(campaign.id)
    forget_roles(campaign.id)
    db.session.execute(
        delete(Campaign)
        .where(Campaign.id == campaign.id)
        .execution_options(synchronize_session=False)
    )
    db.session.expunge(campaign)
