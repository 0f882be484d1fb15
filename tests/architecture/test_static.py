"""Rules of style sheets and scripts."""

import re

from tests.architecture.source import STATIC

PHYSICAL = re.compile(
    r"""(?x)
    (?<![\w-])(
      (?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-\w+)?
      | border-(?:top|bottom)-(?:left|right)-radius
      | (?:left|right|top|bottom)
    )\s*:
    | (?:float|clear|text-align)\s*:\s*(?:left|right)\b
    """
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
OTHER_HOST = re.compile(r"(?:https?:)?//[\w-]+\.\w")
RISKY = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(")


def test_style_sheets_know_no_left_and_right() -> None:
    """Logical properties follow the direction of the script; physical ones break right-to-left."""
    found = []
    for path in sorted((STATIC / "css").glob("*.css")):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {match.group().strip()}" for match in PHYSICAL.finditer(text)]
    assert not found


def test_nothing_is_fetched_from_another_host() -> None:
    found = []
    for path in sorted((*STATIC.rglob("*.css"), *STATIC.rglob("*.js"))):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {match.group()}" for match in OTHER_HOST.finditer(text)]
        if "@import" in text or "data:" in text:
            found.append(f"{path.name}: @import or data:")
    assert not found


def test_scripts_never_turn_text_into_code() -> None:
    assert not [
        f"{path.name}: {name}"
        for path in sorted((STATIC / "js").glob("*.js"))
        for name in RISKY
        if name in path.read_text(encoding="utf-8")
    ]
