"""Finding names that are not to be published in what a case file would publish."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from campaigns.casefiles.document import (
    ArticleEntry,
    CampaignEntry,
    DetaineeEntry,
    EventEntry,
    PetitionEntry,
    SoundParts,
)
from campaigns.casefiles.errors import Faults
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import NamePolicy
from campaigns.updates.models import Update

ADDRESSES = frozenset({"slug", "ref", "url", "archived_url"})
REFS = frozenset({"detainees", "article", "translation_of"})
# Those of detainees are not shown, those of articles are looked at where they are declared.
WHAT = (
    "holds the name of somebody whose name_policy is initials or withheld: "
    "take the name out, or correct the policy."
)


def find_exposed_names(parts: SoundParts, faults: Faults) -> None:
    """Note each public text in which a name stands that is not to be published in full.

    The fault names the place, never the name. See `NameFinder` for what is looked for.
    """
    finder = hidden_names(parts.detainees)
    for place, name, text in _public_texts(parts):
        in_address = name in ADDRESSES and finder.stands_in_address(text)
        if in_address or finder.stands_in(text):
            faults.add(place, WHAT)


def find_names_in_updates(
    detainees: Iterable[DetaineeEntry], updates: Iterable[Update], faults: Faults
) -> None:
    """Note each update stored already in which such a name stands, by the number in its address."""
    finder = hidden_names(detainees)
    for update in updates:
        texts = {
            "title": update.title, "text": update.text, "translations": update.translations,
        }  # fmt: skip
        for place, _name, text in texts_in(texts, f"update {update.id}"):
            if finder.stands_in(text):
                faults.add(place, WHAT)


def hidden_names(detainees: Iterable[DetaineeEntry]) -> NameFinder:
    """Return a finder of the names that are not to be published."""
    return NameFinder(
        name
        for detainee in detainees
        if detainee.name_policy != NamePolicy.FULL
        for name in (detainee.name, detainee.name_romanised)
        if name
    )


def texts_in(value: Any, place: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every text in a value: where it stands, the field's name and the text itself."""
    if isinstance(value, str):
        yield place, name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in REFS:
                yield from texts_in(item, f"{place}, {key}", key)
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value, start=1):
            yield from texts_in(item, f"{place} {number}", name)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in REFS:
                content = getattr(value, field.name)
                yield from texts_in(content, f"{place}, {field.name}", field.name)


def _public_texts(parts: SoundParts) -> Iterator[tuple[str, str, str]]:
    whole: list[tuple[str, CampaignEntry | ArticleEntry | EventEntry | PetitionEntry | None]] = [
        ("campaign", parts.campaign),
        *((f"article {article.ref}", article) for article in parts.articles),
        *((f"event {event.ref}", event) for event in parts.events),
        ("petition", parts.petition),
    ]
    for place, part in whole:
        yield from texts_in(part, place)
    for detainee in parts.detainees:
        # The rest of it is not shown: not the ref of a hidden name, nor the basis of a full one.
        yield from texts_in(detainee.proceedings, f"detainee {detainee.ref}, proceedings")
