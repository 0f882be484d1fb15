"""Reading a stored campaign as a case file."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import selectinload

from campaigns.casefiles.document import (
    EVERYONE,
    Actor,
    ArticleEntry,
    CampaignEntry,
    CampaignTexts,
    CaseFile,
    Confirmed,
    Consent,
    CorrectionEntry,
    DetaineeEntry,
    EventEntry,
    EventTexts,
    Handover,
    Hearing,
    Paper,
    PetitionEntry,
    PetitionTexts,
    Retraction,
    RunBy,
    Source,
)
from campaigns.casefiles.writing import write_case_file
from campaigns.cases.models import Article, Campaign, Detainee, Event
from campaigns.cases.queries import load_whole_case
from campaigns.db import db
from campaigns.petitions.models import Petition


def export_case_file(campaign: Campaign) -> str:
    """Return a campaign's case file as text, ready to be written as UTF-8."""
    return write_case_file(stored_case_file(campaign.id))


def stored_case_file(campaign_id: int) -> CaseFile:
    """Return a campaign as it is stored, in any state, hidden parts and all."""
    campaign = load_whole_case(campaign_id)
    petition = db.session.scalar(
        select(Petition)
        .where(Petition.campaign_id == campaign_id)
        .options(selectinload(Petition.paper))
        .execution_options(populate_existing=True)
    )
    return CaseFile(
        campaign=_campaign(campaign),
        detainees=tuple(_detainee(row) for row in campaign.detainees),
        articles=tuple(_article(row) for row in campaign.articles),
        events=tuple(_event(row) for row in campaign.events),
        petition=_petition(petition) if petition else None,
    )


def lock_campaign(slug: str) -> Campaign | None:
    """Return a campaign whatever its state, locked against other changes of it."""
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug).with_for_update())


def any_campaign() -> bool:
    """Return whether there is a campaign at all."""
    return bool(db.session.scalar(select(exists(select(Campaign.id)))))


def _campaign(row: Campaign) -> CampaignEntry:
    return CampaignEntry(
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        body=row.body,
        demand=row.demand,
        country=row.country,
        timezone=row.timezone,
        locale=row.locale,
        mode=row.mode,
        state=row.state,
        closed_on=row.closed_on,
        colour=row.colour,
        run_by=RunBy(name=row.run_by_name, contact=row.run_by_contact, url=row.run_by_url),
        tags=tuple(row.tags),
        translations={
            locale: CampaignTexts(**_shown(row, CampaignTexts, texts))
            for locale, texts in row.translations.items()
        },
    )


def _shown(
    row: Campaign | Petition, texts: type[Any], translated: Mapping[str, str]
) -> dict[str, str]:
    """Return what visitors read in a language: the original where it was not translated."""
    return {field.name: getattr(row, field.name) for field in fields(texts)} | dict(translated)


def _detainee(row: Detainee) -> DetaineeEntry:
    consent = None
    if row.consent_by and row.consent_on:
        consent = Consent(
            by=row.consent_by,
            on=row.consent_on,
            scope=row.consent_scope or "",
            article=row.consent_article.ref if row.consent_article else None,
        )
    return DetaineeEntry(
        ref=row.ref,
        name=row.name,
        name_romanised=row.name_romanised,
        name_policy=row.name_policy,
        consent=consent,
        proceedings=tuple(row.proceedings),
        confirmed=tuple(
            Confirmed(on=item.on, source_kind=item.source_kind) for item in row.confirmations
        ),
    )


def _article(row: Article) -> ArticleEntry:
    return ArticleEntry(
        ref=row.ref,
        url=row.url,
        title=row.title,
        outlet=row.outlet,
        author=row.author,
        language=row.language,
        published=row.published,
        excerpt=row.excerpt,
        archived_url=row.archived_url,
        archived_at=row.archived_at,
        kind=row.kind,
        translation_of=row.translation_of.ref if row.translation_of else None,
    )


def _event(row: Event) -> EventEntry:
    return EventEntry(
        ref=row.ref,
        kind=row.kind,
        date=row.date_edtf,
        detainees=EVERYONE if row.everyone else tuple(one.ref for one in row.detainees),
        proceeding=row.proceeding,
        place=row.place,
        disclosure=row.disclosure,
        actor=_actor(row),
        summary=row.summary,
        text=row.text,
        by=row.by,
        confidence=row.confidence,
        sources=tuple(
            Source(article=source.article.ref, stance=source.stance, note=source.note)
            for source in row.sources
        ),
        learned_at=row.learned_at,
        published_at=row.published_at,
        embargo_until=row.embargo_until,
        hidden_at=row.hidden_at,
        retracted=_retraction(row),
        corrections=tuple(
            CorrectionEntry(on=item.on, note=item.note, was=item.was) for item in row.corrections
        ),
        hearing=_hearing(row),
        handover=_handover(row),
        translations={locale: EventTexts(**texts) for locale, texts in row.translations.items()},
    )


def _actor(row: Event) -> Actor | None:
    if row.actor_name is None or row.actor_kind is None or row.actor_state_link is None:
        return None
    return Actor(name=row.actor_name, kind=row.actor_kind, state_link=row.actor_state_link)


def _retraction(row: Event) -> Retraction | None:
    if row.retracted_on is None:
        return None
    return Retraction(on=row.retracted_on, reason=row.retracted_reason or "")


def _hearing(row: Event) -> Hearing | None:
    if row.hearing_starts_at is None or row.hearing_status is None:
        return None
    return Hearing(
        starts_at=row.hearing_starts_at,
        court=row.hearing_court or "",
        status=row.hearing_status,
        previous_starts_at=row.hearing_previous_starts_at,
    )


def _handover(row: Event) -> Handover | None:
    if row.handover_count is None:
        return None
    return Handover(
        count=row.handover_count,
        at_least=row.handover_at_least,
        to=row.handover_to or "",
        reply=row.handover_reply,
    )


def _petition(row: Petition) -> PetitionEntry:
    return PetitionEntry(
        title=row.title,
        text=row.text,
        addressee=row.addressee,
        handover_names=row.handover_names,
        goals=tuple(row.goals),
        opens=row.opens,
        closes=row.closes,
        state=row.state,
        paper=tuple(Paper(on=item.on, count=item.count, note=item.note) for item in row.paper),
        translations={
            locale: PetitionTexts(**_shown(row, PetitionTexts, texts))
            for locale, texts in row.translations.items()
        },
    )
