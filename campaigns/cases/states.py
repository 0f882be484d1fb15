"""From draft to published, closed, archived and back. Taking down is in `updates.removal`."""

from datetime import date
from pathlib import Path

from campaigns.cases.errors import NotInThisState
from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import utcnow
from campaigns.vault.operations import make_campaign_indexes


def publish_campaign(campaign: Campaign) -> None:
    """Let everybody see a draft. Raises NotInThisState."""
    _require(campaign, CampaignState.DRAFT)
    campaign.state = CampaignState.PUBLISHED
    campaign.published_at = campaign.published_at or utcnow()
    touch(campaign)


def close_campaign(campaign: Campaign, on: date) -> None:
    """End a campaign: what it says is as last known on that day. Raises NotInThisState."""
    _require(campaign, CampaignState.PUBLISHED)
    campaign.state = CampaignState.CLOSED
    campaign.closed_on = on
    touch(campaign)


def reopen_campaign(campaign: Campaign, keys_folder: Path) -> None:
    """Let a closed or archived campaign go on; the clock of what would be deleted stops.

    Raises NotInThisState and KeyMissing.
    """
    _require(campaign, CampaignState.CLOSED, CampaignState.ARCHIVED)
    if campaign.archived_at is not None:
        make_campaign_indexes(keys_folder, campaign.id)
    campaign.state = CampaignState.PUBLISHED
    campaign.closed_on = campaign.archived_at = None
    touch(campaign)


def archive_campaign(campaign: Campaign, on: date) -> None:
    """Start the clock after which supporters' data goes. Raises NotInThisState."""
    _require(campaign, CampaignState.PUBLISHED, CampaignState.CLOSED)
    campaign.state = CampaignState.ARCHIVED
    campaign.closed_on = campaign.closed_on or on
    campaign.archived_at = utcnow()
    touch(campaign)


def bring_back(campaign: Campaign) -> None:
    """Show a campaign that was taken down again, as it was before. Raises NotInThisState."""
    _require(campaign, CampaignState.REMOVED)
    campaign.state, campaign.hidden_at = _state_before(campaign), None
    touch(campaign)


def _state_before(campaign: Campaign) -> CampaignState:
    if campaign.archived_at is not None:
        return CampaignState.ARCHIVED
    if campaign.closed_on is not None:
        return CampaignState.CLOSED
    return CampaignState.PUBLISHED if campaign.published_at else CampaignState.DRAFT


def _require(campaign: Campaign, *states: CampaignState) -> None:
    if campaign.state not in states:
        raise NotInThisState
