"""A case file as plain data, checked and complete.

The order of the fields is the order in which they are written, and a field with a default is an
optional part: it may be left out of a file, and is left out when it has its default.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

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
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.petitions.models import HandoverNames, PetitionState

FORMAT = "solidarity-campaign/1"
EVERYONE: Literal["all"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBy:
    """Who runs a campaign, and where replies to its mails go."""

    name: str
    contact: str
    # A mail address.
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTexts:
    """A campaign's texts in another language."""

    title: str
    summary: str
    body: str
    demand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEntry:
    """What a case file says of the campaign itself."""

    slug: str
    title: str
    summary: str
    body: str
    # Markdown.
    demand: str
    country: str
    # ISO 3166-1 alpha-2, or empty.
    timezone: str
    locale: str
    mode: Mode
    state: CampaignState
    closed_on: date | None = None
    colour: Colour = Colour.VERMILION
    run_by: RunBy
    tags: tuple[str, ...]
    translations: dict[str, CampaignTexts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The basis on which a full name is published."""

    by: ConsentBy
    on: date
    scope: str
    article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Somebody in a position to know said on a day that the status was still true."""

    on: date
    source_kind: SourceKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetaineeEntry:
    """What a case file says of a detainee."""

    ref: str
    name: str
    name_romanised: str | None = None
    name_policy: NamePolicy
    consent: Consent | None = None
    proceedings: tuple[str, ...]
    confirmed: tuple[Confirmed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleEntry:
    """What a case file says of an article."""

    ref: str
    url: str | None = None
    title: str
    outlet: str
    author: str | None = None
    language: str
    published: str | None = None
    # EDTF subset, see `campaigns.cases.dates`.
    excerpt: str | None = None
    archived_url: str | None = None
    archived_at: datetime | None = None
    kind: SourceKind = SourceKind.PRESS
    translation_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The institution that acted; its kind and its link to the state are kept apart."""

    name: str
    kind: ActorKind
    state_link: StateLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an article says of an event."""

    article: str
    stance: Stance
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """When and why an event was struck through."""

    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionEntry:
    """When and why an event was changed, and how the changed fields read before."""

    on: date
    note: str
    was: dict[str, Any]
    # By the names of the event's fields, as JSON; null for what was not there.


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The particulars of a hearing."""

    starts_at: datetime
    court: str
    status: HearingStatus
    previous_starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How many signatures were handed to whom, and what they replied."""

    count: int
    at_least: bool = False
    # Whether the source only says that it were no fewer.
    to: str
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTexts:
    """An event's texts in another language."""

    summary: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """What a case file says of an event."""

    ref: str
    kind: EventKind
    date: str
    # EDTF subset; empty when unknown.
    detainees: tuple[str, ...] | Literal["all"]
    # Refs in the order of the campaign's detainees.
    proceeding: str | None = None
    place: str | None = None
    disclosure: Disclosure | None = None
    actor: Actor | None = None
    summary: str
    text: str | None = None
    # Markdown.
    by: AppealBy | None = None
    confidence: Confidence = Confidence.CONFIRMED
    sources: tuple[Source, ...]
    learned_at: datetime | None = None
    published_at: datetime | None = None
    # None in a file leaves it to the import; what is stored always has one.
    embargo_until: datetime | None = None
    hidden_at: datetime | None = None
    # Since when visitors do not see it because of a report.
    retracted: Retraction | None = None
    corrections: tuple[CorrectionEntry, ...] = ()
    hearing: Hearing | None = None
    handover: Handover | None = None
    translations: dict[str, EventTexts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Signatures collected on paper."""

    on: date
    count: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionTexts:
    """A petition's texts in another language."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PetitionEntry:
    """What a case file says of the petition."""

    title: str
    text: str
    # Markdown.
    addressee: str
    handover_names: HandoverNames
    goals: tuple[int, ...]
    opens: date
    closes: date | None = None
    state: PetitionState = PetitionState.OPEN
    paper: tuple[Paper, ...] = ()
    translations: dict[str, PetitionTexts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundParts:
    """The parts of a case file that have no fault of their own."""

    campaign: CampaignEntry | None
    detainees: tuple[DetaineeEntry, ...]
    articles: tuple[ArticleEntry, ...]
    events: tuple[EventEntry, ...]
    petition: PetitionEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile(SoundParts):
    """A campaign with its case and its petition; never a supporter."""

    campaign: CampaignEntry
