"""Entering and changing the events and articles of a case, by several people at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from campaigns.cases.addresses import canonical_address
from campaigns.cases.contents import (
    COLUMNS_OF_ARTICLES,
    COLUMNS_OF_EVENTS,
    ArticleContent,
    EventContent,
    article_as_written,
    changed_fields,
    event_as_written,
    taken_from_readers,
)
from campaigns.cases.dates import parse_edtf
from campaigns.cases.errors import (
    AlreadyPublic,
    ArticleKnown,
    ChangedMeanwhile,
    EventInFuture,
    NoteMissing,
    TranslationInCircle,
)
from campaigns.cases.hearings import is_step
from campaigns.cases.models import Article, Campaign, Correction, Event
from campaigns.cases.operations import TokenUsed, touch
from campaigns.cases.queries import (
    find_article_by_token,
    find_event_by_token,
    hidden_names,
    is_published,
    may_have_been_read,
    next_article_position,
    next_position,
)
from campaigns.cases.revisions import record_made, record_revision
from campaigns.cases.vocabulary import EventKind, HearingStatus, RevisedPart
from campaigns.db import db, utcnow

TYPO_TIME = timedelta(seconds=30)
# So soon after it was published, hardly anybody has read it.
TYPO_FIELDS = frozenset({"summary", "text", "translations"})


def enter_event(
    campaign: Campaign, content: EventContent, *, token: str, organiser_id: int
) -> Event:
    """Enter an event in the timeline, published at once unless it has an embargo.

    A token that has made this event already returns that one. Raises TokenUsed when it has made
    another, and EventInFuture.
    """
    check_not_ahead(campaign, content)
    now = utcnow()
    event = draft_event(campaign, content)
    event.ref = f"entry-{token[:12]}"
    event.learned_at, event.published_at = content.learned_at or now, now
    event.idempotency_token = token
    try:
        with db.session.begin_nested():
            db.session.add(event)
    except IntegrityError:
        return _entered_before(campaign, content, token)
    record_made(RevisedPart.EVENT, event.id, campaign_id=campaign.id, organiser_id=organiser_id)
    touch(campaign)
    return event


def draft_event(campaign: Campaign, content: EventContent, stored: Event | None = None) -> Event:
    """Return an event of its own that says this, in the place of a stored one or at the end.

    It is in no session: nothing is stored.
    """
    event = Event(
        campaign_id=campaign.id,
        position=stored.position if stored else next_position(campaign.id),
    )
    with db.session.no_autoflush:
        content.put_into(event)
    if stored is not None:
        event.id, event.learned_at = stored.id, content.learned_at
        event.hearing_previous_starts_at = _previous_start(stored, content)
    return event


def edit_event(
    campaign: Campaign,
    event: Event,
    content: EventContent,
    *,
    version: int,
    note: str | None,
    organiser_id: int,
    mail: bool = False,
    goes_on: bool = False,
) -> dict[str, Any]:
    """Let an event say something else; return the changed fields as they read before.

    What visitors have read is kept as a correction with a note, but for a typo mended at once; with
    `mail` a job of `updates` tells it to those who were mailed the entry. Where a hearing only went
    on (see `is_step`; `goes_on` says so of all that changes) nothing was wrong: it needs no note.
    Raises EventInFuture, AlreadyPublic when an embargo would hide what is public, NoteMissing, and
    ChangedMeanwhile when somebody else has changed it since `version`; then roll back.
    """
    check_not_ahead(campaign, content)
    zone, now = ZoneInfo(campaign.timezone), utcnow()
    if event.version != version:
        raise ChangedMeanwhile
    seen = is_published(event, now)
    if seen and content.embargo_until not in (None, event.embargo_until):
        raise AlreadyPublic
    before = _change(event, content, zone, now=now, seen=seen)
    if not before:
        return before
    event.updated_at = now
    with version_checked():
        db.session.flush()
    if seen and is_kept(campaign, event, before, now):
        goes_on = goes_on or is_step(before, event_as_written(event, zone))
        if not note and (mail or not goes_on):
            raise NoteMissing
        was = before if note else {"hearing": event_as_written(event, zone)["hearing"]} | before
        _keep_what_was_read(campaign, event, was, note=note, mail_at=now if mail else None)
    record_revision(
        RevisedPart.EVENT,
        event.id,
        campaign_id=campaign.id,
        organiser_id=organiser_id,
        was=before,
    )
    touch(campaign)
    return before


def _change(
    event: Event, content: EventContent, zone: ZoneInfo, *, now: datetime, seen: bool
) -> dict[str, Any]:
    """Let an event say something else; return the changed fields as they read before."""
    # Nothing may reach the database before it is known whether anything changed.
    with db.session.no_autoflush:
        was, embargo = event_as_written(event, zone), event.embargo_until
        previous = _previous_start(event, content)
        content.put_into(event)
        event.hearing_previous_starts_at = previous
        if seen:
            event.embargo_until = embargo
        elif embargo and not (content.embargo_until and content.embargo_until > now):
            # Readers get it now, whenever it was entered.
            event.published_at = now
        return changed_fields(was, event_as_written(event, zone))


def is_kept(campaign: Campaign, event: Event, before: Mapping[str, Any], now: datetime) -> bool:
    """Return whether visitors can read how an entry read before a change of these fields."""
    corrected = taken_from_readers(before, event.translations).keys()
    if not corrected or not may_have_been_read(campaign) or not is_published(event, now):
        return False
    since = max(event.published_at, event.embargo_until or event.published_at)
    return not (corrected <= TYPO_FIELDS and now - since < TYPO_TIME)


def check_not_ahead(campaign: Campaign, content: EventContent) -> None:
    """Refuse what has not happened yet: only a hearing may lie ahead. Raises EventInFuture."""
    earliest = parse_edtf(content.date_edtf).earliest
    if content.kind != EventKind.HEARING and earliest is not None and earliest > campaign.today:
        raise EventInFuture


def add_article(
    campaign: Campaign, content: ArticleContent, *, token: str, organiser_id: int
) -> Article:
    """Add an article that events may rest on.

    A token that has added this article already returns that one. Raises TokenUsed when it has
    added another, and ArticleKnown when the case has one with this address.
    """
    if (known := find_article_by_token(token)) is not None:
        same = all(getattr(known, it) == getattr(content, it) for it in COLUMNS_OF_ARTICLES)
        if known.campaign_id != campaign.id or not same:
            raise TokenUsed
        return known
    _check_unknown(campaign, content.url)
    article = Article(
        campaign_id=campaign.id,
        ref=f"article-{token[:12]}",
        position=next_article_position(campaign.id),
        idempotency_token=token,
    )
    content.put_into(article)
    try:
        with db.session.begin_nested():
            db.session.add(article)
    except IntegrityError:
        # The same form at the same moment: the other one has made it.
        if (known := find_article_by_token(token)) is None or known.campaign_id != campaign.id:
            raise
        return known
    record_made(RevisedPart.ARTICLE, article.id, campaign_id=campaign.id, organiser_id=organiser_id)
    touch(campaign)
    return article


def edit_article(
    campaign: Campaign,
    article: Article,
    content: ArticleContent,
    *,
    version: int,
    organiser_id: int,
) -> dict[str, Any]:
    """Let an article say something else; return the changed fields as they read before.

    Raises ArticleKnown, TranslationInCircle, and ChangedMeanwhile when somebody else has changed it
    since `version`; then roll back.
    """
    zone = ZoneInfo(campaign.timezone)
    if article.version != version:
        raise ChangedMeanwhile
    _check_unknown(campaign, content.url, but=article)
    original = content.translation_of
    while original is not None:
        if original is article:
            raise TranslationInCircle
        original = original.translation_of
    with db.session.no_autoflush:
        was = article_as_written(article, zone)
        content.put_into(article)
        before = changed_fields(was, article_as_written(article, zone))
    if not before:
        return before
    with version_checked():
        db.session.flush()
    record_revision(
        RevisedPart.ARTICLE,
        article.id,
        campaign_id=campaign.id,
        organiser_id=organiser_id,
        was=before,
    )
    touch(campaign)
    return before


def find_same_article(campaign: Campaign, address: str) -> Article | None:
    """Return the article of a case that has this address, however it is written."""
    wanted = canonical_address(address)
    return next(
        (it for it in campaign.articles if it.url and canonical_address(it.url) == wanted), None
    )


def _check_unknown(campaign: Campaign, url: str | None, but: Article | None = None) -> None:
    known = find_same_article(campaign, url) if url else None
    if known is not None and known is not but:
        raise ArticleKnown(known.id)


def _entered_before(campaign: Campaign, content: EventContent, token: str) -> Event:
    known = find_event_by_token(token)
    if known is None or known.campaign_id != campaign.id:
        raise TokenUsed
    names = [it for it in COLUMNS_OF_EVENTS if it != "learned_at"]
    same = all(getattr(known, it) == getattr(content, it) for it in names)
    if not same or set(known.detainees) != set(content.people):
        raise TokenUsed
    return known


def _previous_start(event: Event, content: EventContent) -> datetime | None:
    """Return when a hearing was to begin before it was moved; None when no new date is known."""
    if content.hearing_starts_at is None or content.hearing_without_date:
        return None
    before, status = event.hearing_starts_at, content.hearing_status
    previous = event.hearing_previous_starts_at
    if content.hearing_was_wrong and previous and event.hearing_status == HearingStatus.ADJOURNED:
        return None if content.hearing_starts_at == previous else previous
    # Held at another hour of its day it began late; it was not moved.
    late = status == HearingStatus.HELD and content.date_edtf == event.date_edtf
    if before not in (None, content.hearing_starts_at) and not late:
        return before
    if status == HearingStatus.ADJOURNED != event.hearing_status:
        return None
    return previous


def _keep_what_was_read(
    campaign: Campaign,
    event: Event,
    before: Mapping[str, Any],
    *,
    note: str | None,
    mail_at: datetime | None,
) -> None:
    """Keep in public how an entry read, without the names that may not be read any more."""
    finder = hidden_names(campaign)
    was = {
        name: old
        for name, old in taken_from_readers(before, event.translations).items()
        if not any(map(finder.stands_in, _texts(old)))
    }
    # Without a note only the hearing says that it went on, and nothing was wrong.
    if was and (note or "hearing" in was):
        event.corrections.append(
            Correction(
                position=len(event.corrections) + 1,
                on=campaign.today,
                note=note or "",
                was=was,
                mail_at=mail_at,
            )
        )
        db.session.flush()


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


@contextmanager
def version_checked() -> Iterator[None]:
    """Tell in our own words when a row was changed by another between our reading and writing."""
    try:
        yield
    except StaleDataError:
        raise ChangedMeanwhile from None
