"""From where a snapshot is taken: what may be seen of a campaign at all, and on which day."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.cases.dates import parse_edtf
from campaigns.cases.models import Article, Campaign, Event
from campaigns.cases.queries import is_visible
from campaigns.cases.readings import as_read_on
from campaigns.db import utcnow
from campaigns.public.people import hidden_words, person_snapshots, safe_ref
from campaigns.public.snapshot import ArticleSnapshot, PersonSnapshot


@dataclass(frozen=True, slots=True)
class Vantage:
    """A campaign as somebody looks at it: when, from which day, in which language."""

    campaign: Campaign
    locale: str
    now: datetime
    zone: ZoneInfo
    today: date
    known_on: date | None
    # An earlier day whose knowledge was asked for: entries as they had been published by then.
    last: date
    # The last day there is to know of: today, the day of that knowledge or the closing day.
    day: date
    # The day asked about, never after the last.
    hidden: frozenset[str]
    # Words of names visitors may not read.
    people: Mapping[int, PersonSnapshot]
    visible: Sequence[Event]
    articles: Mapping[int, ArticleSnapshot]

    @property
    def is_past(self) -> bool:
        """Whether anything but the latest was asked for."""
        return self.known_on is not None or self.day < self.last

    @property
    def clock(self) -> date:
        """The day that bounds what has no later bound."""
        return self.known_on or self.today


def take_vantage(
    campaign: Campaign, locale: str, as_of: date | None, known_on: date | None
) -> Vantage:
    """Look at a campaign now, or from an earlier day; see `taking.take_snapshot`."""
    now, zone = utcnow(), ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    known_on = known_on if known_on is not None and known_on < today else None
    last = min(known_on or today, campaign.closed_on or today)
    hidden = hidden_words(campaign)
    visible = [event for event in campaign.events if is_visible(event, now)]
    if known_on is not None:
        visible = _as_known(campaign, visible, known_on, zone)
    articles = _public_articles(campaign, visible)
    shown = {article.id for article in articles}
    return Vantage(
        campaign=campaign,
        locale=locale,
        now=now,
        zone=zone,
        today=today,
        known_on=known_on,
        last=last,
        day=min(as_of or last, last),
        hidden=hidden,
        people=person_snapshots(campaign),
        visible=visible,
        articles={it.id: _article(it, hidden, shown) for it in articles},
    )


def _as_known(
    campaign: Campaign, visible: Sequence[Event], day: date, zone: ZoneInfo
) -> list[Event]:
    """Return the entries that were published by a day, as they then read."""
    people = {detainee.ref: detainee for detainee in campaign.detainees}
    articles = {article.ref: article for article in campaign.articles}
    return [
        as_read_on(event, day, people=people, articles=articles)
        for event in visible
        if published_at(event).astimezone(zone).date() <= day
    ]


def is_retracted(event: Event, view: Vantage) -> bool:
    """Return whether an entry had been retracted by the day whose knowledge is asked for."""
    known_on, retracted_on = view.known_on, event.retracted_on
    return retracted_on is not None and (known_on is None or retracted_on <= known_on)


def published_at(event: Event) -> datetime:
    """Return when visitors could first read an entry."""
    return max(event.published_at, event.embargo_until or event.published_at)


def lies_ahead(event: Event, view: Vantage) -> bool:
    """Return whether an entry tells of what was still to come on the earlier day asked about."""
    earliest = event.date.earliest
    return view.day < view.last and earliest is not None and earliest > view.day


def _public_articles(campaign: Campaign, visible: Sequence[Event]) -> list[Article]:
    """Return the articles but for those that only entries visitors may not see yet cite.

    What an entry cited before it was corrected counts as cited: its corrections show it.
    """
    cited = {source.article.id for event in campaign.events for source in event.sources}
    shown = {source.article.id for event in visible for source in event.sources}
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


def listed_articles(shown: Sequence[Event], view: Vantage) -> tuple[ArticleSnapshot, ...]:
    """Return the articles to list: of an earlier day those its entries cite, or older ones."""
    if not view.is_past:
        return tuple(view.articles.values())
    cited = {source.article.id for event in shown for source in event.sources}
    return tuple(
        article
        for article in view.articles.values()
        if article.id in cited or (view.known_on is None and _appeared_by(article, view.day))
    )


def _appeared_by(article: ArticleSnapshot, day: date) -> bool:
    latest = article.published.latest if article.published else None
    return latest is not None and latest <= day


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


def in_language(translations: Mapping[str, Any], locale: str) -> Mapping[str, str]:
    """Return the texts in a language, empty when there are none."""
    words: Mapping[str, str] = translations.get(locale, {})
    return words
