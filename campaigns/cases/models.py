"""A campaign's case: its detainees, events and articles, as organisers entered them.

Status is nowhere stored; `status` derives it from the events.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.cases.dates import PartialDate, parse_edtf
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    CampaignState,
    Colour,
    Confidence,
    ConsentBy,
    Disclosure,
    EventKind,
    HearingStatus,
    Mode,
    NamePolicy,
    RevisedPart,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.db import NEVER_AGAIN, Base, utcnow


class Campaign(Base):
    """Solidarity with one or several detainees."""

    __tablename__ = "campaign"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    # Markdown, like every text of a case that may have paragraphs.
    demand: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    # ISO 3166-1 alpha-2, upper-case; empty when there is none.
    timezone: Mapped[str]
    # An IANA zone: days are counted and hearings told in it.
    locale: Mapped[str]
    # The language the texts are written in.
    mode: Mapped[Mode] = mapped_column(default=Mode.STANDARD)
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    closed_on: Mapped[date | None]
    colour: Mapped[Colour] = mapped_column(default=Colour.VERMILION)
    run_by_name: Mapped[str]
    run_by_contact: Mapped[str]
    # A mail address: where replies to this campaign's mails go.
    run_by_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # By locale: title, summary, body, demand.
    version: Mapped[int] = mapped_column(default=1)
    # Raised with every change a visitor may see; finished pages are kept by it.
    published_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    # Since when it is taken down for as long as organisers look into a report; then `removed`.
    archived_at: Mapped[datetime | None]
    # Supporters' data goes a while after it; None again once the campaign is reopened.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    idempotency_token: Mapped[str | None] = mapped_column(unique=True, index=True)
    # Of the form it was made with, so that a resend makes no second one.

    detainees: Mapped[list["Detainee"]] = relationship(
        back_populates="campaign", order_by="Detainee.position", cascade="all, delete-orphan"
    )
    articles: Mapped[list["Article"]] = relationship(
        back_populates="campaign", order_by="Article.position", cascade="all, delete-orphan"
    )
    events: Mapped[list["Event"]] = relationship(
        back_populates="campaign", order_by="Event.position", cascade="all, delete-orphan"
    )

    @property
    def today(self) -> date:
        """The day it is now in the campaign's zone."""
        return utcnow().astimezone(ZoneInfo(self.timezone)).date()


class Detainee(Base):
    """A person a campaign is for."""

    __tablename__ = "detainee"
    __table_args__ = (UniqueConstraint("campaign_id", "ref"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    ref: Mapped[str]
    # The name other parts of a case file call this one by; never shown for a withheld name.
    position: Mapped[int]
    # From 1, in the order entered.
    name: Mapped[str]
    # In the original script. What visitors may read of it is decided by `names.public_name`.
    name_romanised: Mapped[str | None]
    name_policy: Mapped[NamePolicy]
    consent_by: Mapped[ConsentBy | None]
    consent_on: Mapped[date | None]
    consent_scope: Mapped[str | None]
    consent_article_id: Mapped[int | None] = mapped_column(
        ForeignKey("article.id", ondelete="SET NULL")
    )
    proceedings: Mapped[list[str]] = mapped_column(default=list)
    # Short labels such as case numbers.

    campaign: Mapped[Campaign] = relationship(back_populates="detainees")
    consent_article: Mapped["Article | None"] = relationship()
    confirmations: Mapped[list["Confirmation"]] = relationship(
        back_populates="detainee", order_by="Confirmation.position", cascade="all, delete-orphan"
    )


class Confirmation(Base):
    """Somebody in a position to know said on a day that the status was still true."""

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    detainee_id: Mapped[int] = mapped_column(
        ForeignKey("detainee.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    on: Mapped[date]
    source_kind: Mapped[SourceKind | None]
    # Only if the organiser ticked it: it can expose the family.

    detainee: Mapped[Detainee] = relationship(back_populates="confirmations")


class Article(Base):
    """A report, in print or on the web, that events rest on."""

    __tablename__ = "article"
    __table_args__ = (UniqueConstraint("campaign_id", "ref"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    ref: Mapped[str]
    position: Mapped[int]
    url: Mapped[str | None]
    # None for what was only printed.
    title: Mapped[str]
    outlet: Mapped[str]
    author: Mapped[str | None]
    language: Mapped[str]
    published: Mapped[str | None]
    # EDTF subset, see `dates`.
    excerpt: Mapped[str | None]
    archived_url: Mapped[str | None]
    archived_at: Mapped[datetime | None]
    kind: Mapped[SourceKind] = mapped_column(default=SourceKind.PRESS)
    translation_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("article.id", ondelete="SET NULL")
    )
    idempotency_token: Mapped[str | None] = mapped_column(unique=True)
    # Of the form it was added with, so that a resend makes no second row.
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # Never changed; None for what is older than this column.
    version: Mapped[int] = mapped_column(default=1)
    # Raised with every change of the row: whoever changed another one changes nothing.

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy alone

    campaign: Mapped[Campaign] = relationship(back_populates="articles")
    translation_of: Mapped["Article | None"] = relationship(remote_side=[id])


event_detainee = Table(
    "event_detainee",
    Base.metadata,
    Column("event_id", ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("detainee_id", ForeignKey("detainee.id", ondelete="CASCADE"), primary_key=True),
)


class Event(Base):
    """An entry of the timeline."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("campaign_id", "ref"),
        Index("ix_event_campaign_published", "campaign_id", "published_at"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    ref: Mapped[str]
    position: Mapped[int]
    # The order entered, which decides where dates do not.
    kind: Mapped[EventKind]
    date_edtf: Mapped[str] = mapped_column(default="")
    everyone: Mapped[bool] = mapped_column(default=False)
    # Whether it concerns the whole campaign; otherwise those of `detainees`.
    proceeding: Mapped[str | None]
    place: Mapped[str | None]
    disclosure: Mapped[Disclosure | None]
    actor_name: Mapped[str | None]
    actor_kind: Mapped[ActorKind | None]
    actor_state_link: Mapped[StateLink | None]
    summary: Mapped[str]
    text: Mapped[str | None]
    by: Mapped[AppealBy | None]
    confidence: Mapped[Confidence] = mapped_column(default=Confidence.CONFIRMED)
    learned_at: Mapped[datetime | None]
    published_at: Mapped[datetime]
    embargo_until: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    # Since when visitors do not see it, while organisers look into a report; None when they do.
    retracted_on: Mapped[date | None]
    retracted_reason: Mapped[str | None]
    hearing_starts_at: Mapped[datetime | None]
    hearing_court: Mapped[str | None]
    hearing_status: Mapped[HearingStatus | None]
    hearing_previous_starts_at: Mapped[datetime | None]
    handover_count: Mapped[int | None]
    handover_at_least: Mapped[bool] = mapped_column(default=False)
    # Whether it may have been more: sources say "more than 600".
    handover_to: Mapped[str | None]
    handover_reply: Mapped[str | None]
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # By locale: summary, text.
    idempotency_token: Mapped[str | None] = mapped_column(unique=True)
    # Of the form it was posted with, so that a resend makes no second row.
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)
    # Raised with every change of the row: whoever changed another one changes nothing.

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy alone

    campaign: Mapped[Campaign] = relationship(back_populates="events")
    detainees: Mapped[list[Detainee]] = relationship(
        secondary=event_detainee, order_by=Detainee.position
    )
    sources: Mapped[list["EventSource"]] = relationship(
        back_populates="event", order_by="EventSource.position", cascade="all, delete-orphan"
    )
    corrections: Mapped[list["Correction"]] = relationship(
        back_populates="event", order_by="Correction.position", cascade="all, delete-orphan"
    )

    @property
    def date(self) -> PartialDate:
        """When it happened, as far as it is known."""
        return parse_edtf(self.date_edtf)


class EventSource(Base):
    """What an article says of an event."""

    __tablename__ = "event_source"
    __table_args__ = (UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    stance: Mapped[Stance]
    note: Mapped[str | None]

    event: Mapped[Event] = relationship(back_populates="sources")
    article: Mapped[Article] = relationship()


class Correction(Base):
    """What an entry said before it was corrected, and why; or before a hearing went on."""

    __tablename__ = "correction"
    __table_args__ = (UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int]
    on: Mapped[date]
    note: Mapped[str]
    # Empty where nothing was wrong: a hearing went on.
    was: Mapped[dict[str, Any]]
    # The fields as they read before, by their names in a case file.
    mail_at: Mapped[datetime | None]
    # When an organiser had it mailed to those who were mailed the entry; None for not.

    event: Mapped[Event] = relationship(back_populates="corrections")


class Revision(Base):
    """What a part of a case said before an organiser changed it: for organisers alone."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("what", "object_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaign.id", ondelete="CASCADE"), index=True
    )
    what: Mapped[RevisedPart]
    object_id: Mapped[int]
    # Of the event, article, detainee or campaign. No key: a row may go, its history stays.
    number: Mapped[int]
    # From 1 on.
    at: Mapped[datetime] = mapped_column(default=utcnow)
    organiser_id: Mapped[int | None]
    # None for the command line.
    was: Mapped[dict[str, Any]]
    # The fields as they read before; those of events and articles by their names in a case file.
    # Empty for when it was made.


class FormerSlug(Base):
    """That a campaign stood at an address which told a name that was withdrawn: it answers 410."""

    __tablename__ = "former_slug"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    # Of the slug, under a key outside the database: the name itself stands nowhere.
