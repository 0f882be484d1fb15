"""Opened signatures as a table no spreadsheet finds a formula in (RFC 4180, UTF-8 with BOM)."""

import csv
from io import TextIOWrapper
from typing import IO

from campaigns.petitions.exported import ExportedSignature, ExportHeader
from campaigns.petitions.opening import OpenDetails
from campaigns.web.cells import without_formula

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


def _yes_or_no(ticked: bool) -> str:
    return "yes" if ticked else "no"
