"""Reading a case file: every field's shape here, what holds between fields in `references`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.casefiles import values
from campaigns.casefiles.document import (
    EVERYONE,
    FORMAT,
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
    SoundParts,
    Source,
)
from campaigns.casefiles.errors import CaseFileErrors, Faults
from campaigns.casefiles.exposure import find_exposed_names
from campaigns.casefiles.references import Refs, check_references
from campaigns.casefiles.syntax import WHOLE, parse_json, quoted
from campaigns.casefiles.values import (
    BAD,
    Reader,
    by_locale,
    choice,
    line,
    listed,
    part,
    text,
    value,
)
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    CampaignState,
    Colour,
    Confidence,
    ConsentBy,
    Disclosure,
    EventKind,
    HearingStatus,
    Mode,
    NamePolicy,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.petitions.models import HandoverNames, PetitionState

REF = value(values.ref)
DAY = value(values.day)
MOMENT = value(values.moment)
DATE = value(values.edtf)
LANGUAGE = value(values.language)
WEB_ADDRESS = value(values.web_address)
COUNT = value(values.whole_number)
FLAG = value(values.flag)
SENTENCES = text(values.SENTENCES)

CAMPAIGN: dict[str, Reader] = {
    "slug": value(values.slug),
    "title": line(),
    "summary": line(values.SENTENCES, blank=True),
    "body": text(blank=True),
    "demand": line(values.SENTENCES, blank=True),
    "country": value(values.country),
    "timezone": value(values.timezone),
    "locale": LANGUAGE,
    "mode": choice(Mode),
    "state": choice(CampaignState),
    "closed_on": DAY,
    "colour": choice(Colour),
    "run_by": part(
        RunBy,
        {"name": line(values.NAME), "contact": value(values.mail_address), "url": WEB_ADDRESS},
    ),
    "tags": listed(line(50)),
    "translations": by_locale(
        part(
            CampaignTexts,
            {
                "title": line(),
                "summary": line(values.SENTENCES, blank=True),
                "body": text(blank=True),
                "demand": line(values.SENTENCES, blank=True),
            },
        )
    ),
}
DETAINEE: dict[str, Reader] = {
    "ref": REF,
    "name": line(values.NAME),
    "name_romanised": line(values.NAME),
    "name_policy": choice(NamePolicy),
    "consent": part(
        Consent, {"by": choice(ConsentBy), "on": DAY, "scope": SENTENCES, "article": REF}
    ),
    "proceedings": listed(line()),
    "confirmed": listed(part(Confirmed, {"on": DAY, "source_kind": choice(SourceKind)})),
}
ARTICLE: dict[str, Reader] = {
    "ref": REF,
    "url": WEB_ADDRESS,
    "title": line(),
    "outlet": line(),
    "author": line(),
    "language": LANGUAGE,
    "published": DATE,
    "excerpt": SENTENCES,
    "archived_url": WEB_ADDRESS,
    "archived_at": MOMENT,
    "kind": choice(SourceKind),
    "translation_of": REF,
}


def _concerned(given: Any, place: str, faults: Faults) -> Any:
    return EVERYONE if given == EVERYONE else _REFS(given, place, faults)


_REFS = listed(REF)
WHAT_HAPPENED: dict[str, Reader] = {
    "kind": choice(EventKind),
    "date": DATE,
    "detainees": _concerned,
    "proceeding": line(),
    "place": line(),
    "disclosure": choice(Disclosure),
    "actor": part(
        Actor, {"name": line(), "kind": choice(ActorKind), "state_link": choice(StateLink)}
    ),
    "summary": line(values.SENTENCES),
    "text": text(),
    "by": choice(AppealBy),
    "confidence": choice(Confidence),
    "sources": listed(part(Source, {"article": REF, "stance": choice(Stance), "note": SENTENCES})),
    "hearing": part(
        Hearing,
        {
            "starts_at": MOMENT,
            "court": line(),
            "status": choice(HearingStatus),
            "previous_starts_at": MOMENT,
        },
    ),
    "handover": part(
        Handover, {"count": COUNT, "at_least": FLAG, "to": line(), "reply": SENTENCES}
    ),
    "translations": by_locale(
        part(EventTexts, {"summary": line(values.SENTENCES), "text": text()})
    ),
}
# What of an event can be corrected, and stand in the `was` of a correction.


def _was(given: Any, place: str, faults: Faults) -> Any:
    """How fields read before: each as in an event, or null; kept as it is written."""
    if not isinstance(given, dict) or not given:
        faults.add(place, 'must name the fields as they read before: write {"date": "2018-04"}.')
        return BAD
    before = len(faults)
    values.refuse_unknown(given, WHAT_HAPPENED, place, faults)
    required = values.required_fields(EventEntry)
    for name, reader in WHAT_HAPPENED.items():
        if given.get(name) is not None:
            reader(given[name], f"{place}, {name}", faults)
        elif name in given and name in required:
            faults.add(f"{place}, {name}", "must not be null.")
    return given if len(faults) == before else BAD


EVENT: dict[str, Reader] = {
    "ref": REF,
    **WHAT_HAPPENED,
    "learned_at": MOMENT,
    "published_at": MOMENT,
    "embargo_until": MOMENT,
    "hidden_at": MOMENT,
    "retracted": part(Retraction, {"on": DAY, "reason": SENTENCES}),
    "corrections": listed(
        part(
            CorrectionEntry,
            {"on": DAY, "note": text(values.SENTENCES, blank=True), "was": _was},
        )
    ),
}
PETITION: dict[str, Reader] = {
    "title": line(),
    "text": text(),
    "addressee": line(),
    "handover_names": choice(HandoverNames),
    "goals": listed(COUNT),
    "opens": DAY,
    "closes": DAY,
    "state": choice(PetitionState),
    "paper": listed(part(Paper, {"on": DAY, "count": COUNT, "note": SENTENCES})),
    "translations": by_locale(part(PetitionTexts, {"title": line(), "text": text()})),
}
PARTS: dict[str, Reader] = {
    "campaign": part(CampaignEntry, CAMPAIGN),
    "detainees": listed(part(DetaineeEntry, DETAINEE), "detainee"),
    "articles": listed(part(ArticleEntry, ARTICLE), "article"),
    "events": listed(part(EventEntry, EVENT), "event"),
    "petition": part(PetitionEntry, PETITION),
}


def read_case_file(content: str | bytes, *, now: datetime | None = None) -> CaseFile:
    """Read and check a whole case file, as described in docs/case-file.md.

    `now` decides what lies in the future, in the campaign's zone. Raises CaseFileErrors with every
    fault there is, each named by its ref and field.
    """
    faults = Faults()
    given = parse_json(content, faults)
    if not isinstance(given, dict):
        faults.add(WHOLE, f'must be one object: write {{"format": "{FORMAT}", …}}.')
    elif given.get("format") != FORMAT:
        faults.add("format", f"must be {quoted(FORMAT)}: no other is known here.")
    faults.raise_any()
    parts = _read_parts(given, faults)
    today = _today(parts.campaign, now or datetime.now(UTC))
    check_references(parts, _refs(given), today, faults)
    find_exposed_names(parts, faults)
    if faults or parts.campaign is None:
        raise CaseFileErrors(faults.found)
    return CaseFile(
        campaign=parts.campaign,
        detainees=parts.detainees,
        articles=parts.articles,
        events=_in_order(parts.events, parts.detainees),
        petition=parts.petition,
    )


def _read_parts(given: dict[str, Any], faults: Faults) -> SoundParts:
    values.refuse_unknown(given, {"format": None, **PARTS}, WHOLE, faults)
    found: dict[str, Any] = {}
    for name, reader in PARTS.items():
        content = given.get(name)
        read = BAD
        if content is not None:
            read = reader(content, name, faults)
        elif name != "petition":
            faults.add(WHOLE, f"{quoted(name)} is missing: add it.")
        nothing = None if name in ("campaign", "petition") else ()
        found[name] = nothing if read is BAD else read
    return SoundParts(**found)


def _refs(given: dict[str, Any]) -> Refs:
    def of(name: str) -> Counter[str]:
        items = given.get(name)
        found: Iterable[Any] = items if isinstance(items, list) else ()
        refs = (item.get("ref") for item in found if isinstance(item, dict))
        return Counter(ref for ref in refs if values.is_ref(ref))

    return Refs(of("detainees"), of("articles"), of("events"))


def _today(campaign: CampaignEntry | None, now: datetime) -> date:
    return now.astimezone(ZoneInfo(campaign.timezone) if campaign else UTC).date()


def _in_order(
    events: tuple[EventEntry, ...], detainees: tuple[DetaineeEntry, ...]
) -> tuple[EventEntry, ...]:
    """Name the concerned in the order of the campaign's detainees, as they are stored."""
    rank = {detainee.ref: number for number, detainee in enumerate(detainees)}
    return tuple(
        event
        if event.detainees == EVERYONE
        else replace(event, detainees=tuple(sorted(event.detainees, key=rank.__getitem__)))
        for event in events
    )
