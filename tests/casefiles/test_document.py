"""docs/case-file.md is right."""

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from campaigns.casefiles import document
from campaigns.casefiles.operations import Outcome
from campaigns.casefiles.reading import read_case_file
from campaigns.cases import vocabulary
from campaigns.petitions.models import HandoverNames, PetitionState
from tests.casefiles.conftest import Import, exported

DOCUMENT = (Path(__file__).parents[2] / "docs" / "case-file.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)


def test_its_example_can_be_imported_and_comes_back(take_in: Import) -> None:
    assert take_in(EXAMPLE).outcome == Outcome.CREATED
    written = json.loads(exported())
    del written["events"][0]["published_at"]
    assert written == json.loads(EXAMPLE)


@pytest.mark.parametrize(
    "part",
    [
        kind
        for kind in vars(document).values()
        if is_dataclass(kind) and kind.__module__ == document.__name__
    ],
)
def test_every_field_is_described(part: type[document.CaseFile]) -> None:
    for field in fields(part):
        assert re.search(rf"(`{field.name}`|#+ {field.name}\b)", DOCUMENT), field.name


@pytest.mark.parametrize(
    "kinds",
    [
        vocabulary.CampaignState, vocabulary.Mode, vocabulary.Colour, vocabulary.NamePolicy,
        vocabulary.ConsentBy, vocabulary.SourceKind, vocabulary.Confidence, vocabulary.Stance,
        vocabulary.Disclosure, vocabulary.ActorKind, vocabulary.StateLink,
        vocabulary.HearingStatus, vocabulary.AppealBy, vocabulary.EventKind,
        HandoverNames, PetitionState,
    ],
)  # fmt: skip
def test_every_value_is_named(kinds: type[vocabulary.Mode]) -> None:
    for kind in kinds:
        assert f"`{kind}`" in DOCUMENT


def test_its_example_leaves_out_everything_optional() -> None:
    case = read_case_file(EXAMPLE)
    assert case.petition is None
    assert case.events[0].published_at is None
