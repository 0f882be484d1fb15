"""What must hold between the fields of a case file that are each right by themselves."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from campaigns.casefiles.document import (
    EVERYONE,
    ArticleEntry,
    CampaignEntry,
    DetaineeEntry,
    EventEntry,
    PetitionEntry,
    SoundParts,
)
from campaigns.casefiles.errors import Faults
from campaigns.casefiles.syntax import quoted
from campaigns.cases.dates import parse_edtf
from campaigns.cases.vocabulary import CampaignState, ConsentBy, EventKind, NamePolicy

SHOWN = frozenset({CampaignState.PUBLISHED, CampaignState.CLOSED, CampaignState.ARCHIVED})

# An archived campaign without the day it closed would go on counting days and taking signatures.
ENDED = frozenset({CampaignState.CLOSED, CampaignState.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Refs:
    """How often a file declares each ref, parts with faults included."""

    detainees: Counter[str]
    articles: Counter[str]
    events: Counter[str]


def check_references(parts: SoundParts, refs: Refs, today: date, faults: Faults) -> None:
    """Note what does not fit together; `today` is the day in the campaign's zone."""
    _check_refs_differ(refs, faults)
    if parts.campaign:
        _check_campaign(parts.campaign, today, faults)
        _check_languages(parts, parts.campaign.locale, faults)
    for detainee in parts.detainees:
        _check_detainee(detainee, parts.campaign, refs, today, faults)
    _check_translations(parts.articles, refs, faults)
    labels = {detainee.ref: detainee.proceedings for detainee in parts.detainees}
    for event in parts.events:
        _check_event(event, refs, today, faults)
        _check_proceeding(event, labels, faults)
    if parts.petition:
        _check_petition(parts.petition, today, faults)


def _check_refs_differ(refs: Refs, faults: Faults) -> None:
    for noun, declared in (
        ("detainee", refs.detainees),
        ("article", refs.articles),
        ("event", refs.events),
    ):
        for ref, times in declared.items():
            if times > 1:
                faults.add(f"{noun} {ref}, ref", "stands twice: give each its own.")


def _check_campaign(campaign: CampaignEntry, today: date, faults: Faults) -> None:
    if campaign.state in ENDED and campaign.closed_on is None:
        faults.add(
            "campaign, closed_on", "is missing: a closed or archived campaign says since which day."
        )
    if campaign.state == CampaignState.PUBLISHED and campaign.closed_on is not None:
        faults.add(
            "campaign, closed_on", "stands in a campaign that is not closed: take it out, or set "
            "the state to closed."
        )  # fmt: skip
    _check_past(campaign.closed_on, today, "campaign, closed_on", faults)
    for tag in _repeated(campaign.tags):
        faults.add("campaign, tags", f"{quoted(tag)} stands twice: keep one.")


def _check_detainee(
    detainee: DetaineeEntry,
    campaign: CampaignEntry | None,
    refs: Refs,
    today: date,
    faults: Faults,
) -> None:
    place = f"detainee {detainee.ref}"
    consent = detainee.consent
    shown = campaign is not None and campaign.state in SHOWN
    if detainee.name_policy == NamePolicy.FULL and shown and consent is None:
        faults.add(
            f"{place}, consent", "is missing: a full name is published only with a recorded basis. "
            "Add it, or set name_policy to initials or withheld."
        )  # fmt: skip
    if consent is not None:
        _check_past(consent.on, today, f"{place}, consent, on", faults)
        if consent.article is not None:
            where = f"{place}, consent, article"
            _check_known(consent.article, refs.articles, "article", where, faults)
        elif consent.by == ConsentBy.PUBLIC_RECORD:
            faults.add(
                f"{place}, consent, article", "is missing: name the article of the public record."
            )
    for label in _repeated(detainee.proceedings):
        faults.add(f"{place}, proceedings", f"{quoted(label)} stands twice: keep one.")
    for number, confirmed in enumerate(detainee.confirmed, start=1):
        _check_past(confirmed.on, today, f"{place}, confirmed {number}, on", faults)


def _check_translations(articles: Sequence[ArticleEntry], refs: Refs, faults: Faults) -> None:
    for article in articles:
        if article.translation_of is not None:
            place = f"article {article.ref}, translation_of"
            _check_known(article.translation_of, refs.articles, "article", place, faults)
    original = {article.ref: article.translation_of for article in articles}
    done: set[str] = set()
    for start in original:
        path: list[str] = []
        ref: str | None = start
        while ref is not None and ref in original and ref not in done:
            done.add(ref)
            path.append(ref)
            ref = original[ref]
        if ref in path:
            faults.add(
                f"article {ref}, translation_of",
                "leads back to the article itself: leave it out of the original.",
            )


def _check_event(event: EventEntry, refs: Refs, today: date, faults: Faults) -> None:
    place = f"event {event.ref}"
    earliest = parse_edtf(event.date).earliest
    if event.kind != EventKind.HEARING and earliest is not None and earliest > today:
        faults.add(f"{place}, date", "lies in the future: only a hearing can.")
    if event.hearing is not None and event.kind != EventKind.HEARING:
        faults.add(f"{place}, hearing", f"belongs to the kind hearing, not {event.kind}.")
    if event.handover is not None and event.kind != EventKind.PETITION_HANDOVER:
        faults.add(
            f"{place}, handover", f"belongs to the kind petition_handover, not {event.kind}."
        )
    _check_concerned(event.detainees, refs, f"{place}, detainees", faults)
    _check_sources([source.article for source in event.sources], refs, f"{place}, sources", faults)
    if event.retracted is not None:
        _check_past(event.retracted.on, today, f"{place}, retracted, on", faults)
    for number, correction in enumerate(event.corrections, start=1):
        where = f"{place}, corrections {number}"
        _check_past(correction.on, today, f"{where}, on", faults)
        _check_was(correction.was, refs, f"{where}, was", faults)
        if not correction.note and not correction.was.get("hearing"):
            faults.add(f"{where}, note", "is empty: fill it in, unless only a hearing went on.")


def _check_was(was: Mapping[str, Any], refs: Refs, place: str, faults: Faults) -> None:
    if "detainees" in was:
        _check_concerned(was["detainees"], refs, f"{place}, detainees", faults)
    if "sources" in was:
        articles = [source["article"] for source in was["sources"]]
        _check_sources(articles, refs, f"{place}, sources", faults)


def _check_concerned(concerned: Sequence[str], refs: Refs, place: str, faults: Faults) -> None:
    if concerned == EVERYONE:
        return
    if not concerned:
        faults.add(place, 'names nobody: name who is concerned, or write "all".')
    for ref in concerned:
        _check_known(ref, refs.detainees, "detainee", place, faults)
    for ref in _repeated(concerned):
        faults.add(place, f"names {ref} twice: once is enough.")


def _check_sources(articles: Sequence[str], refs: Refs, place: str, faults: Faults) -> None:
    for number, article in enumerate(articles, start=1):
        _check_known(article, refs.articles, "article", f"{place} {number}, article", faults)


def _check_proceeding(
    event: EventEntry, labels: Mapping[str, Sequence[str]], faults: Faults
) -> None:
    """A label must be one of those on record, where any are on record."""
    concerned = labels if event.detainees == EVERYONE else event.detainees
    known = [label for ref in concerned for label in labels.get(ref, ())]
    if event.proceeding is not None and known and event.proceeding not in known:
        faults.add(
            f"event {event.ref}, proceeding",
            f"{quoted(event.proceeding)} is not among the proceedings of whom it concerns: "
            "add it to theirs, or correct it.",
        )


def _check_petition(petition: PetitionEntry, today: date, faults: Faults) -> None:
    goals = petition.goals
    if any(goal < 1 for goal in goals) or any(
        later <= earlier for earlier, later in pairwise(goals)
    ):
        faults.add("petition, goals", "must rise from goal to goal, each above 0: [100, 500].")
    if petition.closes is not None and petition.closes < petition.opens:
        faults.add("petition, closes", "lies before the day it opens: correct one of them.")
    for number, batch in enumerate(petition.paper, start=1):
        _check_past(batch.on, today, f"petition, paper {number}, on", faults)


def _check_languages(parts: SoundParts, own: str, faults: Faults) -> None:
    """No part may be translated into the language it is written in."""
    translated: list[tuple[str, Iterable[str]]] = [
        (f"event {event.ref}", event.translations) for event in parts.events
    ]
    if parts.campaign:
        translated.append(("campaign", parts.campaign.translations))
    if parts.petition:
        translated.append(("petition", parts.petition.translations))
    for place, locales in translated:
        for locale in locales:
            if locale.replace("_", "-") == own.replace("_", "-"):
                faults.add(
                    f"{place}, translations {quoted(locale)}",
                    "is the language the campaign itself is written in: take it out.",
                )


def _check_known(ref: str, declared: Container[str], noun: str, place: str, faults: Faults) -> None:
    if ref not in declared:
        faults.add(place, f"there is no {noun} {quoted(ref)} in this file: correct it or add one.")


def _check_past(day: date | None, today: date, place: str, faults: Faults) -> None:
    if day is not None and day > today:
        faults.add(place, "lies in the future: correct the day.")


def _repeated(items: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    again: dict[str, None] = {}
    for item in items:
        if item in seen:
            again[item] = None
        seen.add(item)
    return list(again)
