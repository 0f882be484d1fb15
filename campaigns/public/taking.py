"""Taking the snapshot of a campaign that every public surface is rendered from."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from campaigns.cases.dates import parse_edtf
from campaigns.cases.models import Article, Campaign, Correction, Detainee, Event
from campaigns.cases.names import NameFinder
from campaigns.cases.queries import is_visible
from campaigns.cases.status import (
    Status,
    StatusEvent,
    count_totals,
    counts,
    derive_statuses,
)
from campaigns.cases.vocabulary import HearingStatus, Stance
from campaigns.db import utcnow
from campaigns.petitions.models import Petition
from campaigns.petitions.operations import is_open
from campaigns.petitions.queries import count_signatures, petition_of, recent_signers
from campaigns.public.people import hidden_names, person_snapshots, safe_ref
from campaigns.public.snapshot import (
    ArticleSnapshot,
    CampaignSnapshot,
    CorrectionSnapshot,
    DetaineeSnapshot,
    EventSnapshot,
    HandoverSnapshot,
    HearingSnapshot,
    PersonSnapshot,
    PetitionSnapshot,
    PublicSignerSnapshot,
    SourceSnapshot,
    UpdateSnapshot,
)
from campaigns.updates.models import Update
from campaigns.updates.queries import published_updates
from campaigns.web.text import render_markdown

STALE_AFTER = timedelta(days=30)
STILL_AHEAD = (HearingStatus.SCHEDULED, HearingStatus.ADJOURNED)


def take_snapshot(
    campaign: Campaign, *, locale: str, as_of: date | None = None
) -> CampaignSnapshot:
    """Gather what visitors may know of a campaign (with its whole case loaded) at this moment.

    `as_of` is a day in the campaign's zone; one in the future means today, one after the closing
    means that day. Texts come in `locale` where the campaign has them, else as written.
    """
    now = utcnow()
    zone = ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    asked = min(as_of or today, today)
    visible = [event for event in campaign.events if is_visible(event, now)]
    facts = {event.id: _status_event(event, zone) for event in visible}
    standing = [facts[event.id] for event in visible if event.retracted_on is None]
    statuses = derive_statuses(
        standing,
        {detainee.id: detainee.proceedings for detainee in campaign.detainees},
        as_of=asked,
        today=today,
        closed_on=campaign.closed_on,
    )
    day = min(asked, campaign.closed_on or asked)
    people = person_snapshots(campaign)
    hidden = hidden_names(campaign)
    articles = {article.id: _article(article, hidden) for article in campaign.articles}
    timeline = [
        _event(
            event,
            zone,
            locale,
            people,
            articles,
            hidden,
            decides=event.retracted_on is None
            and counts(facts[event.id], as_of=asked, today=today, closed_on=campaign.closed_on),
        )
        for event in sorted(visible, key=_newest_first)
        if not _lies_after(event, day, asked < today)
    ]
    words = _in_language(campaign.translations, locale)
    petition = petition_of(campaign.id)
    return CampaignSnapshot(
        id=campaign.id,
        slug=campaign.slug,
        title=words.get("title", campaign.title),
        summary=words.get("summary", campaign.summary),
        body=render_markdown(words.get("body", campaign.body)),
        demand=words.get("demand", campaign.demand),
        country=campaign.country,
        country_name=Locale.parse(locale).territories.get(campaign.country, campaign.country),
        timezone=campaign.timezone,
        locale=locale if words else campaign.locale,
        mode=campaign.mode,
        state=campaign.state,
        closed_on=campaign.closed_on,
        colour=campaign.colour,
        run_by_name=campaign.run_by_name,
        run_by_contact=campaign.run_by_contact,
        run_by_url=campaign.run_by_url,
        tags=tuple(campaign.tags),
        published_at=campaign.published_at or campaign.created_at,
        updated_at=max(
            [event.updated_at for event in visible],
            default=campaign.published_at or campaign.created_at,
        ),
        version=campaign.version,
        as_of=day,
        is_past=as_of is not None and day < min(today, campaign.closed_on or today),
        detainees=tuple(
            _detainee(detainee, people[detainee.id], statuses[detainee.id], visible, day, campaign)
            for detainee in campaign.detainees
        ),
        totals=count_totals(statuses.values()),
        next_hearing=None if campaign.closed_on else _next_hearing(visible, zone, now),
        timeline=tuple(timeline),
        articles=tuple(articles.values()),
        petition=_petition(petition, locale, campaign, today) if petition else None,
        updates=tuple(_update(update, locale) for update in published_updates(campaign.id)),
    )


def _status_event(event: Event, zone: ZoneInfo) -> StatusEvent:
    return StatusEvent(
        id=event.id,
        entered=event.position,
        kind=event.kind,
        date=event.date,
        detainees=None
        if event.everyone
        else frozenset(detainee.id for detainee in event.detainees),
        proceeding=event.proceeding,
        place=event.place,
        disclosure=event.disclosure,
        by=event.by,
        confidence=event.confidence,
        learned_on=event.learned_at.astimezone(zone).date() if event.learned_at else None,
        disputed=_sources_differ(event),
    )


def _sources_differ(event: Event) -> bool:
    return any(source.stance == Stance.CONTRADICTS for source in event.sources)


def _newest_first(event: Event) -> tuple[bool, int, int]:
    """Order by the day it can at the latest have begun; undated last."""
    day = event.date.earliest or event.date.latest
    return (day is None, -day.toordinal() if day else 0, -event.position)


def _lies_after(event: Event, day: date, looking_back: bool) -> bool:
    earliest = event.date.earliest
    return looking_back and earliest is not None and earliest > day


def _article(article: Article, hidden: NameFinder) -> ArticleSnapshot:
    return ArticleSnapshot(
        id=article.id,
        ref=safe_ref(hidden, article.ref, f"article-{article.id}"),
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        author=article.author,
        language=article.language,
        published=parse_edtf(article.published) if article.published else None,
        excerpt=article.excerpt,
        archived_url=article.archived_url,
        archived_at=article.archived_at,
        kind=article.kind,
        translation_of=article.translation_of_id,
    )


def _event(
    event: Event,
    zone: ZoneInfo,
    locale: str,
    people: Mapping[int, PersonSnapshot],
    articles: Mapping[int, ArticleSnapshot],
    hidden: NameFinder,
    *,
    decides: bool,
) -> EventSnapshot:
    words = _in_language(event.translations, locale)
    text = words.get("text", event.text)
    return EventSnapshot(
        id=event.id,
        ref=safe_ref(hidden, event.ref, f"event-{event.id}"),
        kind=event.kind,
        date=event.date,
        everyone=event.everyone,
        detainees=tuple(
            people.values()
            if event.everyone
            else (people[detainee.id] for detainee in event.detainees)
        ),
        proceeding=event.proceeding,
        place=event.place,
        disclosure=event.disclosure,
        actor_name=event.actor_name,
        actor_kind=event.actor_kind,
        actor_state_link=event.actor_state_link,
        summary=words.get("summary", event.summary),
        text=render_markdown(text),
        text_source=text,
        by=event.by,
        confidence=event.confidence,
        counts=decides,
        sources=tuple(
            SourceSnapshot(articles[source.article_id], source.stance, source.note)
            for source in event.sources
        ),
        sources_differ=_sources_differ(event),
        learned_at=event.learned_at,
        published_at=event.published_at,
        updated_at=event.updated_at,
        retracted_on=event.retracted_on,
        retracted_reason=event.retracted_reason,
        corrections=tuple(
            CorrectionSnapshot(
                correction.on, correction.note, _as_it_was(correction, event, people)
            )
            for correction in event.corrections
        ),
        hearing=_hearing(event, zone),
        handover=HandoverSnapshot(
            event.handover_count, event.handover_to or "", event.handover_reply
        )
        if event.handover_count is not None
        else None,
    )


def _as_it_was(
    correction: Correction, event: Event, people: Mapping[int, PersonSnapshot]
) -> dict[str, object]:
    """Return the fields as they read before, with the public refs of those concerned."""
    was: dict[str, object] = dict(correction.was)
    if isinstance(refs := was.get("detainees"), list):
        public = {it.ref: people[it.id].ref for it in event.campaign.detainees}
        was["detainees"] = [public[ref] for ref in refs if ref in public]
    return was


def _hearing(event: Event, zone: ZoneInfo) -> HearingSnapshot | None:
    if event.hearing_starts_at is None:
        return None
    previous = event.hearing_previous_starts_at
    return HearingSnapshot(
        event_id=event.id,
        starts_at=event.hearing_starts_at.astimezone(zone),
        court=event.hearing_court or "",
        status=event.hearing_status or HearingStatus.SCHEDULED,
        previous_starts_at=previous.astimezone(zone) if previous else None,
    )


def _next_hearing(events: Iterable[Event], zone: ZoneInfo, now: datetime) -> HearingSnapshot | None:
    hearings = [_hearing(event, zone) for event in events if event.retracted_on is None]
    return min(
        (it for it in hearings if it and it.starts_at >= now and it.status in STILL_AHEAD),
        key=lambda hearing: hearing.starts_at,
        default=None,
    )


def _detainee(
    detainee: Detainee,
    person: PersonSnapshot,
    status: Status,
    events: Sequence[Event],
    day: date,
    campaign: Campaign,
) -> DetaineeSnapshot:
    confirmations = [it for it in detainee.confirmations if it.on <= day]
    last = max(confirmations, key=lambda it: it.on, default=None)
    told = [
        min(event.date.latest or event.date.earliest or day, day)
        for event in events
        if event.retracted_on is None and (event.everyone or detainee in event.detainees)
    ]
    freshest = max([*told, *(it.on for it in confirmations)], default=None)
    return DetaineeSnapshot(
        person=person,
        status=status,
        last_confirmed_on=last.on if last else None,
        last_confirmed_by=last.source_kind if last else None,
        freshness_days=(day - freshest).days if freshest else None,
        stale=campaign.closed_on is None and (freshest is None or day - freshest > STALE_AFTER),
    )


def _petition(petition: Petition, locale: str, campaign: Campaign, today: date) -> PetitionSnapshot:
    words = _in_language(petition.translations, locale)
    online, paper = count_signatures(petition.id)
    count = online + paper
    ahead = [goal for goal in petition.goals if goal > count]
    return PetitionSnapshot(
        title=words.get("title", petition.title),
        text=render_markdown(words.get("text", petition.text)),
        addressee=petition.addressee,
        state=petition.state,
        open=campaign.closed_on is None and is_open(petition, today),
        opens=petition.opens,
        closes=petition.closes,
        count=count,
        online=online,
        paper=paper,
        goal=ahead[0] if ahead else (petition.goals[-1] if petition.goals else None),
        goals_reached=tuple(goal for goal in petition.goals if goal <= count),
        handover_names=petition.handover_names,
        recent=tuple(
            PublicSignerSnapshot(signer.name, signer.comment if signer.comment_approved else None)
            for signer in recent_signers(petition.id)
        ),
    )


def _update(update: Update, locale: str) -> UpdateSnapshot:
    words = _in_language(update.translations, locale)
    return UpdateSnapshot(
        id=update.id,
        title=words.get("title", update.title),
        text=render_markdown(words.get("text", update.text)),
        published_at=update.published_at,
    )


def _in_language(translations: Mapping[str, Any], locale: str) -> Mapping[str, str]:
    words: Mapping[str, str] = translations.get(locale, {})
    return words
