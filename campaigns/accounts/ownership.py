"""That somebody is left who may decide: of each campaign an owner, of the site an admin.

What could take the last one away goes through here and waits for whatever else could, so that not
even two at once do it.
"""

from sqlalchemy import ColumnElement, exists, select, text

from campaigns.accounts.errors import LastAdmin, LastOwner
from campaigns.accounts.models import CampaignRole, Organiser
from campaigns.accounts.roles import Role
from campaigns.db import db

DEMO_USERNAME = "demo"


def keep_an_owner(organiser_id: int, campaign_id: int) -> None:
    """Demand that a campaign has an owner who can sign in without this organiser.

    Nobody else can take a role or an account away until the transaction ends. Raises LastOwner;
    never for somebody who is disabled or no owner, for then nothing is lost.
    """
    _take_turn()
    _require_another_owner(organiser_id, campaign_id)


def keep_owners(organiser_id: int) -> None:
    """Demand the same of every campaign this organiser owns. Raises LastOwner."""
    _take_turn()
    owned = select(CampaignRole.campaign_id).where(
        CampaignRole.organiser_id == organiser_id, CampaignRole.role == Role.OWNER
    )
    for campaign_id in db.session.scalars(owned).all():
        _require_another_owner(organiser_id, campaign_id)


def keep_an_admin(organiser_id: int) -> None:
    """Demand that the site has an admin who can sign in without this organiser. Raises LastAdmin.

    The demo's does not count: it is let in on no site that is open to the public.
    """
    _take_turn()
    is_one = exists().where(
        Organiser.id == organiser_id, Organiser.site_admin.is_(True), Organiser.active.is_(True)
    )
    another = exists().where(
        Organiser.id != organiser_id,
        Organiser.site_admin.is_(True),
        Organiser.username != DEMO_USERNAME,
        _can_sign_in(),
    )
    if db.session.scalar(select(is_one & ~another)):
        raise LastAdmin


def _require_another_owner(organiser_id: int, campaign_id: int) -> None:
    owns = (
        CampaignRole.campaign_id == campaign_id,
        CampaignRole.role == Role.OWNER,
        CampaignRole.organiser_id == Organiser.id,
    )
    is_one = exists().where(Organiser.id == organiser_id, Organiser.active.is_(True), *owns)
    another = exists().where(Organiser.id != organiser_id, _can_sign_in(), *owns)
    if db.session.scalar(select(is_one & ~another)):
        raise LastOwner


def _can_sign_in() -> ColumnElement[bool]:
    # Whoever was only invited may never come.
    return Organiser.active.is_(True) & Organiser.password.is_not(None)


def _take_turn() -> None:
    """Wait for others who take a role or an account away; on SQLite one alone writes anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE campaign_role IN SHARE ROW EXCLUSIVE MODE"))
