"""The timeline as a table that spreadsheets open rightly and find no formula in (RFC 4180)."""

import csv
from datetime import date, datetime
from io import StringIO

from campaigns.public.snapshot import CampaignSnapshot, EventSnapshot
from campaigns.web.cells import without_formula
from campaigns.web.links import absolute_url

COLUMNS = (
    "id",
    "date",
    "earliest",
    "latest",
    "precision",
    "approximate",
    "kind",
    "people",
    "summary",
    "confidence",
    "counts",
    "sources differ",
    "sources",
    "proceeding",
    "place",
    "disclosure",
    "actor",
    "actor kind",
    "appeal by",
    "hearing starts at",
    "hearing court",
    "hearing status",
    "hearing moved from",
    "handed over",
    "handed over at least",
    "handed to",
    "reply",
    "text",
    "published at",
    "corrections",
    "retracted on",
    "retracted because",
    "url",
    "hearing before",
)
# With the mark at its beginning spreadsheets read every script rightly.
MARK = "\ufeff"


def timeline_csv(campaign: CampaignSnapshot) -> str:
    """Return a campaign's timeline, newest first, a row an entry; yes and no in plain words."""
    text = StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(COLUMNS)
    for event in campaign.timeline:
        rows.writerow([without_formula(cell) for cell in _cells(campaign, event)])
    return MARK + text.getvalue()


def _cells(campaign: CampaignSnapshot, event: EventSnapshot) -> list[str]:
    hearing, handover = event.hearing, event.handover
    return [
        str(event.id),
        event.date.edtf,
        _time(event.date.earliest),
        _time(event.date.latest),
        event.date.precision,
        _yes_or_no(event.date.approximate),
        event.kind,
        "; ".join(person.name_romanised or person.name for person in event.detainees),
        event.summary,
        event.confidence,
        _yes_or_no(event.counts),
        _yes_or_no(event.sources_differ),
        _sources(event),
        event.proceeding or "",
        event.place or "",
        event.disclosure or "",
        event.actor_name or "",
        event.actor_kind or "",
        event.by or "",
        _time(hearing.starts_at) if hearing else "",
        hearing.court if hearing else "",
        hearing.status if hearing else "",
        _time(hearing.previous_starts_at) if hearing else "",
        str(handover.count) if handover else "",
        _yes_or_no(handover.at_least) if handover else "",
        handover.to if handover else "",
        (handover.reply or "") if handover else "",
        event.text_source or "",
        _time(event.published_at),
        "; ".join(f"{it.on.isoformat()}: {it.note}" for it in event.corrections if it.note),
        _time(event.retracted_on or event.retracted_since),
        event.retracted_reason or "",
        absolute_url("public.event", slug=campaign.slug, event_id=event.id, **campaign.asked),
        _earlier_hearings(event),
    ]


def _sources(event: EventSnapshot) -> str:
    """Who says what: a line a source, its stance first."""
    lines = []
    for source in event.sources:
        article = source.article
        parts = (article.outlet, article.title, article.url, source.note)
        lines.append(f"{source.stance}: {', '.join(part for part in parts if part)}")
    return "\n".join(lines)


def _earlier_hearings(event: EventSnapshot) -> str:
    """How a hearing stood until each day on which it went on, where nothing was wrong."""
    steps = [(it.on, it.was.get("hearing")) for it in event.corrections if not it.note]
    return "; ".join(
        f"{on.isoformat()}: {before['status']}, {before['starts_at']}"
        for on, before in steps
        if isinstance(before, dict)
    )


def _time(value: date | datetime | None) -> str:
    return value.isoformat() if value else ""


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
