"""What the open data is, as an OpenAPI 3.1 document: every address, parameter, answer and field."""

from enum import StrEnum
from typing import Any

from campaigns.cases.dates import Precision
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    BailStatus,
    CampaignState,
    Condition,
    Confidence,
    Custody,
    Disclosure,
    EventKind,
    HearingStatus,
    LegalStatus,
    SourceKind,
    Stance,
    StateLink,
)
from campaigns.petitions.models import PetitionState

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
ADDRESS: Schema = {"type": "string", "format": "uri-reference"}
EDTF: Schema = {
    "type": "string",
    "description": "A date as far as it is known, in a subset of EDTF (ISO 8601-2): 2018-04-22, "
    "2018-04-22T15:00, 2018-04, 2018, 2018-04~ (about), 2019-11-28/2019-12-01 (between), "
    "../2018-04-26 (by), 2018-04-22/.. (from), and empty when it is not known.",
}
AT_LEAST: Schema = {"const": True, "description": "It may have been more."}
EVIDENCE: Schema = {"type": "integer", "description": "The id of the entry that says so."}
EVENT_IDS: Schema = {"type": "array", "items": {"type": "integer"}}


def _one_of(kinds: type[StrEnum], *more: None) -> Schema:
    values: list[str | None] = [kind.value for kind in kinds]
    return {"enum": [*values, *more]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Schema, optional: Schema | None = None, description: str = "") -> Schema:
    found: Schema = {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
    }
    return found | ({"description": description} if description else {})


STATUS: dict[str, Schema] = {
    "Days": _object(
        {"min": NUMBER, "max": NUMBER},
        {"approximate": {"const": True}, "at_least": {"const": True}},
        "A number of days: a range where dates are not certain. `approximate`: from or to a date "
        "that is only about right. `at_least`: nothing says how early it began.",
    ),
    "Place": _object(
        {"disclosure": _or_null(_one_of(Disclosure))},
        {"text": TEXT, "since": EDTF, "evidence": EVIDENCE},
    ),
    "Legal": _object(
        {
            "proceeding": _or_null(TEXT),
            "status": _one_of(LegalStatus),
            "since": _or_null(EDTF),
        },
        {"by": _one_of(AppealBy), "after": _one_of(LegalStatus), "evidence": EVIDENCE},
        "How far one proceeding has come. Under appeal, `by` is who appealed and `after` what had "
        "been decided; each is left out where nobody told.",
    ),
    "Bail": _object(
        {"proceeding": _or_null(TEXT), "status": _one_of(BailStatus), "since": _or_null(EDTF)},
        {"evidence": EVIDENCE},
    ),
    "ConditionInterval": _object(
        {"condition": _one_of(Condition)},
        {"began": EDTF, "began_evidence": EVIDENCE, "ended": EDTF, "ended_evidence": EVIDENCE},
        "When a condition began and ended, as far as it was told; it goes on without an end.",
    ),
    "Status": _object(
        {
            "custody": _one_of(Custody),
            "since": _or_null(EDTF),
            "conditions": _list(_one_of(Condition)),
            "place": _ref("Place"),
            "legal": _list(_ref("Legal")),
            "bail": _list(_ref("Bail")),
            "days": _object({"current": _or_null(_ref("Days")), "total": _ref("Days")}),
            "sources_differ": FLAG,
            "stale": {"type": "boolean", "description": "No news for 30 days, and one is due."},
        },
        {
            "evidence": EVIDENCE,
            "spell": _object({"since": _or_null(EDTF), "evidence": EVIDENCE}),
            "condition_intervals": _list(_ref("ConditionInterval")),
            "disputed": EVENT_IDS | {"description": "Entries that a source contradicts."},
            "unconfirmed": EVENT_IDS | {"description": "Entries too uncertain to change anything."},
            "undecided": EVENT_IDS
            | {"description": "Entries that may or may not have happened by the day."},
            "days_since_news": NUMBER,
            "last_confirmed": _object({"on": DAY}, {"source_kind": _one_of(SourceKind)}),
        },
        "What is known of one detainee, derived from the entries that count.",
    ),
    "Detainee": _object(
        {"id": {"type": "integer"}, "name": TEXT, "status": _ref("Status")},
        {"name_romanised": TEXT},
    ),
    "Totals": _object(
        dict.fromkeys(("detainees", "held", "free", "on_bail", "dead", "unknown"), NUMBER),
        description="held + free + dead + unknown = detainees; on_bail is within free.",
    ),
}
ENTRIES: dict[str, Schema] = {
    "Hearing": _object(
        {"starts_at": MOMENT, "court": TEXT, "status": _one_of(HearingStatus)},
        {"previous_starts_at": MOMENT},
        "Times are in the campaign's zone.",
    ),
    "Handover": _object(
        {"count": NUMBER, "to": TEXT},
        {"at_least": AT_LEAST, "reply": TEXT},
    ),
    "DateBounds": _object(
        {
            "earliest": _or_null(DAY),
            "latest": _or_null(DAY),
            "precision": _one_of(Precision),
            "approximate": FLAG,
        },
        description="The first and the last day a date can be, null for an open end.",
    ),
    "Source": _object(
        {"article": TEXT, "stance": _one_of(Stance)},
        {"note": TEXT},
        "What an article, named by its ref, says of an entry.",
    ),
    "Actor": _object(
        {"name": _or_null(TEXT), "kind": _one_of(ActorKind)}
        | {"state_link": _or_null(_one_of(StateLink))}
    ),
    "Retraction": _object({"on": DAY, "reason": _or_null(TEXT)}),
    "Correction": _object(
        {"on": DAY, "note": TEXT, "was": {"type": "object"}},
        description="Why an entry was changed, and how the changed fields read before. "
        "An empty note: nothing was wrong, a hearing went on.",
    ),
    "Event": _object(
        {
            "id": {"type": "integer"},
            "url": ADDRESS,
            "ref": TEXT,
            "kind": _one_of(EventKind),
            "date": EDTF,
            "date_bounds": _ref("DateBounds"),
            "detainees": {"anyOf": [{"const": "all"}, _list(TEXT)]},
            "summary": TEXT,
            "confidence": _one_of(Confidence),
            "counts": {
                "type": "boolean",
                "description": "Confirmed or likely, not retracted, and surely over by the day: "
                "of a kind that can change a status, it does.",
            },
            "sources_differ": FLAG,
            "sources": _list(_ref("Source")),
            "published_at": MOMENT,
        },
        {
            "proceeding": TEXT,
            "place": TEXT,
            "disclosure": _one_of(Disclosure),
            "actor": _ref("Actor"),
            "text": TEXT | {"description": "Markdown."},
            "translations": {
                "type": "object",
                "additionalProperties": _object({"summary": TEXT}, {"text": _or_null(TEXT)}),
            },
            "by": _one_of(AppealBy),
            "learned_at": MOMENT,
            "retracted": _ref("Retraction"),
            "retracted_since": _ref("Retraction"),
            "corrections": _list(_ref("Correction")),
            "hearing": _ref("Hearing"),
            "handover": _ref("Handover"),
        },
    ),
    "Timeline": _object({"events": _list(_ref("Event"))}),
    "Article": _object(
        {"ref": TEXT, "title": TEXT, "outlet": TEXT, "language": TEXT, "kind": _one_of(SourceKind)},
        {
            "url": ADDRESS,
            "author": TEXT,
            "published": EDTF,
            "excerpt": TEXT,
            "archived_url": ADDRESS,
            "archived_at": MOMENT,
            "translation_of": TEXT | {"description": "The ref of the article it translates."},
            "events": _list(_object({"id": {"type": "integer"}, "stance": _one_of(Stance)})),
        },
    ),
    "Articles": _object({"articles": _list(_ref("Article"))}),
}
CAMPAIGNS: dict[str, Schema] = {
    "Links": _object(
        dict.fromkeys(
            ("html", "timeline", "table", "articles", "feed", "calendar", "description"), ADDRESS
        ),
        {"json": ADDRESS},
    ),
    "Count": _object(
        {"count": NUMBER, "online": NUMBER, "paper": NUMBER, "goal": _or_null(NUMBER)}
    ),
    "Petition": _object(
        {
            "title": TEXT,
            "addressee": TEXT,
            "state": _one_of(PetitionState),
            "count": NUMBER,
            "online": NUMBER,
            "paper": NUMBER,
            "goal": _or_null(NUMBER),
            "goals_reached": _list(NUMBER),
        },
        {
            "countries": {"type": "object", "additionalProperties": NUMBER},
            "handed_over": NUMBER | {"description": "The sum of all handovers."},
            "handed_over_at_least": AT_LEAST,
            "handovers": _list(
                _object(
                    {"event": EVIDENCE, "on": EDTF, "count": NUMBER, "to": TEXT},
                    {"at_least": AT_LEAST, "reply": TEXT},
                )
            ),
        },
        "Countries are rounded down to tens, and some days late.",
    ),
    "Campaign": _object(
        {
            "slug": TEXT,
            "title": TEXT,
            "summary": TEXT,
            "demand": TEXT,
            "country": TEXT,
            "timezone": TEXT,
            "state": _one_of(CampaignState),
            "published_at": MOMENT,
            "version": {"type": "integer"},
            "as_of": DAY,
            "detainees": _list(_ref("Detainee")),
            "totals": _ref("Totals"),
            "links": _ref("Links"),
        },
        {
            "closed_on": DAY,
            "known_on": DAY,
            "next_hearing": _object(
                {"starts_at": MOMENT, "court": TEXT, "status": _one_of(HearingStatus)}
                | {"url": ADDRESS},
                {"previous_starts_at": MOMENT},
            ),
            "petition": _ref("Petition"),
        },
    ),
    "Campaigns": _object(
        {
            "campaigns": _list(
                _object(
                    {"slug": TEXT, "title": TEXT}
                    | {"totals": _ref("Totals"), "links": _ref("Links")}
                )
            )
        },
        {"next": ADDRESS},
    ),
    "Problem": _object(
        {"type": TEXT, "status": {"type": "integer"}, "title": TEXT},
        {"detail": TEXT},
        "RFC 9457.",
    ),
}

SLUG: Schema = {"name": "slug", "in": "path", "required": True, "schema": TEXT}
LOCALE: Schema = {
    "name": "locale",
    "in": "query",
    "schema": TEXT,
    "description": "The language of texts and words; one that is not offered changes nothing.",
}
DAYS: list[Schema] = [
    {
        "name": name,
        "in": "query",
        "schema": DAY,
        "allowEmptyValue": True,
        "description": description,
    }
    for name, description in (
        ("as_of", "By what had happened up to this day; one to come means today."),
        ("known_on", "By what was published up to this day, as it then read."),
    )
]
LIST_PAGE: Schema = {
    "name": "page",
    "in": "query",
    "schema": TEXT,
    "description": "A number, from 1; anything else counts as 1.",
}
FEED_PAGE: Schema = {
    "name": "page",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 99_999},
    "description": "From 1, the newest; one past the last is missing.",
}
JSON = "application/json"


def describe(title: str, base_url: str) -> Schema:
    """Return the document for a site of this name and address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": "What is public of each campaign. Fields may be added, none is renamed. "
            "Optional fields are left out when there is nothing to say. No supporter's data.",
        },
        "servers": [{"url": base_url or "/"}],
        "paths": _paths(),
        "components": {"schemas": STATUS | ENTRIES | CAMPAIGNS},
    }


def _paths() -> Schema:
    one, past = [SLUG, LOCALE], [SLUG, *DAYS, LOCALE]
    campaign = "/campaigns/{slug}"
    return {
        "/campaigns.json": _get("All campaigns.", JSON, "Campaigns", [LIST_PAGE, LOCALE]),
        f"{campaign}.json": _get("A campaign and each status.", JSON, "Campaign", past),
        f"{campaign}/timeline.json": _get("Its entries, newest first.", JSON, "Timeline", past),
        f"{campaign}/timeline.csv": _get("The same as a table.", "text/csv", None, past),
        f"{campaign}/articles.json": _get("What was reported.", JSON, "Articles", past),
        f"{campaign}/count.json": _get("How many have signed.", JSON, "Count", one),
        f"{campaign}/feed.atom": _get(
            "Its entries, newest published first, in pages (RFC 5005).",
            "application/atom+xml",
            None,
            [*one, FEED_PAGE],
        ),
        "/feed.atom": _get(
            "The entries of all campaigns.", "application/atom+xml", None, [LOCALE, FEED_PAGE]
        ),
        f"{campaign}/hearings.ics": _get("Its hearings.", "text/calendar", None, one),
        "/openapi.json": _get("This document.", JSON, None, []),
    }


def _get(summary: str, media: str, schema: str | None, parameters: list[Schema]) -> Schema:
    """A path that is read; errors are problems where the answer is JSON, pages elsewhere."""
    content: Schema = {} if schema is None else {"schema": _ref(schema)}
    failure: Schema = (
        {"application/problem+json": {"schema": _ref("Problem")}}
        if media == JSON
        else {"text/html": {}}
    )
    answers: Schema = {
        "200": {"description": "As asked for.", "content": {media: content}},
        "304": {"description": "What If-None-Match or If-Modified-Since names is the latest."},
    }
    if DAYS[0] in parameters or FEED_PAGE in parameters:
        answers["400"] = {"description": "A day or page that is none.", "content": failure}
    if SLUG in parameters or FEED_PAGE in parameters:
        answers["404"] = {"description": "There is none.", "content": failure}
    if SLUG in parameters:
        answers["410"] = {"description": "It was taken down.", "content": failure}
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}
