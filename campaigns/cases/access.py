"""The campaign a page of the console is about, for the consoles of this room and those above."""

from flask import abort

from campaigns.accounts.access import require_campaign_role
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.queries import find_campaign


def entrusted_campaign(slug: str, needed: Role) -> Campaign:
    """Return a campaign in which who is signed in may do what needs this role.

    Another's looks missing (404); raises RoleTooLow (403) when theirs does not allow it.
    """
    campaign = find_campaign(slug) or abort(404)
    require_campaign_role(campaign.id, needed)
    return campaign
