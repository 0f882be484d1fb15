"""How an entry will look and what it will do, before it is saved."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from markupsafe import Markup

from campaigns.cases.conditions import DEATHS
from campaigns.cases.contents import EventContent
from campaigns.cases.doubts import entry_doubts, hearing_doubts, translation_doubts
from campaigns.cases.editing import draft_event
from campaigns.cases.facts import read_hearing, sources_differ, status_event
from campaigns.cases.hearings import Hearing
from campaigns.cases.models import Campaign, Event, EventSource
from campaigns.cases.names import PublicName, public_name
from campaigns.cases.queries import is_visible
from campaigns.cases.status import Status, StatusEvent, counts, derive_statuses, events_about
from campaigns.cases.transitions import transition_warnings
from campaigns.db import utcnow
from campaigns.web.text import render_markdown


@dataclass(frozen=True, slots=True)
class HandoverPreview:
    count: int
    at_least: bool
    to: str
    reply: str | None


class EntryPreview:
    """An entry with the names under which the page's component asks for its parts."""

    def __init__(
        self, campaign: Campaign, event: Event, hearing: Hearing | None, *, counted: bool
    ) -> None:
        self.id, self.kind, self.date, self.everyone = (
            event.id, event.kind, event.date, event.everyone
        )  # fmt: skip
        self.summary = event.summary
        self.language = self.text_language = campaign.locale
        self.text: Markup = render_markdown(event.text)
        self.detainees = [_public_name(campaign, it.id) for it in event.detainees]
        self.proceeding, self.place, self.by = event.proceeding, event.place, event.by
        self.disclosure, self.confidence = event.disclosure, event.confidence
        self.actor_name, self.actor_kind = event.actor_name, event.actor_kind
        self.retracted_on, self.retracted_reason = None, None
        self.counts = counted
        self.sources: Sequence[EventSource] = list(event.sources)
        self.sources_differ = sources_differ(event)
        self.corrections: Sequence[object] = ()
        self.hearing = hearing
        self.handover = _handover(event)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What an entry does to the status of one detainee."""

    name: PublicName
    before: Status
    after: Status

    @property
    def changes(self) -> bool:
        """Whether anything of it changes at all."""
        parts = ("custody", "legal", "bail", "conditions", "place", "days", "sources_differ")
        return any(getattr(self.before, it) != getattr(self.after, it) for it in parts)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be known of an entry before it is saved."""

    entry: EntryPreview
    changes: Sequence[StatusChange]
    doubts: Sequence[StrEnum]
    # What makes it unlikely, or a slip; for a stored entry only what is new.


def outlook(campaign: Campaign, content: EventContent, stored: Event | None = None) -> Outlook:
    """Look ahead at what an entry will say and do; nothing is stored."""
    zone, now, today = ZoneInfo(campaign.timezone), utcnow(), campaign.today
    draft = draft_event(campaign, content, stored)
    new = status_event(draft, zone)._replace(id=draft.id or 0)
    visible = [
        status_event(it, zone)
        for it in campaign.events
        if it is not stored and it.retracted_on is None and is_visible(it, now)
    ]
    old = [] if stored is None else [status_event(stored, zone)]
    was_public = bool(stored and stored.retracted_on is None and is_visible(stored, now))
    hearing = _hearing(campaign, draft, stored)
    doubts = _doubts(campaign, visible, new, len(draft.sources), today)
    doubts += hearing_doubts(hearing, now)
    if stored is not None:
        known = set(_doubts(campaign, visible, old[0], len(stored.sources), today))
        known |= set(hearing_doubts(_hearing(campaign, stored), now))
        doubts = [it for it in doubts if it not in known]
        doubts += translation_doubts(
            stored.translations,
            draft.translations,
            retold=(stored.summary, stored.text) != (draft.summary, draft.text),
        )
    before = _statuses(campaign, [*visible, *old] if was_public else visible)
    after = _statuses(campaign, [*visible, new])
    concerned = set(new.detainees or before) | set((old[0].detainees if old else ()) or ())
    counted = counts(new, as_of=today, today=today, closed_on=campaign.closed_on)
    return Outlook(
        entry=EntryPreview(campaign, draft, hearing, counted=counted),
        changes=[
            StatusChange(_public_name(campaign, it.id), before[it.id], after[it.id])
            for it in campaign.detainees
            if it.id in concerned
        ],
        doubts=doubts,
    )


def tells_of_a_death(content: EventContent, stored: Event | None = None) -> bool:
    """Return whether an entry newly says that somebody died: the family is told first."""
    return content.kind in DEATHS and (stored is None or stored.kind not in DEATHS)


def _statuses(campaign: Campaign, events: Sequence[StatusEvent]) -> dict[int, Status]:
    return derive_statuses(
        events,
        {it.id: it.proceedings for it in campaign.detainees},
        as_of=campaign.today,
        today=campaign.today,
        closed_on=campaign.closed_on,
    )


def _doubts(
    campaign: Campaign,
    others: Sequence[StatusEvent],
    new: StatusEvent,
    sources: int,
    today: dt.date,
) -> list[StrEnum]:
    found: dict[StrEnum, None] = {}
    for detainee in campaign.detainees:
        if new.detainees is None or detainee.id in new.detainees:
            about = events_about(detainee.id, others)
            found |= dict.fromkeys(transition_warnings(about, new, today=today))
    found |= dict.fromkeys(entry_doubts(others, new, sources=sources, today=today))
    return list(found)


def _public_name(campaign: Campaign, detainee_id: int) -> PublicName:
    detainee = next(it for it in campaign.detainees if it.id == detainee_id)
    return public_name(
        detainee.name,
        detainee.name_romanised,
        detainee.name_policy,
        withheld=_("Name withheld"),
        position=detainee.position,
        siblings=len(campaign.detainees),
    )


def _hearing(campaign: Campaign, event: Event, stored: Event | None = None) -> Hearing | None:
    """Return an entry's hearing; a draft itself does not know whether that was adjourned before."""
    zone, today = ZoneInfo(campaign.timezone), campaign.today
    hearing = read_hearing(event, zone, today)
    before = read_hearing(stored, zone, today) if stored else None
    if hearing and before and before.was_adjourned:
        return replace(hearing, was_adjourned=True)
    return hearing


def _handover(event: Event) -> HandoverPreview | None:
    if event.handover_count is None:
        return None
    return HandoverPreview(
        event.handover_count, event.handover_at_least, event.handover_to or "", event.handover_reply
    )
