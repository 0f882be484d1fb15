"""What is done to a campaign and its detainees themselves, besides the entries of the timeline."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import IntegrityError

from campaigns.cases.errors import DetaineeNamed, NameWithoutBasis, SlugTaken
from campaigns.cases.models import Article, Campaign, Detainee, Event, event_detainee
from campaigns.cases.operations import TokenUsed, touch
from campaigns.cases.queries import find_campaign_by_token
from campaigns.cases.vocabulary import ConsentBy, NamePolicy
from campaigns.db import db
from campaigns.vault.operations import make_campaign_keys


@dataclass(frozen=True, slots=True)
class Consent:
    """Why a full name may be published."""

    by: ConsentBy
    on: date
    scope: str
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a detainee."""

    name: str
    name_romanised: str | None
    policy: NamePolicy
    consent: Consent | None = None
    proceedings: tuple[str, ...] = ()


def begin_campaign(*, token: str, slug: str, keys_folder: Path, **content: Any) -> Campaign:
    """Make a draft with its keys; `content` holds columns of `Campaign` by their names.

    A token that has made this campaign already returns that one: a form sent twice makes one.
    Raises SlugTaken, TokenUsed when the token has made another, and KeyMissing.
    """
    campaign = Campaign(slug=slug, idempotency_token=token, **content)
    try:
        with db.session.begin_nested():
            db.session.add(campaign)
    except IntegrityError:
        known = find_campaign_by_token(token)
        if known is None:
            raise SlugTaken from None
        if known.slug != slug:
            raise TokenUsed from None
        return known
    make_campaign_keys(keys_folder, campaign.id)
    return campaign


def edit_campaign(campaign: Campaign, **content: Any) -> None:
    """Change columns of a campaign by their names. Raises SlugTaken."""
    try:
        with db.session.begin_nested():
            for name, value in content.items():
                setattr(campaign, name, value)
    except IntegrityError:
        raise SlugTaken from None
    touch(campaign)


def add_detainee(campaign: Campaign, person: Person) -> Detainee:
    """Add somebody to those a campaign is for, last in their order. Raises NameWithoutBasis."""
    _require_basis(person)
    taken = {it.ref for it in campaign.detainees}
    number = next(it for it in range(1, len(taken) + 2) if f"person-{it}" not in taken)
    detainee = Detainee(
        # Others may read it: it says nothing of the name.
        ref=f"person-{number}",
        position=len(campaign.detainees) + 1,
        **_columns(person),
    )
    campaign.detainees.append(detainee)
    touch(campaign)
    return detainee


def edit_detainee(detainee: Detainee, person: Person) -> None:
    """Say anew who a detainee is and what may be published. Raises NameWithoutBasis."""
    _require_basis(person)
    for name, value in _columns(person).items():
        setattr(detainee, name, value)
    touch(detainee.campaign)


def move_up(detainee: Detainee) -> None:
    """Let a detainee change places with the one before, if there is one."""
    before = [it for it in detainee.campaign.detainees if it.position < detainee.position]
    if not before:
        return
    other = before[-1]
    detainee.position, other.position = other.position, detainee.position
    touch(detainee.campaign)


def remove_detainee(detainee: Detainee) -> None:
    """Take a detainee out of a campaign.

    Raises DetaineeNamed while an entry is about them; once visitors may have read them, those about
    everybody are, and the last detainee stays.
    """
    campaign = detainee.campaign
    named = exists().where(event_detainee.c.detainee_id == detainee.id)
    all_are = exists().where(Event.campaign_id == campaign.id, Event.everyone.is_(True))
    public = campaign.published_at is not None
    last = public and len(campaign.detainees) == 1
    if last or db.session.scalar(select(or_(named, all_are) if public else named)):
        raise DetaineeNamed
    campaign.detainees.remove(detainee)
    for position, other in enumerate(campaign.detainees, start=1):
        other.position = position
    touch(campaign)


def _require_basis(person: Person) -> None:
    if person.policy == NamePolicy.FULL and person.consent is None:
        raise NameWithoutBasis


def _columns(person: Person) -> dict[str, Any]:
    consent = person.consent
    return {
        "name": person.name,
        "name_romanised": person.name_romanised,
        "name_policy": person.policy,
        "consent_by": consent.by if consent else None,
        "consent_on": consent.on if consent else None,
        "consent_scope": consent.scope if consent else None,
        "consent_article": consent.article if consent else None,
        "proceedings": list(person.proceedings),
    }
