"""What is done to a case."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError

from campaigns.cases.dates import PartialDate
from campaigns.cases.errors import CaseError, EventInFuture
from campaigns.cases.models import Article, Campaign, Detainee, Event, EventSource
from campaigns.cases.queries import (
    find_article_at,
    find_event_by_token,
    next_article_position,
    next_position,
)
from campaigns.cases.revisions import record_made
from campaigns.cases.vocabulary import EventKind, RevisedPart, SourceKind, Stance
from campaigns.db import db, utcnow


class TokenUsed(CaseError):
    """The token has made another entry: what is sent with it now is kept nowhere."""


def touch(campaign: Campaign) -> None:
    """Mark that what visitors see of a campaign has changed, so that its pages are made anew."""
    campaign.version = Campaign.version + 1
    db.session.flush()


def record_event(
    campaign: Campaign,
    *,
    token: str,
    kind: EventKind,
    when: PartialDate,
    summary: str,
    detainees: Sequence[Detainee],
    source: Article | None = None,
    organiser_id: int | None = None,
) -> Event:
    """Enter an event in the timeline, published at once, of all detainees when none is named.

    A token that has made this event already returns that one: a form sent twice makes one row.
    Raises TokenUsed when the token has made another entry, and EventInFuture for anything but a
    hearing whose earliest day is after today (in the campaign's zone).
    """
    if kind != EventKind.HEARING and when.earliest is not None and when.earliest > campaign.today:
        raise EventInFuture
    now = utcnow()
    event = Event(
        campaign_id=campaign.id,
        ref=f"entry-{token[:12]}",
        position=next_position(campaign.id),
        kind=kind,
        date_edtf=when.edtf,
        everyone=not detainees,
        detainees=list(detainees),
        summary=summary,
        learned_at=now,
        published_at=now,
        idempotency_token=token,
    )
    if source is not None:
        event.sources.append(EventSource(article=source, position=1, stance=Stance.SUPPORTS))
    try:
        with db.session.begin_nested():
            db.session.add(event)
    except IntegrityError:
        if (known := find_event_by_token(token)) is None:
            raise
        wanted = (campaign.id, kind, when.edtf, summary, {it.id for it in detainees}, source)
        if _entered(known) != wanted:
            raise TokenUsed from None
        return known
    record_made(RevisedPart.EVENT, event.id, campaign_id=campaign.id, organiser_id=organiser_id)
    touch(campaign)
    return event


def source_at(
    campaign: Campaign, url: str, *, token: str, organiser_id: int | None = None
) -> Article:
    """Return a campaign's article at an address; one that is new is called by its host for now.

    `token` is of the form that names it: sent twice, it makes one article. Nothing is fetched.
    """
    known = find_article_at(campaign.id, url)
    if known is not None:
        return known
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    article = Article(
        campaign_id=campaign.id,
        ref=f"source-{token[:12]}",
        position=next_article_position(campaign.id),
        url=url,
        title=host,
        outlet=host,
        language=campaign.locale,
        kind=SourceKind.PRESS,
    )
    try:
        with db.session.begin_nested():
            db.session.add(article)
    except IntegrityError:
        if (known := find_article_at(campaign.id, url)) is None:
            # The token has named another address before.
            raise TokenUsed from None
        return known
    record_made(RevisedPart.ARTICLE, article.id, campaign_id=campaign.id, organiser_id=organiser_id)
    touch(campaign)
    return article


def source_ref(event: Event) -> str:
    """Return the ref of an article that was made by the form an entry was posted with."""
    return f"source-{(event.idempotency_token or '')[:12]}"


def _entered(event: Event) -> tuple[object, ...]:
    """Return what somebody entered to make an event, in the order `record_event` compares it."""
    people = {it.id for it in event.detainees}
    source = event.sources[0].article if event.sources else None
    return event.campaign_id, event.kind, event.date_edtf, event.summary, people, source
