"""Taking in a case file: all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from campaigns.casefiles.demo.texts import demo_case_files
from campaigns.casefiles.document import (
    EVERYONE,
    ArticleEntry,
    CampaignEntry,
    CaseFile,
    DetaineeEntry,
    EventEntry,
    PetitionEntry,
)
from campaigns.casefiles.errors import CampaignDiffers, Faults, ImportedMeanwhile
from campaigns.casefiles.exposure import find_exposed_names, find_names_in_updates
from campaigns.casefiles.queries import (
    any_campaign,
    lock_campaign,
    stored_case_file,
)
from campaigns.casefiles.reading import read_case_file
from campaigns.casefiles.revisions import (
    changed_refs,
    check_nothing_is_taken_back,
    differing_places,
    fill_in,
    with_revisions,
)
from campaigns.cases.contents import article_as_written, changed_fields, event_as_written
from campaigns.cases.models import (
    Article,
    Campaign,
    Confirmation,
    Correction,
    Detainee,
    Event,
    EventSource,
)
from campaigns.cases.operations import touch
from campaigns.cases.queries import is_published, may_have_been_read
from campaigns.cases.revisions import record_made, record_revision
from campaigns.cases.vocabulary import CampaignState, RevisedPart
from campaigns.db import Base, db, utcnow
from campaigns.petitions.models import PaperBatch, Petition, Tally
from campaigns.petitions.queries import is_signed, petition_of
from campaigns.petitions.tallies import record_goals
from campaigns.petitions.texts import changes_text, keep_text
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.queries import stored_updates
from campaigns.vault.addresses import RULES
from campaigns.vault.operations import make_campaign_indexes, make_campaign_keys

Row = TypeVar("Row", bound=Base)
Named = TypeVar("Named", Article, Detainee, Event)
Item = TypeVar("Item")


class Outcome(StrEnum):
    """What an import came to."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to, and the campaign it was about."""

    outcome: Outcome
    campaign: Campaign


def import_case_file(case: CaseFile, *, update: bool, keys_folder: Path) -> ImportResult:
    """Make the campaign a case file describes, or bring a stored one up to it.

    A new campaign gets its keys, encrypted in part by the file in `keys_folder`. One that is stored
    as the file says is left alone. One that differs is changed only with `update`, by the rule in
    `revisions`; its rows, supporters and tally stay.

    Raises CampaignDiffers without `update`, CaseFileErrors when an update would take something
    back or show a hidden name, ImportedMeanwhile when two imports made the same campaign, and
    KeyMissing. The caller then rolls back.
    """
    campaign = lock_campaign(case.campaign.slug)
    if campaign is None:
        return ImportResult(Outcome.CREATED, _create(case, keys_folder))
    stored = stored_case_file(campaign.id)
    wanted = fill_in(case, stored)
    if campaign.hidden_at is not None:
        # Its mail waits until the report is decided, not until somebody imports an older file.
        wanted = replace(wanted, campaign=replace(wanted.campaign, state=CampaignState.REMOVED))
    if wanted == stored:
        return ImportResult(Outcome.UNCHANGED, campaign)
    if not update:
        raise CampaignDiffers(case.campaign.slug, differing_places(wanted, stored))
    _update(campaign, wanted, stored, keys_folder)
    return ImportResult(Outcome.UPDATED, campaign)


def load_demo(keys_folder: Path) -> int:
    """Import the demo campaigns into a database that has no campaign; returns how many.

    Raises what `import_case_file` does.
    """
    if any_campaign():
        return 0
    texts = demo_case_files(utcnow())
    for text in texts:
        import_case_file(read_case_file(text), update=False, keys_folder=keys_folder)
    return len(texts)


def _create(case: CaseFile, keys_folder: Path) -> Campaign:
    try:
        with db.session.begin_nested():
            campaign = Campaign(slug=case.campaign.slug)
            _put_campaign(campaign, case.campaign)
            db.session.add(campaign)
    except IntegrityError:
        raise ImportedMeanwhile(
            f"The campaign {case.campaign.slug} was made by somebody else just now: import again."
        ) from None
    make_campaign_keys(keys_folder, campaign.id)
    _put_case(campaign, case, changed={event.ref for event in case.events})
    return campaign


def _update(campaign: Campaign, wanted: CaseFile, stored: CaseFile, keys_folder: Path) -> None:
    now = utcnow()
    today = now.astimezone(ZoneInfo(wanted.campaign.timezone)).date()
    seen = {
        event.ref
        for event in campaign.events
        if may_have_been_read(campaign) and is_published(event, now)
    }
    wanted = with_revisions(wanted, stored, seen=seen, today=today)
    faults = Faults()
    check_nothing_is_taken_back(wanted, stored, faults)
    find_exposed_names(wanted, faults)
    find_names_in_updates(wanted.detainees, stored_updates(campaign.id), faults)
    faults.raise_any()
    if wanted.campaign.mode != stored.campaign.mode:
        switch_to_high_risk(campaign)
    over = (CampaignState.ARCHIVED, CampaignState.REMOVED)
    if campaign.archived_at and wanted.campaign.state not in over:
        make_campaign_indexes(keys_folder, campaign.id)
    zone = ZoneInfo(stored.campaign.timezone)
    before = _as_written(campaign, zone)
    _put_campaign(campaign, wanted.campaign)
    _put_case(campaign, wanted, changed=changed_refs(wanted, stored))
    _keep_history(campaign, before, zone)
    touch(campaign)


def _as_written(campaign: Campaign, zone: ZoneInfo) -> dict[tuple[RevisedPart, int], Any]:
    """Return how each event and article reads."""
    return {
        (RevisedPart.EVENT, event.id): event_as_written(event, zone) for event in campaign.events
    } | {
        (RevisedPart.ARTICLE, article.id): article_as_written(article, zone)
        for article in campaign.articles
    }


def _keep_history(
    campaign: Campaign, before: dict[tuple[RevisedPart, int], Any], zone: ZoneInfo
) -> None:
    """Put on record what an update has changed; nobody's account did it."""
    for part, now in _as_written(campaign, zone).items():
        what, object_id = part
        if part not in before:
            record_made(what, object_id, campaign_id=campaign.id, organiser_id=None)
        elif was := changed_fields(before[part], now):
            record_revision(what, object_id, campaign_id=campaign.id, organiser_id=None, was=was)


def _put_case(campaign: Campaign, case: CaseFile, *, changed: set[str]) -> None:
    petition = petition_of(campaign.id)
    # Collections are read now, and nothing is written before every row is complete.
    known = (campaign.articles, campaign.detainees, campaign.events)
    with db.session.no_autoflush:
        articles = _put_articles(known[0], case.articles)
        detainees = _put_detainees(known[1], case.detainees, articles)
        _put_events(known[2], case.events, articles, detainees, changed)
        if case.petition:
            petition = _put_petition(campaign, petition, case.petition)
    db.session.flush()
    if petition:
        record_goals(petition.id)


def _put_campaign(campaign: Campaign, entry: CampaignEntry) -> None:
    _set(
        campaign,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        demand=entry.demand,
        country=entry.country,
        timezone=entry.timezone,
        locale=entry.locale,
        mode=entry.mode,
        state=entry.state,
        closed_on=entry.closed_on,
        colour=entry.colour,
        run_by_name=entry.run_by.name,
        run_by_contact=entry.run_by.contact,
        run_by_url=entry.run_by.url,
        tags=list(entry.tags),
        translations=_texts(entry.translations),
    )
    if campaign.published_at is None and entry.state != CampaignState.DRAFT:
        campaign.published_at = utcnow()
    if entry.state == CampaignState.ARCHIVED:
        campaign.archived_at = campaign.archived_at or utcnow()
    elif entry.state != CampaignState.REMOVED:
        # What is taken down comes back as it was.
        campaign.archived_at = None


def _put_articles(rows: list[Article], entries: Sequence[ArticleEntry]) -> dict[str, Article]:
    by_ref = {row.ref: row for row in rows}
    for position, entry in enumerate(entries, start=1):
        row = _row(rows, by_ref, entry.ref, Article)
        _set(
            row,
            position=position,
            url=entry.url,
            title=entry.title,
            outlet=entry.outlet,
            author=entry.author,
            language=entry.language,
            published=entry.published,
            excerpt=entry.excerpt,
            archived_url=entry.archived_url,
            archived_at=entry.archived_at,
            kind=entry.kind,
        )
    for entry in entries:
        original = entry.translation_of
        by_ref[entry.ref].translation_of = by_ref[original] if original else None
    return by_ref


def _put_detainees(
    rows: list[Detainee], entries: Sequence[DetaineeEntry], articles: dict[str, Article]
) -> dict[str, Detainee]:
    by_ref = {row.ref: row for row in rows}
    for position, entry in enumerate(entries, start=1):
        row = _row(rows, by_ref, entry.ref, Detainee)
        consent = entry.consent
        _set(
            row,
            position=position,
            name=entry.name,
            name_romanised=entry.name_romanised,
            name_policy=entry.name_policy,
            consent_by=consent.by if consent else None,
            consent_on=consent.on if consent else None,
            consent_scope=consent.scope if consent else None,
            consent_article=articles[consent.article] if consent and consent.article else None,
            proceedings=list(entry.proceedings),
        )
        _fit(row.confirmations, entry.confirmed, Confirmation, asdict)
    return by_ref


def _put_events(
    rows: list[Event],
    entries: Sequence[EventEntry],
    articles: dict[str, Article],
    detainees: dict[str, Detainee],
    changed: set[str],
) -> None:
    by_ref = {row.ref: row for row in rows}
    now = utcnow()
    for position, entry in enumerate(entries, start=1):
        row = _row(rows, by_ref, entry.ref, Event)
        if entry.ref in changed:
            _put_event(row, entry, detainees, now)
        elif row.position != position:
            # Another place in the order is no change of the entry itself for readers of feeds.
            flag_modified(row, "updated_at")
        row.position = position
        if entry.ref in changed:
            _put_evidence(row, entry, articles)


def _put_event(
    row: Event, entry: EventEntry, detainees: dict[str, Detainee], now: datetime
) -> None:
    everyone = entry.detainees == EVERYONE
    actor, hearing, handover, retracted = (
        entry.actor, entry.hearing, entry.handover, entry.retracted
    )  # fmt: skip
    _set(
        row,
        kind=entry.kind,
        date_edtf=entry.date,
        everyone=everyone,
        detainees=[] if everyone else [detainees[ref] for ref in entry.detainees],
        proceeding=entry.proceeding,
        place=entry.place,
        disclosure=entry.disclosure,
        actor_name=actor.name if actor else None,
        actor_kind=actor.kind if actor else None,
        actor_state_link=actor.state_link if actor else None,
        summary=entry.summary,
        text=entry.text,
        by=entry.by,
        confidence=entry.confidence,
        learned_at=entry.learned_at,
        published_at=entry.published_at or now,
        embargo_until=entry.embargo_until,
        hidden_at=entry.hidden_at,
        retracted_on=retracted.on if retracted else None,
        retracted_reason=retracted.reason if retracted else None,
        hearing_starts_at=hearing.starts_at if hearing else None,
        hearing_court=hearing.court if hearing else None,
        hearing_status=hearing.status if hearing else None,
        hearing_previous_starts_at=hearing.previous_starts_at if hearing else None,
        handover_count=handover.count if handover else None,
        handover_at_least=handover.at_least if handover else False,
        handover_to=handover.to if handover else None,
        handover_reply=handover.reply if handover else None,
        translations=_texts(entry.translations),
        updated_at=now,
    )


def _put_evidence(row: Event, entry: EventEntry, articles: dict[str, Article]) -> None:
    _fit(
        row.sources,
        entry.sources,
        EventSource,
        lambda source: {
            "article": articles[source.article],
            "stance": source.stance,
            "note": source.note,
        },
    )
    _fit(row.corrections, entry.corrections, Correction, asdict)


def _put_petition(campaign: Campaign, row: Petition | None, entry: PetitionEntry) -> Petition:
    content = {
        "title": entry.title,
        "text": entry.text,
        "translations": _texts(entry.translations),
    }
    if row is None:
        row = Petition(campaign_id=campaign.id, address_rules=RULES, tally=Tally(online=0))
    elif is_signed(row) and changes_text(row, content):
        keep_text(row, campaign.today)
    _set(
        row,
        **content,
        addressee=entry.addressee,
        handover_names=entry.handover_names,
        goals=list(entry.goals),
        opens=entry.opens,
        closes=entry.closes,
        state=entry.state,
    )
    _fit(row.paper, entry.paper, PaperBatch, asdict)
    db.session.add(row)
    return row


def _row(rows: list[Named], by_ref: dict[str, Named], ref: str, kind: type[Named]) -> Named:
    """Return the row of a ref, a new one at the end of the list when there is none."""
    if ref not in by_ref:
        by_ref[ref] = kind(ref=ref)
        rows.append(by_ref[ref])
    return by_ref[ref]


def _fit(
    rows: list[Row],
    items: Sequence[Item],
    kind: Callable[[], Row],
    content: Callable[[Item], dict[str, Any]],
) -> None:
    """Make the rows of a list say what the items say, in their order, keeping rows where we can."""
    for index, item in enumerate(items):
        row = rows[index] if index < len(rows) else kind()
        _set(row, position=index + 1, **content(item))
        if index == len(rows):
            rows.append(row)
    del rows[len(items) :]


def _set(row: Base, **content: Any) -> None:
    for name, value in content.items():
        setattr(row, name, value)


def _texts(translations: dict[str, Any]) -> dict[str, Any]:
    return {
        locale: {name: text for name, text in asdict(texts).items() if text is not None}
        for locale, texts in translations.items()
    }
