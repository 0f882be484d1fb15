"""A snapshot as open data: the documents of the JSON addresses, in the terms of case files."""

from datetime import date, datetime
from typing import Any

from campaigns.cases.dates import PartialDate
from campaigns.cases.days import DayRange
from campaigns.cases.hearings import Hearing
from campaigns.cases.status import ConditionInterval, Status, Totals
from campaigns.public.snapshot import (
    ArticleSnapshot,
    CampaignSnapshot,
    DetaineeSnapshot,
    EventSnapshot,
    HandoverSnapshot,
    PetitionSnapshot,
)
from campaigns.web.links import absolute_url

Document = dict[str, Any]


def campaign_document(campaign: CampaignSnapshot) -> Document:
    """Return a campaign with the status of each detainee."""
    petition = campaign.petition
    return _present(
        slug=campaign.slug,
        title=campaign.title,
        summary=campaign.summary,
        demand=campaign.demand,
        country=campaign.country,
        timezone=campaign.timezone,
        state=campaign.state,
        closed_on=_date(campaign.closed_on),
        published_at=_time(campaign.published_at),
        version=campaign.version,
        as_of=_date(campaign.as_of),
        known_on=_date(campaign.known_on),
        detainees=[_detainee(detainee) for detainee in campaign.detainees],
        totals=totals_document(campaign.totals),
        next_hearing=_next_hearing(campaign, campaign.next_hearing),
        petition=_petition(petition) if petition else None,
        links=links_document(campaign),
    )


def timeline_document(campaign: CampaignSnapshot) -> Document:
    """Return a campaign's entries as in its case file, each with its id and address."""
    return {"events": [_event(campaign, event) for event in campaign.timeline]}


def articles_document(campaign: CampaignSnapshot) -> Document:
    """Return a campaign's articles as in its case file, each with what it says of which entry."""
    refs = {article.id: article.ref for article in campaign.articles}
    citations = campaign.citations
    return {
        "articles": [
            _article(article, refs)
            | _present(
                events=[
                    {"id": event.id, "stance": stance}
                    for event, stance in citations.get(article.id, ())
                ]
                or None
            )
            for article in campaign.articles
        ]
    }


def count_document(campaign: CampaignSnapshot) -> Document:
    """Return how many have signed a campaign's petition; nobody where there is none."""
    petition = campaign.petition
    return {
        "count": petition.count if petition else 0,
        "online": petition.online if petition else 0,
        "paper": petition.paper if petition else 0,
        "goal": petition.goal if petition else None,
    }


def totals_document(totals: Totals) -> Document:
    """Return how many detainees are held, free, on bail, dead, and of how many it is not known."""
    return {
        "detainees": totals.detainees,
        "held": totals.held,
        "free": totals.free,
        "on_bail": totals.on_bail,
        "dead": totals.dead,
        "unknown": totals.unknown,
    }


def links_document(campaign: CampaignSnapshot) -> Document:
    """Return the addresses of a campaign's other documents."""
    at: dict[str, Any] = {"slug": campaign.slug, **campaign.asked}
    return {
        "html": absolute_url("public.campaign", **at),
        "timeline": absolute_url("data.timeline", **at),
        "table": absolute_url("data.timeline_table", **at),
        "articles": absolute_url("data.articles", **at),
        "feed": absolute_url("feeds.campaign_feed", slug=campaign.slug),
        "calendar": absolute_url("feeds.hearings", slug=campaign.slug),
        "description": absolute_url("data.description"),
    }


def _detainee(detainee: DetaineeSnapshot) -> Document:
    confirmed = None
    if detainee.last_confirmed_on:
        confirmed = _present(
            on=_date(detainee.last_confirmed_on), source_kind=detainee.last_confirmed_by
        )
    return _present(
        id=detainee.person.id,
        name=detainee.person.name,
        name_romanised=detainee.person.name_romanised,
        status=_status(detainee) | _present(last_confirmed=confirmed),
    )


def _status(detainee: DetaineeSnapshot) -> Document:
    """What is known of somebody; `evidence` is the id of the entry that says so."""
    status = detainee.status
    custody, place = status.custody, status.place
    return {
        "custody": custody.value,
        "since": _edtf(custody.since),
        "conditions": list(status.current_conditions),
        "place": _present(text=place.text)
        | {"disclosure": place.disclosure}
        | _present(since=_edtf(place.since), evidence=place.evidence),
        "legal": [
            {"proceeding": it.proceeding, "status": it.status, "since": _edtf(it.since)}
            | _present(by=it.by, after=it.after and it.after.status, evidence=it.evidence)
            for it in status.legal
        ],
        "bail": [
            {"proceeding": it.proceeding, "status": it.status, "since": _edtf(it.since)}
            | _present(evidence=it.evidence)
            for it in status.bail
        ],
        "days": {
            "current": _days(status.days.current) if status.days.current else None,
            "total": _days(status.days.total),
        },
        "sources_differ": status.sources_differ,
        "stale": detainee.stale,
    } | _present(
        evidence=custody.evidence,
        spell=_spell(status),
        condition_intervals=[_interval(it) for it in (*status.conditions, *status.past_conditions)]
        or None,
        disputed=list(detainee.disputed) or None,
        unconfirmed=list(status.unconfirmed) or None,
        undecided=list(status.undecided) or None,
        days_since_news=detainee.freshness_days,
    )


def _spell(status: Status) -> Document | None:
    """When the whole time in custody began, whatever the custody has been since."""
    custody = status.custody
    if custody.spell_evidence is None:
        return None
    return {"since": _edtf(custody.spell_since), "evidence": custody.spell_evidence}


def _interval(interval: ConditionInterval) -> Document:
    return {"condition": interval.condition} | _present(
        began=_edtf(interval.began),
        began_evidence=interval.began_evidence,
        ended=_edtf(interval.ended),
        ended_evidence=interval.ended_evidence,
    )


def _petition(petition: PetitionSnapshot) -> Document:
    return {
        "title": petition.title,
        "addressee": petition.addressee,
        "state": petition.state,
        "count": petition.count,
        "online": petition.online,
        "paper": petition.paper,
        "goal": petition.goal,
        "goals_reached": list(petition.goals_reached),
    } | _present(
        countries=dict(petition.countries) or None,
        handed_over=petition.handed_over or None,
        handed_over_at_least=petition.handed_over_at_least or None,
        handovers=[
            {"event": it.event_id, "on": it.on.edtf} | _handover(it) for it in petition.handovers
        ]
        or None,
    )


def _next_hearing(campaign: CampaignSnapshot, hearing: Hearing | None) -> Document | None:
    if hearing is None:
        return None
    return _hearing(hearing) | {"url": _event_url(campaign, hearing.event_id)}


def _hearing(hearing: Hearing) -> Document:
    return _present(
        starts_at=_time(hearing.starts_at),
        court=hearing.court,
        status=hearing.status,
        previous_starts_at=_time(hearing.previous_starts_at),
    )


def _handover(handover: HandoverSnapshot) -> Document:
    return _present(
        count=handover.count,
        at_least=handover.at_least or None,
        to=handover.to,
        reply=handover.reply,
    )


def _actor(event: EventSnapshot) -> Document | None:
    if event.actor_kind is None:
        return None
    return {
        "name": event.actor_name,
        "kind": event.actor_kind,
        "state_link": event.actor_state_link,
    }


def _retraction(event: EventSnapshot) -> Document | None:
    if event.retracted_on is None:
        return None
    return {"on": _date(event.retracted_on), "reason": event.retracted_reason}


def _retracted_since(event: EventSnapshot) -> Document | None:
    if event.retracted_since is None:
        return None
    return {"on": _date(event.retracted_since), "reason": event.retracted_reason}


def _bounds(when: PartialDate) -> Document:
    """The first and the last day a date can be, null for an open end, and how fine it is."""
    return {
        "earliest": _date(when.earliest),
        "latest": _date(when.latest),
        "precision": when.precision,
        "approximate": when.approximate,
    }


def _event(campaign: CampaignSnapshot, event: EventSnapshot) -> Document:
    corrections = [{"on": _date(it.on), "note": it.note, "was": it.was} for it in event.corrections]
    return _present(
        id=event.id,
        url=_event_url(campaign, event.id),
        ref=event.ref,
        kind=event.kind,
        date=event.date.edtf,
        date_bounds=_bounds(event.date),
        detainees="all" if event.everyone else [person.ref for person in event.detainees],
        proceeding=event.proceeding,
        place=event.place,
        disclosure=event.disclosure,
        actor=_actor(event),
        summary=event.summary,
        text=event.text_source,
        translations=event.translations or None,
        by=event.by,
        confidence=event.confidence,
        counts=event.counts,
        sources_differ=event.sources_differ,
        sources=[
            _present(article=source.article.ref, stance=source.stance, note=source.note)
            for source in event.sources
        ],
        learned_at=_time(event.learned_at),
        published_at=_time(event.published_at),
        retracted=_retraction(event),
        retracted_since=_retracted_since(event),
        corrections=corrections or None,
        hearing=_hearing(event.hearing) if event.hearing else None,
        handover=_handover(event.handover) if event.handover else None,
    )


def _article(article: ArticleSnapshot, refs: dict[int, str]) -> Document:
    return _present(
        ref=article.ref,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        author=article.author,
        language=article.language,
        published=_edtf(article.published),
        excerpt=article.excerpt,
        archived_url=article.archived_url,
        archived_at=_time(article.archived_at),
        kind=article.kind,
        translation_of=refs.get(article.translation_of or 0),
    )


def _event_url(campaign: CampaignSnapshot, event_id: int) -> str:
    return absolute_url("public.event", slug=campaign.slug, event_id=event_id, **campaign.asked)


def _days(days: DayRange) -> Document:
    return {"min": days.min, "max": days.max} | _present(
        approximate=days.approximate or None, at_least=days.at_least or None
    )


def _edtf(value: PartialDate | None) -> str | None:
    return value.edtf if value else None


def _date(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _present(**parts: Any) -> Document:
    """Leave out what is not there."""
    return {name: value for name, value in parts.items() if value is not None}
