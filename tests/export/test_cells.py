"""No cell of a table is a formula to any spreadsheet, and none loses what was written in it."""

import csv
import time
import unicodedata
from datetime import date
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.petitions.exported import ExportedSignature, ExportHeader
from campaigns.petitions.spreadsheet import COLUMNS, Spreadsheet
from campaigns.web.cells import without_formula

HEADER = ExportHeader(7, "s", "t", "en", "t", "t", "a", names_handed_over=True, count=1, keys={})
SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"
BEFORE = ("", " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u202e", " \u2007 ")
# What a spreadsheet could drop from the beginning of a cell, and what it could begin one with.
DROPPED = ("Zs", "Zl", "Zp", "Cc", "Cf")


def begins_a_formula(cell: str) -> bool:
    """Whether a spreadsheet could take a cell for a formula."""
    if cell.startswith(("\t", "\r", "\n")):
        return True
    for sign in cell:
        if unicodedata.category(sign) in DROPPED or sign.isspace():
            continue
        return unicodedata.normalize("NFKC", sign) in tuple("=+-@−")
    return False


def table_of(name: str, comment: str = "", country: str | None = None) -> bytes:
    """The table of one signature."""
    signature = ExportedSignature(
        uuid4(), b"", True, True, True, country, date(2026, 3, 1), consent_version=1
    )
    file = BytesIO()
    sheet = Spreadsheet(file)
    sheet.begin(HEADER)
    sheet.add(signature, lambda _: (name, comment))
    sheet.end()
    return file.getvalue()


def cells_of(table: bytes, separator: str = ",") -> list[list[str]]:
    """What a spreadsheet set to a separator reads, as leniently as it can."""
    text = StringIO(table.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=separator))


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("sign", SIGNS)
def test_whatever_begins_a_formula_becomes_text(sign: str, before: str) -> None:
    text = f"{before}{sign}HYPERLINK(1)"
    safe = without_formula(text)
    assert safe.startswith("'")
    assert safe.replace("'", "") == text


@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("sign", "=+-@")
def test_every_column_somebody_else_fills_is_looked_at(column: int, sign: str) -> None:
    given_ = ["Amal", "Free them", "PK"]
    given_[column] = f"{sign}1+1"
    header, row = cells_of(table_of(*given_))
    assert tuple(header) == COLUMNS
    assert row[column] == f"'{sign}1+1"
    assert not any(begins_a_formula(cell) for cell in row)


@pytest.mark.parametrize(
    "text",
    ["Amal O’Hara", "Anne-Marie", "'quoted'", "a = b", "1-1", "x@example.org", "آمل", "a; b"],
)
def test_what_is_no_formula_stays_as_it_was(text: str) -> None:
    assert cells_of(table_of(text, text))[1][:2] == [text, text]


@given(name=st.text(), comment=st.text(), country=st.none() | st.text())
def test_no_text_at_all_makes_a_formula_or_a_row_more(
    name: str, comment: str, country: str | None
) -> None:
    rows = cells_of(table_of(name, comment, country))
    assert len(rows) == 2
    assert not any(begins_a_formula(cell) for cell in rows[1])
    for typed, cell in zip((name, comment, country or ""), rows[1], strict=False):
        assert cell.replace("'", "") == typed.replace("'", "")


@given(comment=st.text("a'\",;\t =+-@\n", max_size=30), separator=st.sampled_from([";", "\t"]))
def test_no_other_separator_makes_a_formula_of_a_part(comment: str, separator: str) -> None:
    text = table_of("Amal", comment).decode("utf-8-sig")
    # As a spreadsheet would that heeds no quotes where they do not begin its own cell.
    for line in text.splitlines():
        assert not any(begins_a_formula(part.strip('" \t')) for part in line.split(separator))


def test_a_hostile_text_takes_no_longer_than_another() -> None:
    before = time.process_time()
    for text in ("\t" * 200_000, " ;" * 100_000, "a " * 100_000, "=" * 200_000):
        without_formula(text)
    assert time.process_time() - before < 5
