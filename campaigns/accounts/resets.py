"""Letting a colleague in anew who lost password or telephone: never one colleague's doing alone.

A site admin may do it for anybody else. The owners of a campaign need two of them, and may do it
only for whom neither outranks them nor belongs to a campaign that is not theirs: whoever makes a
link could use it.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from campaigns.accounts.errors import ResetOwnRequest, ResetRefused, TooNew
from campaigns.accounts.models import Organiser, ResetRequest
from campaigns.accounts.operations import (
    count_as_second_later,
    invite_organiser,
    reset_organiser,
)
from campaigns.accounts.queries import (
    campaigns_of,
    find_waiting,
    is_second_person,
    role_in,
)
from campaigns.accounts.roles import Role
from campaigns.db import db, utcnow

REQUEST_LASTS = timedelta(hours=24)


def reset_by_admin(colleague: Organiser, admin: Organiser) -> str:
    """Let a colleague in anew, a disabled one too; return the token of the link.

    Raises ResetRefused for the admin's own account, and SignInRefused.
    """
    if colleague.id == admin.id:
        raise ResetRefused
    token = reset_organiser(colleague)
    count_as_second_later(colleague)
    return token


def renew_link(colleague: Organiser, campaign_id: int) -> str:
    """Make a new link for somebody an owner of this campaign invited and who never came.

    Raises ResetRefused for all others.
    """
    ours = find_waiting(colleague.id, campaign_id) is not None
    if not ours or colleague.site_admin or campaigns_of(colleague.id) != {campaign_id}:
        raise ResetRefused
    count_as_second_later(colleague)
    return invite_organiser(colleague)


def request_reset(colleague: Organiser, campaign_id: int, asker: Organiser) -> ResetRequest:
    """Ask that a colleague is let in anew; one request is open for each.

    An open one of another owner stays as it is: it is theirs to have approved. Raises ResetRefused
    and TooNew.
    """
    _require_rank(colleague, campaign_id, asker)
    _forget_old()
    request = find_request(colleague.id, campaign_id)
    if request is None:
        request = ResetRequest(
            organiser_id=colleague.id, campaign_id=campaign_id, asked_by_id=asker.id
        )
        db.session.add(request)
        db.session.flush()
    return request


def approve_reset(colleague: Organiser, campaign_id: int, approver: Organiser) -> str:
    """Let a colleague in anew whom another owner asked to; return the token of the link.

    Raises ResetRefused, also when nobody asked within a day, ResetOwnRequest, TooNew, and
    SignInRefused.
    """
    _require_rank(colleague, campaign_id, approver)
    request = find_request(colleague.id, campaign_id)
    if request is None:
        raise ResetRefused
    if request.asked_by_id == approver.id:
        raise ResetOwnRequest
    # What they were then they must be still.
    try:
        _require_rank(colleague, campaign_id, request.asked_by)
    except TooNew:
        raise ResetRefused from None
    used = db.session.execute(
        delete(ResetRequest).where(ResetRequest.id == request.id).returning(ResetRequest.id)
    ).scalar()
    if used is None:
        raise ResetRefused
    token = reset_organiser(colleague)
    count_as_second_later(colleague)
    return token


def find_request(organiser_id: int, campaign_id: int) -> ResetRequest | None:
    """Return the open request to let somebody of a campaign in anew."""
    return db.session.scalar(
        select(ResetRequest).where(
            ResetRequest.organiser_id == organiser_id,
            ResetRequest.campaign_id == campaign_id,
            ResetRequest.asked_at > utcnow() - REQUEST_LASTS,
        )
    )


def open_requests(campaign_id: int) -> Sequence[ResetRequest]:
    """Return the open requests of a campaign."""
    return db.session.scalars(
        select(ResetRequest).where(
            ResetRequest.campaign_id == campaign_id,
            ResetRequest.asked_at > utcnow() - REQUEST_LASTS,
        )
    ).all()


def _require_rank(colleague: Organiser, campaign_id: int, owner: Organiser) -> None:
    campaigns = campaigns_of(colleague.id)
    if (
        colleague.id == owner.id
        or colleague.site_admin
        or not colleague.active
        or campaign_id not in campaigns
        or any(role_in(owner, it) is not Role.OWNER for it in campaigns)
    ):
        raise ResetRefused
    if not all(is_second_person(owner, it) for it in campaigns):
        raise TooNew


def _forget_old() -> None:
    db.session.execute(
        delete(ResetRequest).where(ResetRequest.asked_at <= utcnow() - REQUEST_LASTS)
    )
