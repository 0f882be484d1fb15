"""Whether an answer is what /openapi.json says: the part of JSON Schema that the document uses."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
KNOWN = frozenset(
    {
        "$ref", "anyOf", "enum", "const", "type", "format", "minimum", "maximum", "items",
        "properties", "required", "additionalProperties", "description",
    }
)  # fmt: skip
ADDRESS = re.compile(r"https?://\S+")


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """Return where a value differs from its schema; a field the schema lacks is a fault too."""
    return list(_faults(document["components"]["schemas"], schema, value, "$"))


def _faults(schemas: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    if unknown := schema.keys() - KNOWN:
        yield f"{at}: this test cannot read {sorted(unknown)}"
    if "$ref" in schema:
        yield from _faults(schemas, schemas[schema["$ref"].rsplit("/", 1)[1]], value, at)
    if "anyOf" in schema and all(
        list(_faults(schemas, option, value, at)) for option in schema["anyOf"]
    ):
        yield f"{at}: {value!r} is nothing of what it may be"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not in the list"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "type" in schema:
        yield from _faults_of_type(schemas, schema, value, at)


def _faults_of_type(
    schemas: dict[str, Any], schema: dict[str, Any], value: Any, at: str
) -> Iterator[str]:
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        yield f"{at}: {value!r} is no {kind}"
    elif kind == "object":
        yield from _faults_of_object(schemas, schema, value, at)
    elif kind == "array":
        for number, item in enumerate(value):
            yield from _faults(schemas, schema["items"], item, f"{at}[{number}]")
    elif kind == "integer" and value < schema.get("minimum", value):
        yield f"{at}: {value} is too small"
    elif kind == "string" and not _has_format(value, schema.get("format")):
        yield f"{at}: {value!r} is no {schema['format']}"


def _faults_of_object(
    schemas: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str
) -> Iterator[str]:
    known, others = schema.get("properties"), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}.{name} is missing"
    for name, item in value.items():
        if known is not None and name in known:
            yield from _faults(schemas, known[name], item, f"{at}.{name}")
        elif others is not None:
            yield from _faults(schemas, others, item, f"{at}.{name}")
        elif known is not None:
            yield f"{at}.{name} is not in the document"


def _has_format(value: str, wanted: str | None) -> bool:
    try:
        if wanted == "date":
            return date.fromisoformat(value).isoformat() == value
        if wanted == "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    return wanted != "uri-reference" or ADDRESS.fullmatch(value) is not None
