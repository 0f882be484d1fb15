"""What visitors may know of a campaign, at one moment and in one language.

Every public surface (page, JSON, feeds, calendar, embed) is rendered from a `CampaignSnapshot`, so
that none can say more than another.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from campaigns.cases.dates import PartialDate
from campaigns.cases.hearings import Hearing
from campaigns.cases.status import Status, Totals
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    CampaignState,
    Colour,
    Confidence,
    Disclosure,
    EventKind,
    Mode,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.petitions.closing import WhyClosed
from campaigns.petitions.models import HandoverNames, PetitionState

ENTRIES_SHOWN = 100
# On a campaign's page, and on each page of its whole timeline.


@dataclass(frozen=True, slots=True)
class ArticleSnapshot:
    id: int
    ref: str
    url: str | None
    title: str
    outlet: str
    author: str | None
    language: str
    published: PartialDate | None
    excerpt: str | None
    archived_url: str | None
    archived_at: dt.datetime | None
    kind: SourceKind
    translation_of: int | None
    # The id of the article this one translates.


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    article: ArticleSnapshot
    stance: Stance
    note: str | None


@dataclass(frozen=True, slots=True)
class CorrectionSnapshot:
    on: dt.date
    note: str
    # Empty where nothing was wrong: a hearing went on.
    was: dict[str, object]
    # The fields as they read before, by their names in a case file.
    in_words: tuple[tuple[str, str], ...]
    # The same for people: what the field is called, and how it read.
    hearing_before: str | None
    # Of a hearing that went on: how it stood until then, in words.


@dataclass(frozen=True, slots=True)
class HandoverSnapshot:
    event_id: int
    on: PartialDate
    count: int
    at_least: bool
    # Whether it may have been more.
    to: str
    reply: str | None


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    id: int
    ref: str
    kind: EventKind
    date: PartialDate
    everyone: bool
    detainees: tuple["PersonSnapshot", ...]
    # Whom it concerns; all of the campaign's when `everyone`.
    proceeding: str | None
    place: str | None
    disclosure: Disclosure | None
    actor_name: str | None
    actor_kind: ActorKind | None
    actor_state_link: StateLink | None
    summary: str
    language: str
    # In which the summary comes.
    text: Markup
    # HTML, already safe; empty when there is none.
    text_language: str
    # Not that of the summary where only that is translated.
    text_source: str | None
    # The Markdown it was made of.
    translations: Mapping[str, Any]
    # By locale: summary, text.
    by: AppealBy | None
    confidence: Confidence
    counts: bool
    # Whether it decides the status: confirmed or likely, not retracted, surely happened by the day.
    sources: tuple[SourceSnapshot, ...]
    sources_differ: bool
    revisions: int
    # At least as often it has been changed since it was entered; it never falls.
    learned_at: dt.datetime | None
    published_at: dt.datetime
    # When visitors could first read it.
    published_on: dt.date
    # The day of that in the campaign's zone.
    updated_at: dt.datetime
    retracted_on: dt.date | None
    retracted_reason: str | None
    retracted_since: dt.date | None
    # When it was retracted after the day whose knowledge is shown; it stood then, and counted.
    corrections: tuple[CorrectionSnapshot, ...]
    hearing: Hearing | None
    handover: HandoverSnapshot | None


@dataclass(frozen=True, slots=True)
class PersonSnapshot:
    """How a detainee is called in public."""

    id: int
    ref: str
    # The detainee's own in a case file, or one that says nothing when the name is not public.
    name: str
    name_romanised: str | None


@dataclass(frozen=True, slots=True)
class DetaineeSnapshot:
    person: PersonSnapshot
    status: Status
    last_confirmed_on: dt.date | None
    last_confirmed_by: SourceKind | None
    freshness_days: int | None
    # Days since the last event or confirmation; None when there is neither.
    stale: bool
    # No news for 30 days of somebody whose status may change, in a campaign that is open.
    disputed: tuple[int, ...]
    # Ids of the entries about them that count and that a source contradicts, as in the timeline.

    @property
    def news(self) -> tuple[object, ...]:
        """What is told of how fresh the status is; of who is not held, no confirmation."""
        confirmed = (self.last_confirmed_on, self.last_confirmed_by) if self.status.held else None
        return self.stale, self.status.held, confirmed


@dataclass(frozen=True, slots=True)
class PublicSignerSnapshot:
    name: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class EarlierTextSnapshot:
    version: int
    title: str
    text: Markup
    # Both empty when they name somebody whose name is not public any more.
    replaced_on: dt.date
    signed: int
    # How many had signed by then.


@dataclass(frozen=True, slots=True)
class PetitionSnapshot:
    title: str
    text: Markup
    text_version: int
    earlier: tuple[EarlierTextSnapshot, ...]
    # What was signed before the text was changed, newest first.
    addressee: str
    state: PetitionState
    why_closed: WhyClosed | None
    # Why it cannot be signed today; None when it can.
    opens: dt.date
    closes: dt.date | None
    count: int
    online: int
    paper: int
    goal: int | None
    # The next goal, or the last when all are reached; None when there are none.
    goals_reached: tuple[int, ...]
    # Those on record: one stays reached when the count falls.
    handovers: tuple[HandoverSnapshot, ...]
    # The newest first; only what is confirmed or likely.
    countries: Mapping[str, int]
    # Roughly how many signed from where, by code, the greatest first; see `petitions.countries`.
    country_names: Mapping[str, str]
    handover_names: HandoverNames
    purged: bool
    # Whether signatures went a while after archiving; the count is what it was.
    recent: tuple[PublicSignerSnapshot, ...]

    @property
    def handed_over(self) -> int:
        """How many signatures were handed over in all."""
        return sum(handover.count for handover in self.handovers)

    @property
    def handed_over_at_least(self) -> bool:
        """Whether it may have been more in all."""
        return any(handover.at_least for handover in self.handovers)

    @property
    def open(self) -> bool:
        """Whether it can be signed today."""
        return self.why_closed is None


@dataclass(frozen=True, slots=True)
class UpdateSnapshot:
    id: int
    title: str
    text: Markup
    published_at: dt.datetime
    published_on: dt.date
    # The day of that in the campaign's zone.
    retracted_on: dt.date | None
    # When the entry it tells of was retracted, and why.
    retracted_reason: str | None
    event_id: int | None
    # That entry, where visitors see it.
    earlier: PartialDate | None
    # When that happened, where it was days before it was told.


@dataclass(frozen=True, slots=True)
class CampaignSnapshot:
    id: int
    slug: str
    title: str
    summary: str
    body: Markup
    demand: str
    country: str
    country_name: str
    timezone: str
    locale: str
    # The language its texts come in.
    languages: tuple[str, ...]
    # Those it is written in or translated to.
    mode: Mode
    state: CampaignState
    closed_on: dt.date | None
    colour: Colour
    run_by_name: str
    run_by_contact: str
    run_by_url: str | None
    tags: tuple[str, ...]
    published_at: dt.datetime
    updated_at: dt.datetime
    updated_on: dt.date
    # The day of that in the campaign's zone.
    version: int
    as_of: dt.date
    # The day the statuses stand for: asked for, the closing day, or today.
    known_on: dt.date | None
    # The earlier day whose knowledge was asked for (`?known_on=`): nothing published later is told.
    is_past: bool
    # Whether a visitor asked for either: nothing is told that came after the day.
    detainees: tuple[DetaineeSnapshot, ...]
    totals: Totals
    next_hearing: Hearing | None
    timeline: tuple[EventSnapshot, ...]
    # Newest first, undated last.
    articles: tuple[ArticleSnapshot, ...]
    petition: PetitionSnapshot | None
    updates: tuple[UpdateSnapshot, ...]
    # Newest first.

    def entries_on(self, page: int) -> tuple[EventSnapshot, ...]:
        """Return the entries on a page of the timeline, from 1 on."""
        return self.timeline[(page - 1) * ENTRIES_SHOWN : page * ENTRIES_SHOWN]

    @property
    def pages(self) -> int:
        """How many pages the timeline has, one at least."""
        return max(1, -(-len(self.timeline) // ENTRIES_SHOWN))

    @property
    def newest_entry(self) -> EventSnapshot | None:
        """The entry published last of those that stand, whenever it happened."""
        standing = [it for it in self.timeline if it.retracted_on is None]
        return max(standing, key=lambda it: it.published_at, default=None)

    @property
    def alike_in_news(self) -> tuple[DetaineeSnapshot, ...]:
        """Of several of whom the same news is to be told: all, or all who are held; else nobody."""
        held = tuple(it for it in self.detainees if it.status.held)
        for several in (self.detainees, held):
            if len(several) > 1 and len({it.news for it in several}) == 1:
                return several
        return ()

    @property
    def reports(self) -> list[tuple[ArticleSnapshot, list[ArticleSnapshot]]]:
        """Each report with all its translations; one whose original is not listed stands alone."""
        listed = {article.id: article for article in self.articles}

        def original(article: ArticleSnapshot) -> ArticleSnapshot:
            passed = set()
            while article.translation_of in listed and article.id not in passed:
                passed.add(article.id)
                article = listed[article.translation_of]
            return article

        found: dict[int, list[ArticleSnapshot]] = {}
        for article in self.articles:
            versions = found.setdefault(original(article).id, [])
            if original(article) is not article:
                versions.append(article)
        return [(listed[number], versions) for number, versions in found.items()]

    @property
    def citations(self) -> dict[int, list[tuple[EventSnapshot, Stance]]]:
        """The entries each article is a source of, by its id, with what it says of them."""
        found: dict[int, list[tuple[EventSnapshot, Stance]]] = {}
        for event in self.timeline:
            for source in event.sources:
                found.setdefault(source.article.id, []).append((event, source.stance))
        return found

    @property
    def asked(self) -> dict[str, str]:
        """What in an address leads to the same day; empty for the latest."""
        asked = {"known_on": self.known_on.isoformat()} if self.known_on else {}
        if self.is_past and self.as_of != self.known_on:
            asked["as_of"] = self.as_of.isoformat()
        return asked

    @property
    def closed(self) -> bool:
        """Whether its statuses are only "as last known" on `closed_on`."""
        return self.closed_on is not None
