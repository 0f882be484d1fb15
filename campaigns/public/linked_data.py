"""What a page says, for search engines, in the words of schema.org; never more than the page."""

import json
from typing import Any

from markupsafe import Markup

from campaigns.cases.dates import Precision
from campaigns.cases.hearings import Hearing
from campaigns.cases.vocabulary import SourceKind
from campaigns.public.snapshot import (
    ArticleSnapshot,
    CampaignSnapshot,
    PersonSnapshot,
    UpdateSnapshot,
)
from campaigns.web.links import absolute_url

Thing = dict[str, Any]
MOST_REPORTS = 20


def campaign_linked(campaign: CampaignSnapshot) -> Markup | None:
    """Return a campaign's page as JSON-LD; None for an earlier day, which no one should find."""
    if campaign.is_past:
        return None
    hearing = campaign.next_hearing
    return _script(
        {
            "@type": "WebPage",
            "url": absolute_url("public.campaign", slug=campaign.slug),
            "name": campaign.title,
            "description": campaign.summary,
            "inLanguage": campaign.locale.replace("_", "-"),
            "datePublished": campaign.published_at.isoformat(),
            "dateModified": campaign.updated_at.isoformat(),
            "publisher": _publisher(campaign),
            "about": [_person(detainee.person) for detainee in campaign.detainees],
            "mentions": [_hearing(campaign, hearing)] if hearing else [],
            "citation": [_report(article) for article in campaign.articles[:MOST_REPORTS]],
        }
    )


def update_linked(campaign: CampaignSnapshot, update: UpdateSnapshot) -> Markup | None:
    """Return an update's page as JSON-LD; None once what it told was retracted."""
    if update.retracted_on is not None:
        return None
    return _script(
        {
            "@type": "NewsArticle",
            "url": absolute_url("public.update", slug=campaign.slug, update_id=update.id),
            "headline": update.title,
            "datePublished": update.published_at.isoformat(),
            "publisher": _publisher(campaign),
        }
    )


def _script(thing: Thing) -> Markup:
    """Return a thing as JSON in which nothing can end the element it stands in."""
    told = {name: value for name, value in thing.items() if value not in (None, "", [])}
    text = json.dumps({"@context": "https://schema.org"} | told, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 — JSON without a sign of HTML


def _publisher(campaign: CampaignSnapshot) -> Thing:
    found = {"@type": "Organization", "name": campaign.run_by_name}
    return found | ({"url": campaign.run_by_url} if campaign.run_by_url else {})


def _person(person: PersonSnapshot) -> Thing:
    found = {"@type": "Person", "name": person.name}
    return found | ({"alternateName": person.name_romanised} if person.name_romanised else {})


def _hearing(campaign: CampaignSnapshot, hearing: Hearing) -> Thing:
    event = next(it for it in campaign.timeline if it.id == hearing.event_id)
    found = {
        "@type": "Event",
        "name": event.summary,
        "startDate": hearing.starts_at.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "Place", "name": hearing.court},
        "url": absolute_url("public.event", slug=campaign.slug, event_id=event.id),
    }
    if hearing.previous_starts_at is None:
        return found
    return found | {
        "eventStatus": "https://schema.org/EventRescheduled",
        "previousStartDate": hearing.previous_starts_at.isoformat(),
    }


def _report(article: ArticleSnapshot) -> Thing:
    """An article; its date only where the very day is known, for there is no word for “about”."""
    when = article.published
    found: Thing = {
        "@type": "NewsArticle" if article.kind == SourceKind.PRESS else "Article",
        "headline": article.title,
        "inLanguage": article.language,
        "publisher": {"@type": "Organization", "name": article.outlet},
    }
    if article.url:
        found["url"] = article.url
    if when and when.earliest and when.precision is Precision.DAY and when.ends is None:
        found |= {} if when.approximate else {"datePublished": when.earliest.isoformat()}
    return found
