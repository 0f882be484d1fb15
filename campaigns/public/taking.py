"""Taking the snapshot of a campaign that every public surface is rendered from."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from campaigns.cases.dates import parse_edtf
from campaigns.cases.facts import newest_first, sources_differ, status_event
from campaigns.cases.models import Article, Campaign, Correction, Detainee, Event
from campaigns.cases.queries import hidden_names, is_visible
from campaigns.cases.standing import (
    days_since_news,
    is_stale,
    last_confirmation,
    next_hearing,
)
from campaigns.cases.status import (
    Status,
    StatusEvent,
    count_totals,
    counts,
    derive_statuses,
)
from campaigns.cases.vocabulary import HearingStatus
from campaigns.db import utcnow
from campaigns.petitions.models import Petition
from campaigns.petitions.queries import (
    count_signatures,
    goals_reached,
    is_open,
    petition_of,
    public_countries,
    recent_signers,
)
from campaigns.public.people import hidden_words, person_snapshots, safe_ref
from campaigns.public.snapshot import (
    ArticleSnapshot,
    CampaignSnapshot,
    CorrectionSnapshot,
    DetaineeSnapshot,
    EarlierTextSnapshot,
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
from campaigns.updates.numbers import LivingNumbers, days_of, put_in
from campaigns.updates.queries import published_updates
from campaigns.web.text import render_markdown


@dataclass(frozen=True, slots=True)
class _View:
    """A campaign as somebody looks at it: when, from which day, in which language."""

    campaign: Campaign
    locale: str
    now: datetime
    zone: ZoneInfo
    today: date
    day: date
    # The day asked about, today or the closing day, whichever is first.
    hidden: frozenset[str]
    # Words of names visitors may not read.
    people: Mapping[int, PersonSnapshot]
    visible: Sequence[Event]
    articles: Mapping[int, ArticleSnapshot]

    @property
    def is_past(self) -> bool:
        """Whether an earlier day was asked for than the last there is to know of."""
        return self.day < min(self.today, self.campaign.closed_on or self.today)


def take_snapshot(
    campaign: Campaign, *, locale: str, as_of: date | None = None
) -> CampaignSnapshot:
    """Gather what visitors may know of a campaign (with its whole case loaded) at this moment.

    `as_of` is a day in the campaign's zone; one in the future means today, one after the closing
    means that day. Texts come in `locale` where the campaign has them, else as written.
    """
    view = _view(campaign, locale, as_of)
    visible = view.visible
    facts = {event.id: status_event(event, view.zone) for event in visible}
    statuses = derive_statuses(
        [facts[event.id] for event in visible if event.retracted_on is None],
        {detainee.id: detainee.proceedings for detainee in campaign.detainees},
        as_of=view.day,
        today=view.today,
        closed_on=campaign.closed_on,
    )
    return _snapshot(view, facts, statuses)


def _snapshot(
    view: _View,
    facts: Mapping[int, StatusEvent],
    statuses: Mapping[int, Status],
) -> CampaignSnapshot:
    campaign, visible = view.campaign, view.visible
    words = _in_language(campaign.translations, view.locale)
    published_at = campaign.published_at or campaign.created_at
    shown = [event for event in visible if not _lies_ahead(event, view)]
    hearing, petition = _next_hearing(shown, view), _petition(view)
    numbers = LivingNumbers(
        days=days_of(statuses.values()),
        next_hearing=hearing.starts_at if hearing else None,
        signatures=petition.count if petition else 0,
    )
    return CampaignSnapshot(
        id=campaign.id,
        slug=campaign.slug,
        title=words.get("title", campaign.title),
        summary=words.get("summary", campaign.summary),
        body=render_markdown(words.get("body", campaign.body)),
        demand=words.get("demand", campaign.demand),
        country=campaign.country,
        country_name=_country_name(campaign.country, view.locale),
        timezone=campaign.timezone,
        locale=view.locale if words else campaign.locale,
        languages=(campaign.locale, *campaign.translations),
        mode=campaign.mode,
        state=campaign.state,
        closed_on=campaign.closed_on,
        colour=campaign.colour,
        run_by_name=campaign.run_by_name,
        run_by_contact=campaign.run_by_contact,
        run_by_url=campaign.run_by_url,
        tags=tuple(campaign.tags),
        published_at=published_at,
        updated_at=max(map(_updated_at, visible), default=published_at),
        version=campaign.version,
        as_of=view.day,
        is_past=view.is_past,
        detainees=tuple(_detainee(it, view, statuses[it.id], shown) for it in campaign.detainees),
        totals=count_totals(statuses.values()),
        next_hearing=hearing,
        timeline=tuple(_event(it, view, facts[it.id]) for it in sorted(shown, key=newest_first)),
        articles=tuple(view.articles.values()),
        petition=petition,
        updates=_updates(view, {event.id: event for event in visible}, numbers),
    )


def _view(campaign: Campaign, locale: str, as_of: date | None) -> _View:
    now, zone = utcnow(), ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    hidden = hidden_words(campaign)
    visible = [event for event in campaign.events if is_visible(event, now)]
    articles = _public_articles(campaign, visible)
    shown = {article.id for article in articles}
    return _View(
        campaign=campaign,
        locale=locale,
        now=now,
        zone=zone,
        today=today,
        day=min(as_of or today, today, campaign.closed_on or today),
        hidden=hidden,
        people=person_snapshots(campaign),
        visible=visible,
        articles={it.id: _article(it, hidden, shown) for it in articles},
    )


def _published_at(event: Event) -> datetime:
    """Return when visitors could first read an entry."""
    return max(event.published_at, event.embargo_until or event.published_at)


def _updated_at(event: Event) -> datetime:
    return max(event.updated_at, _published_at(event))


def _lies_ahead(event: Event, view: _View) -> bool:
    """Return whether an entry tells of what was still to come on the earlier day asked about."""
    earliest = event.date.earliest
    return view.is_past and earliest is not None and earliest > view.day


def _public_articles(campaign: Campaign, visible: Sequence[Event]) -> list[Article]:
    """Return the articles but for those that only entries visitors may not see yet cite.

    What an entry cited before it was corrected counts as cited: its corrections show it.
    """
    cited = {source.article_id for event in campaign.events for source in event.sources}
    shown = {source.article_id for event in visible for source in event.sources}
    before = {
        source["article"]
        for event in visible
        for correction in event.corrections
        for source in correction.was.get("sources") or ()
    }
    return [
        article
        for article in campaign.articles
        if article.id in shown or article.id not in cited or article.ref in before
    ]


def _article(article: Article, hidden: frozenset[str], shown: Container[int]) -> ArticleSnapshot:
    original = article.translation_of_id
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
        translation_of=original if original in shown else None,
    )


def _event(event: Event, view: _View, fact: StatusEvent) -> EventSnapshot:
    retracted = event.retracted_on is not None
    words = _in_language(event.translations, view.locale)
    # Of a retracted entry its line stays, struck through; what it told at length is gone.
    text = None if retracted else words.get("text", event.text)
    people = view.people
    return EventSnapshot(
        id=event.id,
        ref=safe_ref(view.hidden, event.ref, f"event-{event.id}"),
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
        translations={} if retracted else event.translations,
        by=event.by,
        confidence=event.confidence,
        counts=not retracted
        and counts(fact, as_of=view.day, today=view.today, closed_on=view.campaign.closed_on),
        sources=tuple(
            SourceSnapshot(view.articles[source.article_id], source.stance, source.note)
            for source in event.sources
        ),
        sources_differ=sources_differ(event),
        learned_at=event.learned_at,
        published_at=_published_at(event),
        updated_at=event.updated_at,
        retracted_on=event.retracted_on,
        retracted_reason=event.retracted_reason,
        corrections=tuple(
            CorrectionSnapshot(correction.on, correction.note, _as_it_was(correction, view))
            for correction in event.corrections
        ),
        hearing=_hearing(event, view.zone),
        handover=_handover(event),
    )


def _as_it_was(correction: Correction, view: _View) -> dict[str, object]:
    """Return the fields as they read before, with the public refs of people and articles."""
    was: dict[str, Any] = dict(correction.was)
    if isinstance(refs := was.get("detainees"), list):
        people = {it.ref: view.people[it.id].ref for it in view.campaign.detainees}
        was["detainees"] = [people[ref] for ref in refs if ref in people]
    if sources := was.get("sources"):
        articles = {
            it.ref: view.articles[it.id].ref
            for it in view.campaign.articles
            if it.id in view.articles
        }
        was["sources"] = [
            {**source, "article": articles[source["article"]]}
            for source in sources
            if source["article"] in articles
        ]
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


def _handover(event: Event) -> HandoverSnapshot | None:
    if event.handover_count is None:
        return None
    return HandoverSnapshot(event.handover_count, event.handover_to or "", event.handover_reply)


def _next_hearing(events: Iterable[Event], view: _View) -> HearingSnapshot | None:
    if view.is_past or view.campaign.closed_on:
        return None
    event = next_hearing(events, view.now)
    return _hearing(event, view.zone) if event else None


def _detainee(
    detainee: Detainee, view: _View, status: Status, events: Sequence[Event]
) -> DetaineeSnapshot:
    last = last_confirmation(detainee, view.day)
    freshness_days = days_since_news(detainee, events, view.day)
    return DetaineeSnapshot(
        person=view.people[detainee.id],
        status=status,
        last_confirmed_on=last.on if last else None,
        last_confirmed_by=last.source_kind if last else None,
        freshness_days=freshness_days,
        stale=is_stale(view.campaign, status, freshness_days),
    )


def _petition(view: _View) -> PetitionSnapshot | None:
    petition = petition_of(view.campaign.id)
    if petition is None:
        return None
    words = _in_language(petition.translations, view.locale)
    online, paper = count_signatures(petition.id)
    reached, countries = goals_reached(petition.id), public_countries(petition.id)
    ahead = [goal for goal in petition.goals if goal not in reached]
    return PetitionSnapshot(
        title=words.get("title", petition.title),
        text=render_markdown(words.get("text", petition.text)),
        text_version=petition.text_version,
        earlier=_earlier(petition, view),
        addressee=petition.addressee,
        state=petition.state,
        open=view.campaign.closed_on is None
        and is_open(petition.state, petition.opens, petition.closes, view.today),
        opens=petition.opens,
        closes=petition.closes,
        count=online + paper,
        online=online,
        paper=paper,
        goal=ahead[0] if ahead else (petition.goals[-1] if petition.goals else None),
        goals_reached=tuple(goal for goal in petition.goals if goal in reached),
        countries=countries,
        country_names={code: _country_name(code, view.locale) for code in countries},
        handover_names=petition.handover_names,
        purged=petition.signatures_purged > 0,
        recent=tuple(
            PublicSignerSnapshot(signer.name, signer.comment if signer.comment_approved else None)
            for signer in recent_signers(petition.id)
        ),
    )


def _earlier(petition: Petition, view: _View) -> tuple[EarlierTextSnapshot, ...]:
    if petition.text_version == 1:
        # As nearly all are: nothing is asked.
        return ()
    hidden, found = hidden_names(view.campaign), []
    for earlier in reversed(petition.earlier):
        words = _in_language(earlier.translations, view.locale)
        title, text = words.get("title", earlier.title), words.get("text", earlier.text)
        shown = not hidden.stands_in(f"{title}\n{text}")
        found.append(
            EarlierTextSnapshot(
                version=earlier.version,
                title=title if shown else "",
                text=render_markdown(text if shown else None),
                replaced_on=earlier.replaced_on,
                signed=earlier.signed,
            )
        )
    return tuple(found)


def _updates(
    view: _View, visible: Mapping[int, Event], numbers: LivingNumbers
) -> tuple[UpdateSnapshot, ...]:
    """Return the updates, newest first: one that waited for its entry counts from then."""
    found = [
        _update(update, visible.get(update.event_id or 0), view.locale, numbers)
        for update in published_updates(view.campaign.id)
    ]
    return tuple(sorted(found, key=lambda update: update.published_at, reverse=True))


def _update(
    update: Update, event: Event | None, locale: str, numbers: LivingNumbers
) -> UpdateSnapshot:
    words = _in_language(update.translations, locale)
    title, text = (
        put_in(words.get(name, written), numbers, locale)
        for name, written in (("title", update.title), ("text", update.text))
    )
    retracted_on = event.retracted_on if event else None
    return UpdateSnapshot(
        id=update.id,
        title=title,
        text=render_markdown(None if retracted_on else text),
        published_at=max(update.appears_at, _published_at(event)) if event else update.appears_at,
        retracted_on=retracted_on,
        retracted_reason=event.retracted_reason if event else None,
    )


def _in_language(translations: Mapping[str, Any], locale: str) -> Mapping[str, str]:
    words: Mapping[str, str] = translations.get(locale, {})
    return words


def _country_name(code: str, locale: str) -> str:
    name: str = Locale.parse(locale).territories.get(code, code)
    return name
