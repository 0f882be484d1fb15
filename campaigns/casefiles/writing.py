"""Writing a case file in the one way there is to write it."""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.casefiles.document import FORMAT, CaseFile, EventEntry

FIELDS_OF_EVENTS = tuple(field.name for field in fields(EventEntry))


def write_case_file(case: CaseFile) -> str:
    """Return a case file as JSON: the same text for the same content, with a line end at its end.

    Fields in the order of `document`, optional ones left out at their default, languages in
    alphabetical order, times in the campaign's zone.
    """
    zone = ZoneInfo(case.campaign.timezone)
    content = {"format": FORMAT} | as_json(case, zone)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_json(value: Any, zone: tzinfo) -> Any:
    """Return a part of a case file as plain JSON values, with its times in a zone."""
    if is_dataclass(value):
        return {
            field.name: _was(content) if field.name == "was" else as_json(content, zone)
            for field in fields(value)
            if (content := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, tuple):
        return [as_json(item, zone) for item in value]
    if isinstance(value, dict):
        return {key: as_json(value[key], zone) for key in sorted(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _was(content: dict[str, Any]) -> dict[str, Any]:
    """How a corrected entry read is kept as it was written, in the order of an event's fields."""
    return {name: content[name] for name in FIELDS_OF_EVENTS if name in content}
