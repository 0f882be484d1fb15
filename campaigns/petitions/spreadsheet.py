"""Opened signatures as a table no spreadsheet finds a formula in (RFC 4180, UTF-8 with BOM)."""

import csv
import re
from io import TextIOWrapper
from typing import IO

from campaigns.petitions.exported import ExportedSignature, ExportHeader
from campaigns.petitions.opening import OpenDetails

COLUMNS = (
    "name",
    "comment",
    "country",
    "confirmed on",
    "show name",
    "hand over",
    "updates",
    "row id",
)
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


class Spreadsheet:
    """A CSV file, written as signatures come."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        self._rows = csv.writer(self._text, quoting=csv.QUOTE_ALL)

    def begin(self, header: ExportHeader) -> None:
        """Write the columns' names."""
        # With the mark at its beginning spreadsheets read names in every script rightly.
        self._text.write("\ufeff")
        self._rows.writerow(COLUMNS)

    def add(self, signature: ExportedSignature, open_details: OpenDetails) -> None:
        """Write a row. Raises as `open_details`."""
        name, comment = open_details(signature)
        cells = (
            name,
            comment,
            signature.country or "",
            signature.confirmed_on.isoformat() if signature.confirmed_on else "",
            _yes_or_no(signature.show_name),
            _yes_or_no(signature.hand_over),
            _yes_or_no(signature.updates),
            str(signature.id),
        )
        self._rows.writerow([without_formula(cell) for cell in cells])

    def end(self) -> None:
        """Hand all that is left to the file, which stays open."""
        self._text.detach()


def without_formula(cell: str) -> str:
    """Return a cell's text with an apostrophe before whatever a spreadsheet could run."""
    safe = BEFORE_FORMULA.sub(_with_apostrophe, cell)
    return f"'{safe}" if safe.startswith(("\t", "\r", "\n")) else safe


def _with_apostrophe(found: re.Match[str]) -> str:
    run = found[0]
    if any(sign in SEPARATORS for sign in run):
        run = f"{run}'"
    return run if found.start() else f"'{run}"


def _yes_or_no(ticked: bool) -> str:
    return "yes" if ticked else "no"
