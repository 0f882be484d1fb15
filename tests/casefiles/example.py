"""A case file as small as can be, one with everything in it, and ways to change them."""

import json
from copy import deepcopy
from typing import Any

JSON = dict[str, Any]

SMALLEST: JSON = {
    "format": "solidarity-campaign/1",
    "campaign": {
        "slug": "free-amal",
        "title": "Freedom for Amal",
        "summary": "",
        "body": "",
        "demand": "",
        "country": "",
        "timezone": "Asia/Karachi",
        "locale": "en",
        "mode": "standard",
        "state": "draft",
        "run_by": {"name": "Friends of Amal", "contact": "friends@example.org"},
        "tags": [],
    },
    "detainees": [],
    "articles": [],
    "events": [],
}

FULL: JSON = {
    "format": "solidarity-campaign/1",
    "campaign": {
        "slug": "free-amal",
        "title": "Freedom for Amal",
        "summary": "A printer is held.",
        "body": "First line.\n\n- A list\n",
        "demand": "Release her.",
        "country": "PK",
        "timezone": "Asia/Karachi",
        "locale": "en",
        "mode": "high_risk",
        "state": "published",
        "colour": "plum",
        "run_by": {
            "name": "Friends of Amal",
            "contact": "friends@example.org",
            "url": "https://example.org/amal",
        },
        "tags": ["printers", "Karachi"],
        "translations": {
            "ur": {"title": "امل کو رہا کرو", "summary": "", "body": "", "demand": ""},
        },
    },
    "detainees": [
        {
            "ref": "amal",
            "name": "امل رحمان",
            "name_romanised": "Amal Rahman",
            "name_policy": "full",
            "consent": {
                "by": "public_record",
                "on": "2024-01-10",
                "scope": "Her name",
                "article": "gazette",
            },
            "proceedings": ["12/2024", "13/2024"],
            "confirmed": [{"on": "2024-02-01", "source_kind": "lawyer"}, {"on": "2024-03-01"}],
        },
        {
            "ref": "hidden-one",
            "name": "Samir Qadri",
            "name_policy": "withheld",
            "proceedings": [],
        },
    ],
    "articles": [
        {
            "ref": "gazette",
            "url": "https://example.org/printer?a=1",
            "title": "Printer arrested",
            "outlet": "Example Gazette",
            "author": "A. Reporter",
            "language": "en",
            "published": "2024-01",
            "excerpt": "A printer was arrested.",
            "archived_url": "https://archive.example.org/1",
            "archived_at": "2024-01-05T10:00:00+05:00",
        },
        {
            "ref": "gazette-ur",
            "title": "گرفتاری",
            "outlet": "Example Gazette",
            "language": "ur",
            "kind": "organisation",
            "translation_of": "gazette",
        },
    ],
    "events": [
        {
            "ref": "arrest",
            "kind": "arrested",
            "date": "2024-01-01/2024-01-03",
            "detainees": ["amal", "hidden-one"],
            "place": "Karachi",
            "disclosure": "denied",
            "actor": {"name": "Example Police", "kind": "police", "state_link": "yes"},
            "summary": "Two printers are arrested.",
            "text": "At *night*.",
            "confidence": "likely",
            "sources": [
                {"article": "gazette", "stance": "supports"},
                {"article": "gazette-ur", "stance": "contradicts", "note": "Names another day."},
            ],
            "learned_at": "2024-01-04T00:00:00+05:00",
            "published_at": "2024-01-04T12:30:00.250000+05:00",
            "corrections": [
                {
                    "on": "2024-01-08",
                    "note": "The day was wrong.",
                    "was": {"date": "2024-01-02", "detainees": ["amal"], "place": None},
                }
            ],
            "translations": {"ur": {"summary": "گرفتار", "text": "رات کو"}},
        },
        {
            "ref": "rumour",
            "kind": "released",
            "date": "",
            "detainees": ["amal"],
            "summary": "Said to be free.",
            "sources": [],
            "published_at": "2024-01-06T12:00:00+05:00",
            "retracted": {"on": "2024-01-07", "reason": "She is not."},
        },
        {
            "ref": "appeal",
            "kind": "appeal_filed",
            "date": "2024-02~",
            "detainees": ["amal"],
            "proceeding": "12/2024",
            "summary": "The prosecution appeals.",
            "by": "prosecution",
            "sources": [],
            "published_at": "2024-02-10T12:00:00+05:00",
            "embargo_until": "2199-06-01T00:00:00+05:00",
            "hidden_at": "2024-02-11T08:00:00+05:00",
        },
        {
            "ref": "hearing",
            "kind": "hearing",
            "date": "2199-01-01",
            "detainees": "all",
            "summary": "Next hearing.",
            "sources": [],
            "published_at": "2024-02-11T12:00:00+05:00",
            "hearing": {
                "starts_at": "2199-01-01T09:00:00+05:00",
                "court": "Sessions Court",
                "status": "adjourned",
                "previous_starts_at": "2198-12-01T09:00:00+05:00",
            },
        },
        {
            "ref": "handover",
            "kind": "petition_handover",
            "date": "2024-03-01T15:00",
            "detainees": "all",
            "summary": "Signatures handed over.",
            "sources": [],
            "published_at": "2024-03-02T12:00:00+05:00",
            "handover": {
                "count": 600,
                "at_least": True,
                "to": "The ministry",
                "reply": "Received.",
            },
        },
    ],
    "petition": {
        "title": "Release Amal",
        "text": "We **ask** you.",
        "addressee": "the Minister of Justice",
        "handover_names": "ticked",
        "goals": [100, 500],
        "opens": "2024-01-05",
        "closes": "2030-01-05",
        "state": "won",
        "paper": [{"on": "2024-02-02", "count": 12, "note": "Market"}],
        "translations": {"ur": {"title": "رہائی", "text": "ہم کہتے ہیں"}},
    },
}


def smallest() -> JSON:
    """The smallest case file there is, to be changed at will."""
    return deepcopy(SMALLEST)


def full() -> JSON:
    """A case file with everything in it, written as `export` writes it, to be changed at will."""
    return deepcopy(FULL)


def as_text(content: Any) -> str:
    """JSON as `export` writes it."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
