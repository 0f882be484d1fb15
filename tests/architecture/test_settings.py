"""No setting without a document, no document without a setting."""

import re

from campaigns.config import NAMES, PREFIX
from tests.architecture.source import PROJECT

DOCUMENT = PROJECT / "docs" / "settings.md"


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    documented = set(re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", DOCUMENT.read_text(encoding="utf-8")))
    assert documented == set(NAMES)
