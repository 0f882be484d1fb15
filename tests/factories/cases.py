"""Campaigns and their cases."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from flask import current_app

from campaigns.cases.models import Article, Campaign, Detainee, Event, EventSource
from campaigns.cases.vocabulary import (
    CampaignState,
    ConsentBy,
    EventKind,
    NamePolicy,
    SourceKind,
    Stance,
)
from campaigns.db import db, utcnow
from campaigns.vault.operations import make_campaign_keys

_number = count(1)


def make_campaign(slug: str | None = None, **fields: Any) -> Campaign:
    """Make a published campaign with its keys, without detainees, events or a petition."""
    number = next(_number)
    published = fields.get("state", CampaignState.PUBLISHED) != CampaignState.DRAFT
    campaign = Campaign(
        **{
            "slug": slug or f"campaign-{number}",
            "title": f"Free the prisoners of Example Street {number}",
            "summary": "Three readers of a banned newspaper are held.",
            "body": "They were taken from a reading circle.",
            "demand": "Release them now.",
            "country": "PK",
            "timezone": "Asia/Karachi",
            "locale": "en",
            "state": CampaignState.PUBLISHED,
            "run_by_name": "Example Street Committee",
            "run_by_contact": "committee@example.org",
            "published_at": utcnow() - timedelta(days=400) if published else None,
        }
        | fields
    )
    db.session.add(campaign)
    db.session.flush()
    make_campaign_keys(current_app.extensions["settings"].keys_path, campaign.id)
    db.session.commit()
    return campaign


def make_detainee(campaign: Campaign, name: str = "Zarina Example", **fields: Any) -> Detainee:
    """Make a detainee whose full name may be shown."""
    position = len(campaign.detainees) + 1
    detainee = Detainee(
        **{
            "campaign": campaign,
            "ref": f"person-{position}",
            "position": position,
            "name": name,
            "name_policy": NamePolicy.FULL,
            "consent_by": ConsentBy.FAMILY,
            "consent_on": utcnow().date(),
            "consent_scope": "this campaign",
        }
        | fields
    )
    db.session.add(detainee)
    _raise_version(campaign)
    db.session.commit()
    return detainee


def make_article(campaign: Campaign, **fields: Any) -> Article:
    """Make an article of the press."""
    position = len(campaign.articles) + 1
    article = Article(
        **{
            "campaign": campaign,
            "ref": f"article-{position}",
            "position": position,
            "url": f"https://news.example.org/{position}",
            "title": "Three readers arrested",
            "outlet": "Example News",
            "language": "en",
            "published": "2024-03-02",
            "kind": SourceKind.PRESS,
        }
        | fields
    )
    db.session.add(article)
    _raise_version(campaign)
    db.session.commit()
    return article


def make_event(
    campaign: Campaign,
    kind: EventKind = EventKind.ARRESTED,
    date: str = "2024-03-01",
    *,
    detainees: Iterable[Detainee] | None = None,
    sources: Iterable[Article] = (),
    **fields: Any,
) -> Event:
    """Make an entry of the timeline on a day or days (EDTF); of everybody when nobody is named."""
    position = len(campaign.events) + 1
    named = list(detainees or ())
    event = Event(
        **{
            "campaign": campaign,
            "ref": f"event-{position}",
            "position": position,
            "kind": kind,
            "date_edtf": date,
            "everyone": detainees is None,
            "detainees": named,
            "summary": f"What happened on {date or 'an unknown day'}.",
            "published_at": utcnow() - timedelta(hours=1),
        }
        | fields
    )
    for number, article in enumerate(sources, start=1):
        event.sources.append(EventSource(article=article, position=number, stance=Stance.SUPPORTS))
    db.session.add(event)
    _raise_version(campaign)
    db.session.commit()
    return event


def _raise_version(campaign: Campaign) -> None:
    """As every operation does that changes what visitors see: finished pages are kept by it."""
    campaign.version += 1
