"""What is done to reports."""

import re
import secrets

from campaigns.cases.models import Campaign
from campaigns.cases.queries import find_campaign
from campaigns.db import db, utcnow
from campaigns.reports.models import Report, ReportedPart, ReportKind, ReportState
from campaigns.reports.queries import find_same_report, open_reports_about

# Without what is taken for something else when it is read out.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# More of one campaign nobody can look through, while a flood drives out what is urgent.
MOST_OPEN = 200
PAGE = re.compile(r"/campaigns/([a-z0-9-]+)(?:/(events|updates)/([0-9]{1,9}))?(?:[/?#.].*)?\Z")


class InboxFull(Exception):
    """So many reports of a campaign wait that no more are taken."""

    def __init__(self, campaign: Campaign | None) -> None:
        super().__init__()
        self.campaign = campaign


def receive_report(*, page: str, kind: ReportKind, text: str, contact: str) -> Report:
    """Keep what somebody reported; the same sent twice is one report.

    `page` is the address it is about, whole or from its path on. One that leads to no campaign is
    kept as it is, for site admins. Raises InboxFull when nobody keeps up with what came in.
    """
    if (known := find_same_report(page, kind, text, contact)) is not None:
        return known
    report = Report(
        reference=f"{_letters()}-{_letters()}", page=page, kind=kind, text=text, contact=contact
    )
    campaign = None
    if found := PAGE.search(page):
        slug, part, number = found.groups()
        if (campaign := find_campaign(slug)) is not None:
            report.campaign_id = campaign.id
            report.part = {
                "events": ReportedPart.EVENT, "updates": ReportedPart.UPDATE
            }.get(part, ReportedPart.CAMPAIGN)  # fmt: skip
            report.part_id = int(number) if number else None
    if open_reports_about(report.campaign_id) >= MOST_OPEN:
        raise InboxFull(campaign)
    db.session.add(report)
    db.session.flush()
    return report


def decide_report(report: Report, state: ReportState) -> None:
    """Note that a report was answered or closed; the clock of its deletion runs."""
    report.state = state
    report.decided_at = utcnow()
    db.session.flush()


def _letters() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))
