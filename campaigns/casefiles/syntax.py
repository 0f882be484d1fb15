"""From bytes to JSON, with whatever makes that impossible said in one sentence."""

import json
from typing import Any, NoReturn

from campaigns.casefiles.errors import CaseFileErrors, Faults

LARGEST = 20_000_000
WHOLE = "case file"


def parse_json(content: str | bytes, faults: Faults) -> Any:
    """Return the content of a case file as plain JSON values.

    A field that stands twice in an object is noted as a fault. Raises CaseFileErrors at once for
    what cannot be read any further: more than LARGEST bytes, no UTF-8, no JSON, endless nesting.
    """
    if len(content) > LARGEST:
        _refuse(faults, f"is larger than {LARGEST // 1_000_000} MB: split the campaign.")
    text = _decode(content, faults) if isinstance(content, bytes) else content

    def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            _name_twins(pairs, found, faults)
        return found

    try:
        return json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=without_twins,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        _refuse(
            faults,
            f"is not JSON at line {error.lineno}, column {error.colno}: {error.msg.lower()}.",
        )
    except RecursionError:
        _refuse(faults, "has objects and lists nested far too deeply.")
    except ValueError:
        _refuse(faults, "holds something that is no JSON number: write whole numbers in digits.")


def quoted(text: str) -> str:
    """Return a text as it can safely be repeated to whoever runs a terminal."""
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text[:60]
    )
    return f"“{shown}…”" if len(text) > 60 else f"“{shown}”"


def _decode(content: bytes, faults: Faults) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _refuse(faults, f"is not UTF-8 at line {line}: save it in that encoding.")


def _name_twins(pairs: list[tuple[str, Any]], found: dict[str, Any], faults: Faults) -> None:
    own_name = found.get("ref") or found.get("slug")
    place = quoted(own_name) if isinstance(own_name, str) else WHOLE
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            faults.add(place, f"the field {quoted(name)} stands twice in one object: keep one.")
        seen.add(name)


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _refuse(faults: Faults, what: str) -> NoReturn:
    faults.add(WHOLE, what)
    raise CaseFileErrors(faults.found)
