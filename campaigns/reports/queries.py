"""Every read of this room that has a condition."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.reports.models import Report, ReportKind, ReportState
from campaigns.retention import REPORTS_KEPT, REPORTS_WAIT

PAGE_LENGTH = 50


def find_report(report_id: int) -> Report | None:
    """Return a report, for organisers."""
    return db.session.get(Report, report_id)


def find_same_report(page: str, kind: ReportKind, text: str, contact: str) -> Report | None:
    """Return an open report that says the very same: a form that was sent twice."""
    return db.session.scalar(
        select(Report)
        .where(
            Report.page == page,
            Report.kind == kind,
            Report.text == text,
            Report.contact == contact,
            Report.state == ReportState.OPEN,
        )
        .limit(1)
    )


def reports_for(
    campaigns: Collection[int] | None, page: int
) -> Sequence[tuple[Report, Campaign | None]]:
    """Return a page of the reports about some campaigns, or all when it is None, and one more.

    What is urgent stands first: open ones before others, dangers before all else, then the oldest.
    """
    query = (
        select(Report, Campaign)
        .outerjoin(Campaign, Campaign.id == Report.campaign_id)
        .order_by(
            case((Report.state == ReportState.OPEN, 0), else_=1),
            case((Report.kind == ReportKind.DANGER, 0), else_=1),
            Report.received_at,
            Report.id,
        )
        .offset((page - 1) * PAGE_LENGTH)
        .limit(PAGE_LENGTH + 1)
    )
    if campaigns is not None:
        query = query.where(Report.campaign_id.in_(campaigns))
    return [(report, campaign) for report, campaign in db.session.execute(query)]


def count_open_reports(campaigns: Collection[int] | None) -> tuple[int, int]:
    """Return how many reports wait, and how many of them tell of a danger; None as above."""
    query = select(func.count(), func.count().filter(Report.kind == ReportKind.DANGER)).where(
        Report.state == ReportState.OPEN
    )
    if campaigns is not None:
        query = query.where(Report.campaign_id.in_(campaigns))
    waiting, dangers = db.session.execute(query).one()
    return waiting, dangers


def open_reports_about(campaign_id: int | None) -> int:
    """Return how many reports about a campaign wait, or about none there is."""
    query = select(func.count()).where(
        Report.campaign_id == campaign_id, Report.state == ReportState.OPEN
    )
    return db.session.execute(query).scalar_one()


def other_open_report(report: Report) -> bool:
    """Return whether somebody else's report of the same thing has still to be looked at."""
    others = select(Report.id).where(
        Report.campaign_id == report.campaign_id,
        Report.part == report.part,
        Report.part_id == report.part_id,
        Report.state == ReportState.OPEN,
        Report.id != report.id,
    )
    return db.session.scalar(others.limit(1)) is not None


def is_old_report(now: datetime) -> ColumnElement[bool]:
    """Return the condition for a report that is not kept any longer."""
    return or_(
        and_(Report.decided_at.is_not(None), Report.decided_at <= now - REPORTS_KEPT),
        Report.received_at <= now - REPORTS_WAIT,
    )
