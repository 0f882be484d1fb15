"""What organisers see of signatures and do with them."""

from flask import Blueprint, render_template

from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.petitions.queries import count_signatures, petition_of

bp = Blueprint("petitions", __name__, url_prefix="/console/campaigns/<slug>")


@bp.get("/signatures")
def signatures(slug: str) -> str:
    """How many signed; who did is sealed."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    petition = petition_of(campaign.id)
    online, paper = count_signatures(petition.id) if petition else (0, 0)
    return render_template(
        "petitions/signatures.html",
        campaign=campaign,
        petition=petition,
        online=online,
        paper=paper,
    )
