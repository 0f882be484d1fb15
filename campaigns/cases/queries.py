"""Every read of this room that has a condition. What is public is decided here, once."""

import hmac
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import selectinload

from campaigns.accounts.models import Organiser
from campaigns.cases.addresses import canonical_address
from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import (
    Article,
    Campaign,
    Detainee,
    Event,
    EventSource,
    FormerSlug,
    Revision,
)
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import CampaignState, NamePolicy, RevisedPart
from campaigns.config import current_settings
from campaigns.db import db
from campaigns.vault.keyring import derived_key

PUBLIC_STATES = (CampaignState.PUBLISHED, CampaignState.CLOSED, CampaignState.ARCHIVED)
WHOLE_CASE = (
    selectinload(Campaign.detainees).selectinload(Detainee.confirmations),
    selectinload(Campaign.articles),
    selectinload(Campaign.events).options(
        selectinload(Event.detainees),
        selectinload(Event.sources).joinedload(EventSource.article),
        selectinload(Event.corrections),
    ),
)


def find_campaign(slug: str) -> Campaign | None:
    """Return a campaign whatever its state, for organisers."""
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def all_campaigns() -> Sequence[Campaign]:
    """Return every campaign, in whatever state, by its slug."""
    return db.session.scalars(select(Campaign).order_by(Campaign.slug)).all()


def is_public(campaign: Campaign) -> bool:
    """Return whether visitors may see a campaign at all."""
    return campaign.state in PUBLIC_STATES


def may_have_been_read(campaign: Campaign) -> bool:
    """Return whether visitors may have read a campaign: it is public, or hidden for a report."""
    return is_public(campaign) or campaign.hidden_at is not None


def find_public_campaign(slug: str) -> Campaign | None:
    """Return a campaign visitors may see, or None. Raises CampaignRemoved."""
    campaign = find_campaign(slug)
    if campaign is not None and campaign.state == CampaignState.REMOVED:
        raise CampaignRemoved
    if campaign is None and is_former_slug(slug):
        raise CampaignRemoved
    return campaign if campaign is not None and is_public(campaign) else None


def former_slug_digest(slug: str) -> bytes:
    """Return what is kept of an address that told a name. Raises KeyMissing."""
    key = derived_key(current_settings().keys_path, "former slugs")
    return hmac.digest(key, slug.encode(), "sha256")


def is_former_slug(slug: str) -> bool:
    """Return whether a campaign stood at an address until a name in it was withdrawn."""
    # Nearly always there are none: then no key is needed either.
    return bool(db.session.scalar(select(exists().where(FormerSlug.digest.is_not(None))))) and (
        db.session.get(FormerSlug, former_slug_digest(slug)) is not None
    )


def load_whole_case(campaign_id: int) -> Campaign:
    """Return a campaign with everything of its case read in a handful of queries."""
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .options(*WHOLE_CASE)
        .execution_options(populate_existing=True)
    ).one()


def public_campaigns() -> Sequence[Campaign]:
    """Return every campaign visitors may see, newest first, with its whole case."""
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.state.in_(PUBLIC_STATES))
        .order_by(Campaign.published_at.desc(), Campaign.id.desc())
        .options(*WHOLE_CASE)
    ).all()


def open_campaigns(some: Collection[int] | None) -> Sequence[Campaign]:
    """Return the published campaigns among some, or among all, with what their status rests on."""
    query = select(Campaign).where(
        Campaign.state == CampaignState.PUBLISHED, Campaign.closed_on.is_(None)
    )
    if some is not None:
        query = query.where(Campaign.id.in_(some))
    return db.session.scalars(
        query.order_by(Campaign.title).options(
            selectinload(Campaign.detainees).selectinload(Detainee.confirmations),
            selectinload(Campaign.events).options(
                selectinload(Event.detainees), selectinload(Event.sources)
            ),
        )
    ).all()


def is_published(event: Event, now: datetime) -> bool:
    """Return whether visitors may have read an entry: published, and its embargo over."""
    embargo = event.embargo_until
    return event.published_at <= now and (embargo is None or embargo <= now)


def is_visible(event: Event, now: datetime) -> bool:
    """Return whether visitors may see an entry: published, and not hidden for a report."""
    return event.hidden_at is None and is_published(event, now)


def hidden_names(campaign: Campaign) -> NameFinder:
    """Return a finder of the names, in every script given, that may stand in no public text."""
    return NameFinder(
        name
        for detainee in campaign.detainees
        if detainee.name_policy != NamePolicy.FULL
        for name in (detainee.name, detainee.name_romanised)
        if name
    )


def next_position(campaign_id: int) -> int:
    """Return the place in the order entered that a new event takes."""
    last = db.session.scalar(
        select(func.max(Event.position)).where(Event.campaign_id == campaign_id)
    )
    return (last or 0) + 1


def find_event_by_token(token: str) -> Event | None:
    """Return the event a form with this idempotency token has made already."""
    return db.session.scalar(select(Event).where(Event.idempotency_token == token))


def find_article_at(campaign_id: int, url: str) -> Article | None:
    """Return the article of a campaign that has this address, however it is written."""
    wanted = canonical_address(url)
    found = db.session.scalars(
        select(Article)
        .where(Article.campaign_id == campaign_id, Article.url.is_not(None))
        .order_by(Article.position)
    )
    return next((it for it in found if it.url and canonical_address(it.url) == wanted), None)


def is_cited(article: Article) -> bool:
    """Return whether anything of a case rests on an article: an entry, a consent, a translation."""
    uses = (
        exists().where(EventSource.article_id == article.id),
        exists().where(Detainee.consent_article_id == article.id),
        exists().where(Article.translation_of_id == article.id),
    )
    return bool(db.session.scalar(select(or_(*uses))))


def next_article_position(campaign_id: int) -> int:
    """Return the place in the order entered that a new article takes."""
    last = db.session.scalar(
        select(func.max(Article.position)).where(Article.campaign_id == campaign_id)
    )
    return (last or 0) + 1


def find_campaign_by_token(token: str) -> Campaign | None:
    """Return the campaign a form with this idempotency token has made already."""
    return db.session.scalar(select(Campaign).where(Campaign.idempotency_token == token))


def lock_campaign_row(campaign: Campaign) -> None:
    """Read a campaign anew, and let nobody else who asks so change it before the commit."""
    db.session.refresh(campaign, with_for_update=True)


def find_article_by_token(token: str) -> Article | None:
    """Return the article a form with this idempotency token has added already."""
    return db.session.scalar(select(Article).where(Article.idempotency_token == token))


def find_event(campaign_id: int, event_id: int) -> Event | None:
    """Return an entry of a campaign, seen by visitors or not, for organisers."""
    return db.session.scalar(
        select(Event).where(Event.campaign_id == campaign_id, Event.id == event_id)
    )


def find_article(campaign_id: int, article_id: int) -> Article | None:
    """Return an article of a campaign, cited or not, for organisers."""
    return db.session.scalar(
        select(Article).where(Article.campaign_id == campaign_id, Article.id == article_id)
    )


def revisions_of(what: RevisedPart, object_id: int) -> Sequence[tuple[Revision, str | None]]:
    """Return every change of a part of a case, the last first, with the user name of who made it.

    None stands for the command line, and for somebody whose account is gone.
    """
    rows = db.session.execute(
        select(Revision, Organiser.username)
        .outerjoin(Organiser, Organiser.id == Revision.organiser_id)
        .where(Revision.what == what, Revision.object_id == object_id)
        .order_by(Revision.number.desc())
    )
    return [(revision, username) for revision, username in rows]
