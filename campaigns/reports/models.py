"""What somebody reported: that a page endangers somebody, is wrong, or names them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import NEVER_AGAIN, Base, utcnow


class ReportKind(StrEnum):
    """Why somebody reports something."""

    DANGER = "danger"
    ERROR = "error"
    NAME = "name"
    LEGAL = "legal"


class ReportedPart(StrEnum):
    """What of a campaign a report is about."""

    CAMPAIGN = "campaign"
    EVENT = "event"
    UPDATE = "update"


class ReportState(StrEnum):
    """Whether organisers have still to look at a report."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Report(Base):
    """Something a visitor reported. It is deleted a while after it was answered or closed."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_campaign_state", "campaign_id", "state"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    # What whoever reported it can name it by; drawn by lot, so that it tells no number of reports.
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    # None when it is about no campaign that there is: site admins look at it.
    part: Mapped[ReportedPart | None]
    part_id: Mapped[int | None]
    # The entry or update, None for the campaign as a whole. No key: it may be purged.
    page: Mapped[str]
    # The address that was typed; may be empty.
    kind: Mapped[ReportKind]
    text: Mapped[str]
    contact: Mapped[str]
    # How to answer, in whatever way they prefer; may be empty.
    state: Mapped[ReportState] = mapped_column(default=ReportState.OPEN)
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    decided_at: Mapped[datetime | None]
    # When it was answered or closed.
