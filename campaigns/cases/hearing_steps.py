"""Saying how a hearing went on: held, adjourned or cancelled, and what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.cases.contents import EventContent, SourceContent
from campaigns.cases.editing import edit_event
from campaigns.cases.errors import ChangedMeanwhile
from campaigns.cases.facts import may_go_on
from campaigns.cases.models import Article, Campaign, Event
from campaigns.cases.vocabulary import HearingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingStep:
    """How a hearing went on, as an organiser says it."""

    status: HearingStatus
    starts_at: datetime | None = None
    # The new date, or the one on which it was held; None where that is the one it had, or, of an
    # adjournment, where there is no new one yet.
    outcome: str = ""
    # What came of it, in one line.
    source: Article | None = None


def take_step(
    campaign: Campaign, event: Event, step: HearingStep, *, version: int, organiser_id: int
) -> dict[str, Any]:
    """Let a hearing go on; return the changed fields as they read before, none when it said so.

    How it read stays readable, and nothing was wrong: it is no correction. Raises ChangedMeanwhile
    when it is over already, or somebody else has changed the entry since `version`; then roll back.
    """
    if not may_go_on(event):
        raise ChangedMeanwhile
    return edit_event(
        campaign,
        event,
        content_after(event, step, ZoneInfo(campaign.timezone)),
        version=version,
        note=None,
        organiser_id=organiser_id,
        goes_on=True,
    )


def content_after(event: Event, step: HearingStep, zone: ZoneInfo) -> EventContent:
    """Return what an entry says after a step; what it says already is not said twice."""
    content = EventContent.of(event)
    if step.starts_at is not None:
        day = step.starts_at.astimezone(zone).date()
        content = replace(content, hearing_starts_at=step.starts_at, date_edtf=day.isoformat())
    if step.source is not None and step.source not in [it.article for it in content.cited]:
        content = replace(content, cited=(*content.cited, SourceContent(article=step.source)))
    return replace(
        content,
        hearing_status=step.status,
        hearing_without_date=step.status == HearingStatus.ADJOURNED and step.starts_at is None,
        text=_with_outcome(event, step),
    )


def is_taken(event: Event, step: HearingStep, zone: ZoneInfo) -> bool:
    """Return whether an entry says all of a step already, as when its form is sent twice."""
    after = content_after(event, step, zone)
    undated = after.hearing_without_date and event.hearing_previous_starts_at is None
    return replace(after, hearing_without_date=False) == EventContent.of(event) and (
        undated or not after.hearing_without_date
    )


def _with_outcome(event: Event, step: HearingStep) -> str | None:
    stands = event.hearing_status == step.status and (
        step.starts_at in (None, event.hearing_starts_at)
    )
    paragraphs = [it for it in (event.text, step.outcome) if it]
    if stands and step.outcome and (event.text or "").endswith(step.outcome):
        paragraphs.pop()
    return "\n\n".join(paragraphs) or None
