"""Taking the snapshot of a campaign that every public surface is rendered from."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel import Locale

from campaigns.cases.facts import (
    earlier_date,
    newest_first,
    read_hearing,
    sources_differ,
    status_event,
)
from campaigns.cases.hearings import Hearing
from campaigns.cases.models import Campaign, Correction, Detainee, Event
from campaigns.cases.queries import hidden_names
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
from campaigns.petitions.closing import why_closed
from campaigns.petitions.models import Petition
from campaigns.petitions.queries import (
    count_signatures,
    goals_reached,
    petition_of,
    public_countries,
    recent_signers,
)
from campaigns.public.corrections import hearing_before, was_in_words
from campaigns.public.people import safe_ref
from campaigns.public.snapshot import (
    CampaignSnapshot,
    CorrectionSnapshot,
    DetaineeSnapshot,
    EarlierTextSnapshot,
    EventSnapshot,
    HandoverSnapshot,
    PersonSnapshot,
    PetitionSnapshot,
    PublicSignerSnapshot,
    SourceSnapshot,
    UpdateSnapshot,
)
from campaigns.public.vantage import (
    Vantage,
    in_language,
    is_retracted,
    lies_ahead,
    listed_articles,
    published_at,
    take_vantage,
)
from campaigns.updates.models import Update
from campaigns.updates.numbers import LivingNumbers, days_of, put_in
from campaigns.updates.queries import published_updates
from campaigns.web.text import render_markdown

# What is not read any more of an entry that was retracted, however it read before.
AT_LENGTH = frozenset({"text", "translations"})


def take_snapshot(
    campaign: Campaign,
    *,
    locale: str,
    as_of: date | None = None,
    known_on: date | None = None,
) -> CampaignSnapshot:
    """Gather what visitors may know of a campaign (with its whole case loaded) at this moment.

    `as_of` is a day in the campaign's zone; one in the future means today, one after the closing
    means that day. `known_on` leaves only the entries published by then, as they then read; it is
    the latest `as_of` there is, and what that is when nothing else was asked for. Texts come in
    `locale` where the campaign has them, else as written.
    """
    view = take_vantage(campaign, locale, as_of, known_on)
    visible = view.visible
    facts = {event.id: status_event(event, view.zone) for event in visible}
    statuses = derive_statuses(
        [facts[event.id] for event in visible if not is_retracted(event, view)],
        {detainee.id: detainee.proceedings for detainee in campaign.detainees},
        as_of=view.day,
        today=view.clock,
        closed_on=campaign.closed_on,
    )
    return _snapshot(view, facts, statuses)


def _snapshot(
    view: Vantage,
    facts: Mapping[int, StatusEvent],
    statuses: Mapping[int, Status],
) -> CampaignSnapshot:
    campaign, visible = view.campaign, view.visible
    words = in_language(campaign.translations, view.locale)
    since = campaign.published_at or campaign.created_at
    shown = [event for event in visible if not lies_ahead(event, view)]
    timeline = tuple(_event(it, view, facts[it.id]) for it in sorted(shown, key=newest_first))
    hearing, petition = _next_hearing(shown, view), _petition(view, timeline)
    updated_at = max(map(_updated_at, visible), default=since)
    numbers = _numbers(statuses, hearing, petition)
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
        published_at=since,
        updated_at=updated_at,
        updated_on=updated_at.astimezone(view.zone).date(),
        version=campaign.version,
        as_of=view.day,
        known_on=view.known_on,
        is_past=view.is_past,
        detainees=tuple(
            _detainee(it, view, statuses[it.id], shown, timeline) for it in campaign.detainees
        ),
        totals=count_totals(statuses.values()),
        next_hearing=hearing,
        timeline=timeline,
        articles=listed_articles(shown, view),
        petition=petition,
        updates=_updates(view, {event.id: event for event in visible}, numbers),
    )


def _numbers(
    statuses: Mapping[int, Status],
    hearing: Hearing | None,
    petition: PetitionSnapshot | None,
) -> LivingNumbers:
    return LivingNumbers(
        days=days_of(statuses.values()),
        next_hearing=hearing.starts_at if hearing else None,
        signatures=petition.count if petition else 0,
    )


def _updated_at(event: Event) -> datetime:
    return max(event.updated_at, published_at(event))


def _event(event: Event, view: Vantage, fact: StatusEvent) -> EventSnapshot:
    retracted = is_retracted(event, view)
    words = in_language(event.translations, view.locale)
    # Of a retracted entry its line stays, struck through; what it told at length is gone, from
    # what was known earlier too.
    gone = event.retracted_on is not None
    text = None if gone else words.get("text", event.text)
    return EventSnapshot(
        id=event.id,
        ref=safe_ref(view.hidden, event.ref, f"event-{event.id}"),
        kind=event.kind,
        date=event.date,
        everyone=event.everyone,
        detainees=_concerned(event, view.people),
        proceeding=event.proceeding,
        place=event.place,
        disclosure=event.disclosure,
        actor_name=event.actor_name,
        actor_kind=event.actor_kind,
        actor_state_link=event.actor_state_link,
        summary=words.get("summary", event.summary),
        language=view.locale if words else view.campaign.locale,
        text=render_markdown(text),
        text_language=view.locale if "text" in words else view.campaign.locale,
        text_source=text,
        translations={} if gone else event.translations,
        by=event.by,
        confidence=event.confidence,
        counts=not retracted
        and counts(fact, as_of=view.day, today=view.clock, closed_on=view.campaign.closed_on),
        sources=tuple(
            SourceSnapshot(view.articles[source.article.id], source.stance, source.note)
            for source in event.sources
        ),
        sources_differ=sources_differ(event),
        # A case file brings corrections and no version; some changes leave no correction.
        revisions=max(event.version - 1, len(event.corrections)),
        learned_at=event.learned_at,
        published_at=published_at(event),
        published_on=published_at(event).astimezone(view.zone).date(),
        updated_at=event.updated_at,
        retracted_on=event.retracted_on if retracted else None,
        retracted_reason=event.retracted_reason if gone else None,
        retracted_since=event.retracted_on if gone and not retracted else None,
        corrections=tuple(_correction(it, view, gone=gone) for it in event.corrections),
        hearing=read_hearing(event, view.zone, view.clock),
        handover=_handover(event),
    )


def _concerned(event: Event, people: Mapping[int, PersonSnapshot]) -> tuple[PersonSnapshot, ...]:
    if event.everyone:
        return tuple(people.values())
    return tuple(people[detainee.id] for detainee in event.detainees)


def _correction(correction: Correction, view: Vantage, *, gone: bool) -> CorrectionSnapshot:
    was = _as_it_was(correction, view)
    if gone:
        was = {name: value for name, value in was.items() if name not in AT_LENGTH}
    people = {person.ref: person for person in view.people.values()}
    articles = {article.ref: article for article in view.articles.values()}
    words = was_in_words(was, people, articles, view.locale)
    return CorrectionSnapshot(
        correction.on, correction.note, was, words, hearing_before(correction)
    )


def _as_it_was(correction: Correction, view: Vantage) -> dict[str, object]:
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


def _handover(event: Event) -> HandoverSnapshot | None:
    if event.handover_count is None:
        return None
    return HandoverSnapshot(
        event.id,
        event.date,
        event.handover_count,
        event.handover_at_least,
        event.handover_to or "",
        event.handover_reply,
    )


def _next_hearing(events: Iterable[Event], view: Vantage) -> Hearing | None:
    if view.is_past or view.campaign.closed_on:
        return None
    event = next_hearing(events, view.now)
    return read_hearing(event, view.zone, view.clock) if event else None


def _detainee(
    detainee: Detainee,
    view: Vantage,
    status: Status,
    events: Sequence[Event],
    timeline: Sequence[EventSnapshot],
) -> DetaineeSnapshot:
    last = last_confirmation(detainee, status, view.day)
    person = view.people[detainee.id]
    freshness_days = days_since_news(detainee, events, view.day, view.zone)
    return DetaineeSnapshot(
        person=person,
        status=status,
        last_confirmed_on=last.on if last else None,
        last_confirmed_by=last.source_kind if last else None,
        freshness_days=freshness_days,
        stale=is_stale(view.campaign, status, freshness_days),
        disputed=tuple(
            it.id for it in timeline if it.counts and it.sources_differ and person in it.detainees
        ),
    )


def _petition(view: Vantage, timeline: Sequence[EventSnapshot]) -> PetitionSnapshot | None:
    petition = petition_of(view.campaign.id)
    if petition is None:
        return None
    words = in_language(petition.translations, view.locale)
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
        why_closed=why_closed(
            petition.state,
            petition.opens,
            petition.closes,
            view.today,
            view.campaign.closed_on,
        ),
        opens=petition.opens,
        closes=petition.closes,
        count=online + paper,
        online=online,
        paper=paper,
        goal=ahead[0] if ahead else (petition.goals[-1] if petition.goals else None),
        goals_reached=tuple(goal for goal in petition.goals if goal in reached),
        handovers=tuple(it.handover for it in timeline if it.handover and it.counts),
        countries=countries,
        country_names={code: _country_name(code, view.locale) for code in countries},
        handover_names=petition.handover_names,
        purged=petition.signatures_purged > 0,
        recent=tuple(
            PublicSignerSnapshot(signer.name, signer.comment if signer.comment_approved else None)
            for signer in recent_signers(petition.id)
        ),
    )


def _earlier(petition: Petition, view: Vantage) -> tuple[EarlierTextSnapshot, ...]:
    if petition.text_version == 1:
        # As nearly all are: nothing is asked.
        return ()
    hidden, found = hidden_names(view.campaign), []
    for earlier in reversed(petition.earlier):
        words = in_language(earlier.translations, view.locale)
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
    view: Vantage, visible: Mapping[int, Event], numbers: LivingNumbers
) -> tuple[UpdateSnapshot, ...]:
    """Return the updates, newest first: one that waited for its entry counts from then."""
    found = [
        _update(update, visible.get(update.event_id or 0), view, numbers)
        for update in published_updates(view.campaign.id)
    ]
    told = [it for it in found if not view.is_past or it.published_on <= view.day]
    return tuple(sorted(told, key=lambda update: update.published_at, reverse=True))


def _update(
    update: Update, event: Event | None, view: Vantage, numbers: LivingNumbers
) -> UpdateSnapshot:
    words = in_language(update.translations, view.locale)
    title, text = (
        put_in(words.get(name, written), numbers, view.locale)
        for name, written in (("title", update.title), ("text", update.text))
    )
    appeared_at = max(update.appears_at, published_at(event)) if event else update.appears_at
    retracted_on = event.retracted_on if event else None
    return UpdateSnapshot(
        id=update.id,
        title=title,
        text=render_markdown(None if retracted_on else text),
        published_at=appeared_at,
        published_on=appeared_at.astimezone(view.zone).date(),
        retracted_on=retracted_on,
        retracted_reason=event.retracted_reason if event else None,
        event_id=event.id if event else None,
        earlier=earlier_date(event, appeared_at, view.zone) if event else None,
    )


def _country_name(code: str, locale: str) -> str:
    name: str = Locale.parse(locale).territories.get(code, code)
    return name
