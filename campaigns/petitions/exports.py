"""Exports of who signed: asked for by one organiser, approved by a second, made once."""

from sqlalchemy import update

from campaigns.accounts.errors import TooNew
from campaigns.accounts.models import Organiser
from campaigns.accounts.queries import has_other_owner, is_second_person
from campaigns.db import db, utcnow
from campaigns.petitions.errors import AskerGone, NobodyElse, NotApproved, NotWaiting, OwnRequest
from campaigns.petitions.export_queries import is_usable
from campaigns.petitions.models import REQUEST_LASTS, ExportRequest


def request_export(campaign_id: int, organiser: Organiser, reason: str) -> ExportRequest:
    """Ask for an export of who signed.

    Raises TooNew for who does not count as one of two persons yet, and NobodyElse when nobody could
    approve it.
    """
    if not is_second_person(organiser, campaign_id):
        raise TooNew
    if not has_other_owner(organiser, campaign_id):
        raise NobodyElse
    request = ExportRequest(campaign_id=campaign_id, asked_by_id=organiser.id, reason=reason)
    db.session.add(request)
    db.session.flush()
    return request


def approve_export(request: ExportRequest, organiser: Organiser) -> None:
    """Let one export be made within APPROVAL_LASTS.

    Whoever asked must be now what they were then: two accounts of one person do not agree. Raises
    OwnRequest, TooNew, AskerGone and NotWaiting.
    """
    if request.asked_by_id == organiser.id:
        raise OwnRequest
    if not is_second_person(organiser, request.campaign_id):
        raise TooNew
    if not is_second_person(request.asked_by, request.campaign_id):
        raise AskerGone
    now = utcnow()
    approved = db.session.execute(
        update(ExportRequest)
        .where(
            ExportRequest.id == request.id,
            ExportRequest.approved_at.is_(None),
            ExportRequest.asked_at > now - REQUEST_LASTS,
        )
        .values(approved_by_id=organiser.id, approved_at=now)
        .returning(ExportRequest.id)
    ).scalar()
    if approved is None:
        raise NotWaiting


def use_export(request_id: int) -> None:
    """Mark the request an export was made for, once however many were made at the same time.

    Raises NotApproved when it cannot be used any more.
    """
    used = db.session.execute(
        update(ExportRequest)
        .where(ExportRequest.id == request_id, is_usable(utcnow()))
        .values(used_at=utcnow())
        .returning(ExportRequest.id)
    ).scalar()
    if used is None:
        raise NotApproved
