"""Removing an entry, article or update for somebody's safety: everywhere, with all it ever said."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from campaigns.cases.models import Article, Campaign, Correction, Event, Revision
from campaigns.cases.operations import touch
from campaigns.cases.revisions import forget_revisions
from campaigns.cases.vocabulary import RevisedPart
from campaigns.db import db
from campaigns.mail.operations import cancel_deliveries
from campaigns.updates.digest_runs import recall_digests
from campaigns.updates.erasure_names import Part, erasure_name, former_erasure_name
from campaigns.updates.models import SEND, Update
from campaigns.updates.queries import stored_updates, updates_about
from campaigns.vault.erasures import Erased, record_erasures


def purge_event(campaign: Campaign, event: Event) -> None:
    """Remove an entry with its corrections, its history and the updates that told of it.

    What is mailed of it by now is out of reach. Raises KeyMissing, and OSError when the purge
    cannot be written down outside the database: then nothing may go, or a restore would bring it
    back.
    """
    record_erasures(Erased.EVENT, [erasure_name(event)])
    remove_event(campaign, event)


def purge_article(campaign: Campaign, article: Article) -> None:
    """Remove an article with its history; entries that rest on it stay, without it.

    Raises as `purge_event` does.
    """
    record_erasures(Erased.ARTICLE, [erasure_name(article)])
    remove_article(campaign, article)


def purge_update(campaign: Campaign, update: Update) -> None:
    """Remove an update from the archive; what is still to be mailed of it is not.

    Raises as `purge_event` does.
    """
    record_erasures(Erased.UPDATE, [erasure_name(update)])
    remove_update(campaign, update)


def remove_event(campaign: Campaign, event: Event) -> None:
    """Remove what `purge_event` does, without writing it down."""
    for update in updates_about(event.id):
        remove_update(campaign, update)
    forget_revisions(RevisedPart.EVENT, event.id)
    db.session.delete(event)
    db.session.flush()
    db.session.expire(campaign)
    touch(campaign)


def remove_article(campaign: Campaign, article: Article) -> None:
    """Remove what `purge_article` does, without writing it down."""
    citing = [
        event
        for event in campaign.events
        if any(source.article_id == article.id for source in event.sources)
    ]
    for event in citing:
        event.sources[:] = [it for it in event.sources if it.article_id != article.id]
    # The database refuses two sources at one place, so those that go leave first.
    db.session.flush()
    for event in citing:
        for position, source in enumerate(event.sources, start=1):
            source.position = position
    for row in _rows_that_may_cite(campaign):
        if _without(row.was, article.ref) != row.was:
            row.was = _without(row.was, article.ref)
            flag_modified(row, "was")
    forget_revisions(RevisedPart.ARTICLE, article.id)
    db.session.delete(article)
    db.session.flush()
    db.session.expire_all()
    touch(campaign)


def remove_update(campaign: Campaign, update: Update) -> None:
    """Remove what `purge_update` does, without writing it down."""
    cancel_deliveries(kind=SEND, about_id=update.id)
    recall_digests(update)
    forget_revisions(RevisedPart.UPDATE, update.id)
    db.session.delete(update)
    touch(campaign)


def purge_again(kind: Erased, names: Sequence[str]) -> int:
    """Remove what came back from a backup though it was purged since; return how much."""
    if not names:
        return 0
    purged, number = set(names), 0
    for campaign in db.session.scalars(select(Campaign)).all():
        for row, remove in list(_removable(campaign, kind)):
            if not purged.isdisjoint((erasure_name(row), former_erasure_name(row))):
                remove()
                number += 1
    return number


def _removable(campaign: Campaign, kind: Erased) -> Iterator[tuple[Part, Callable[[], None]]]:
    """Yield each row of a kind, and how it is removed."""
    if kind == Erased.EVENT:
        for event in campaign.events:
            yield event, partial(remove_event, campaign, event)
    elif kind == Erased.ARTICLE:
        for article in campaign.articles:
            yield article, partial(remove_article, campaign, article)
    else:
        for update in stored_updates(campaign.id):
            yield update, partial(remove_update, campaign, update)


def _rows_that_may_cite(campaign: Campaign) -> list[Correction | Revision]:
    revisions = select(Revision).where(Revision.campaign_id == campaign.id)
    corrections = [it for event in campaign.events for it in event.corrections]
    return [*corrections, *db.session.scalars(revisions).all()]


def _without(was: dict[str, Any], ref: str) -> dict[str, Any]:
    """Return how something read, without an article it rested on or was translated from."""
    kept = dict(was)
    if kept.get("translation_of") == ref:
        kept["translation_of"] = None
    if isinstance(sources := kept.get("sources"), list):
        kept["sources"] = [it for it in sources if it.get("article") != ref]
    return kept
