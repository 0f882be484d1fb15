"""Withdrawing a name: everywhere it stands in a campaign, initials or nothing stand instead."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Column, Text, inspect, select
from sqlalchemy.exc import IntegrityError

from campaigns.cases.errors import SlugTaken
from campaigns.cases.models import (
    Article,
    Campaign,
    Correction,
    Detainee,
    Event,
    EventSource,
    FormerSlug,
    Revision,
)
from campaigns.cases.operations import touch
from campaigns.cases.queries import former_slug_digest, load_whole_case
from campaigns.cases.replacing import NameReplacer
from campaigns.cases.vocabulary import NamePolicy
from campaigns.db import Base, db, insert_into
from campaigns.mail.runs import recall_campaign
from campaigns.petitions.models import EarlierText, ExportRequest, PaperBatch, PublicSigner
from campaigns.petitions.queries import commented_signers, petition_of
from campaigns.reports.models import Report
from campaigns.updates.models import Update
from campaigns.updates.queries import stored_updates

# Taken out altogether: a part of an address leads nowhere.
ADDRESSES = frozenset({"url", "archived_url", "run_by_url", "page"})
# Replaced by what says nothing; a slug by one that its organiser chooses.
REFS = frozenset({"ref"})
# Codes, and an address that mail must go on to reach.
LEFT_ALONE = frozenset(
    {
        "slug", "country", "timezone", "locale", "language", "date_edtf", "published",
        "idempotency_token", "run_by_contact", "contact", "reference",
    }
)  # fmt: skip
# The names themselves stay with organisers, who must know whom they speak of; and signers are
# called what they are.
NAMES = frozenset({"name", "name_romanised"})
TITLES: Mapping[type[Base], Callable[[Any], object]] = {
    Event: lambda event: event.summary,
    Article: lambda article: article.title,
    Update: lambda update: update.title,
    Detainee: lambda detainee: detainee.name_romanised or detainee.name,
    EarlierText: lambda earlier: earlier.version,
    PaperBatch: lambda batch: batch.on.isoformat(),
    PublicSigner: lambda signer: signer.name,
}


@dataclass(frozen=True, slots=True)
class NamePlace:
    """A place where a name stands."""

    part: str
    # The table, as `campaign` or `earlier_text`.
    title: str
    # What organisers know the part by; empty where there is only one.
    field: str


def names_of(detainee: Detainee, others: Iterable[str] = ()) -> list[str]:
    """Return what a detainee is called, and other spellings organisers know of."""
    return [it for it in (detainee.name, detainee.name_romanised, *others) if it]


def words_of(detainee: Detainee) -> list[str]:
    """Return each of a detainee's names alone, which may be anybody's: organisers decide."""
    return [it for name in names_of(detainee) for it in name.split() if len(it) > 2]


def find_name(campaign: Campaign, detainee: Detainee, others: Iterable[str]) -> list[NamePlace]:
    """Return every place where one of the names stands, the slug first."""
    replacer = NameReplacer(names_of(detainee, others), "")
    found = [
        NamePlace(row.__tablename__, _title(row), name)
        for row in _rows(load_whole_case(campaign.id))
        for name, _new in _changes(row, replacer)
    ]
    if replacer.stands_in_address(campaign.slug):
        return [NamePlace("campaign", "", "slug"), *found]
    return found


def withdraw_name(
    campaign: Campaign,
    detainee: Detainee,
    *,
    others: Sequence[str],
    policy: NamePolicy,
    replacement: str,
    slug: str,
) -> int:
    """Let a name stand nowhere but with organisers; return in how many places it stood.

    `replacement` stands instead of it in texts; addresses that tell it go. Another `slug` lets the
    old one answer 410. What workers have written by now, but not sent, they write anew. Raises
    SlugTaken, ValueError for a slug that tells it too, and KeyMissing.
    """
    replacer = NameReplacer(names_of(detainee, others), replacement)
    if replacer.stands_in_address(slug):
        raise ValueError("The new address tells the name.")
    places = len(find_name(campaign, detainee, others))
    campaign = load_whole_case(campaign.id)
    _rename(campaign, replacer)
    for row in list(_rows(campaign)):
        for name, new in list(_changes(row, replacer)):
            setattr(row, name, new)
    detainee.name_policy = policy
    detainee.consent_by = detainee.consent_on = detainee.consent_scope = None
    detainee.consent_article = None
    if slug != campaign.slug:
        _move(campaign, slug)
    db.session.flush()
    recall_campaign(campaign.id)
    touch(campaign)
    return places


def _move(campaign: Campaign, slug: str) -> None:
    """Give a campaign another address; the old one is gone for good, and stands nowhere."""
    former = insert_into(FormerSlug).values(digest=former_slug_digest(campaign.slug))
    db.session.execute(former.on_conflict_do_nothing())
    try:
        with db.session.begin_nested():
            campaign.slug = slug
    except IntegrityError:
        raise SlugTaken from None


def _rows(campaign: Campaign) -> Iterator[Base]:
    """Yield everything of a campaign that holds texts, in the order they are read."""
    yield campaign
    yield from campaign.detainees
    petition = petition_of(campaign.id)
    if petition is not None:
        yield petition
        yield from petition.earlier
        yield from petition.paper
        yield from commented_signers(petition.id)
    for event in campaign.events:
        yield event
        yield from event.sources
        yield from event.corrections
    yield from campaign.articles
    yield from stored_updates(campaign.id)
    for model in (Revision, ExportRequest, Report):
        rows = select(model).where(model.campaign_id == campaign.id).order_by(model.id)
        yield from db.session.scalars(rows).all()


def _changes(row: Base, replacer: NameReplacer) -> Iterator[tuple[str, Any]]:
    """Yield each column of a row in which a name stands, and what is to stand there instead."""
    for column in inspect(type(row)).columns:
        name, value = column.key, getattr(row, column.key)
        if not value or not isinstance(column.type, Text | JSON) or name in LEFT_ALONE:
            continue
        if isinstance(row, Detainee | PublicSigner) and name in NAMES:
            continue
        if name in ADDRESSES or name in REFS:
            if replacer.stands_in_address(value):
                yield name, _without_name(row, column)
        elif (new := replacer.replace(value)) != value:
            yield name, new


def _rename(campaign: Campaign, replacer: NameReplacer) -> None:
    """Give new refs to what was called by a name, in what is kept of earlier wordings too."""
    people = _new_refs(campaign.detainees, replacer)
    articles = _new_refs(campaign.articles, replacer)
    _new_refs(campaign.events, replacer)
    kept: list[Correction | Revision] = [it for row in campaign.events for it in row.corrections]
    kept += db.session.scalars(select(Revision).where(Revision.campaign_id == campaign.id)).all()
    for past in kept:
        was = dict(past.was)
        if isinstance(concerned := was.get("detainees"), list):
            was["detainees"] = [people.get(it, it) for it in concerned]
        if isinstance(sources := was.get("sources"), list):
            was["sources"] = [
                it | {"article": articles.get(it["article"], it["article"])} for it in sources
            ]
        if (original := was.get("translation_of")) in articles:
            was["translation_of"] = articles[original]
        if was != past.was:
            past.was = was


def _new_refs(rows: Iterable[Detainee | Article | Event], replacer: NameReplacer) -> dict[str, str]:
    """Give rows that are called by a name new refs; return them by the old ones."""
    given = {}
    for row in rows:
        if replacer.stands_in_address(row.ref):
            old, row.ref = row.ref, _new_ref(row)
            given[old] = row.ref
    return given


def _without_name(row: Base, column: Column[Any]) -> str | None:
    if column.key in REFS:
        return _new_ref(row)
    return None if column.nullable else ""


def _new_ref(row: Any) -> str:
    return f"{row.__tablename__}-{uuid4().hex[:12]}"


def _title(row: Base) -> str:
    """Return what organisers know a part by."""
    whole = row.event if isinstance(row, EventSource | Correction) else row
    return next((str(told(whole)) for kind, told in TITLES.items() if isinstance(whole, kind)), "")
