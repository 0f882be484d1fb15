"""Cells of tables that no spreadsheet finds a formula in."""

import re

# The signs a formula begins with, in every form that some spreadsheet takes for the plain one.
FORMULA = r"=+\-@⁺⁻⁼₊₋₌−﹢﹣﹦﹫＋－＝＠"
# White space, controls, what is invisible, and quotes where a cell does not begin with ours:
# spreadsheets may drop them from a cell's beginning.
IGNORED = r"\"\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
# With one of these a cell begins where a spreadsheet was set to another separator than ours.
SEPARATORS = ";|\t\r\n"
# Each run of such signs once, from its beginning and without a way back: it takes linear time.
BEFORE_FORMULA = re.compile(
    rf"(\A[{IGNORED};|]*+|(?<![{IGNORED};|])[{IGNORED};|]++)(?=[{FORMULA}])"
)


def without_formula(cell: str) -> str:
    """Return a cell's text with an apostrophe before whatever a spreadsheet could run."""
    safe = BEFORE_FORMULA.sub(_with_apostrophe, cell)
    return f"'{safe}" if safe.startswith(("\t", "\r", "\n")) else safe


def _with_apostrophe(found: re.Match[str]) -> str:
    run = found[0]
    if any(sign in SEPARATORS for sign in run):
        run = f"{run}'"
    return run if found.start() else f"'{run}"
