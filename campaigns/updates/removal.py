"""Taking a campaign down: no page, no feed and no mail of it from this moment on."""

from campaigns.cases.errors import NotInThisState
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_public
from campaigns.cases.vocabulary import CampaignState
from campaigns.mail.operations import cancel_campaign_deliveries
from campaigns.petitions.mails import ABOUT_SIGNATURES, MOVE
from campaigns.updates.mails import KINDS


def take_down(campaign: Campaign) -> int:
    """Have a campaign's address answer 410 and cancel all mail of it that waits.

    Returns how many mails. Nothing is deleted: `cases.states.bring_back` shows it again, but mail
    stays cancelled. Raises NotInThisState for what visitors do not see anyway.
    """
    if not is_public(campaign):
        raise NotInThisState
    campaign.state = CampaignState.REMOVED
    touch(campaign)
    return cancel_campaign_deliveries(campaign.id, (*ABOUT_SIGNATURES, MOVE, *KINDS))
