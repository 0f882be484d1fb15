"""What visitors reported."""

from typing import Any

from campaigns.cases.models import Campaign, Event
from campaigns.db import db
from campaigns.reports.models import Report, ReportKind
from campaigns.reports.operations import receive_report


def make_report(campaign: Campaign | None, event: Event | None = None, **fields: Any) -> Report:
    """Make an open report about an entry, a campaign, or nothing there is."""
    page = ""
    if campaign is not None:
        page = f"/campaigns/{campaign.slug}" + (f"/events/{event.id}" if event else "")
    report = receive_report(
        **{
            "page": page,
            "kind": ReportKind.DANGER,
            "text": "The street she lives in stands there.",
            "contact": "neighbour@example.org",
        }
        | fields
    )
    db.session.commit()
    return report
