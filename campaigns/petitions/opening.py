"""Opening an export with a key-holder's identity, on any machine, in little memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Protocol

from campaigns.petitions.exported import (
    ExportedSignature,
    ExportHeader,
    read_header,
    read_signature,
)
from campaigns.petitions.sealed import open_details
from campaigns.vault.age import Identity, decrypt_lines, decrypt_with
from campaigns.vault.errors import CannotOpen, KeyMissing, WrongIdentity

# Of rows that do not open so many are named, and all are counted.
MOST_NAMED = 1000
BETWEEN_REPORTS = 500

OpenDetails = Callable[[ExportedSignature], tuple[str, str]]


class Document(Protocol):
    """What becomes of the signatures of an export: a spreadsheet, or a page to print."""

    def begin(self, header: ExportHeader) -> None:
        """Take what the export says of itself, before any signature."""

    def add(self, signature: ExportedSignature, open_details: OpenDetails) -> None:
        """Take a signature, opening its name if the document has a place for it."""

    def end(self) -> None:
        """Write what comes after the last signature."""


@dataclass(slots=True)
class Outcome:
    """How many signatures went well, and which did not."""

    taken: int = 0
    failed: int = 0
    failed_rows: list[str] = field(default_factory=list)


def open_export(
    file: BufferedReader,
    identities: Sequence[Identity],
    document: Document,
    progress: Callable[[], None],
) -> Outcome:
    """Put every signature of an export into a document, calling `progress` now and then.

    A row that does not open is left out and told of. Raises WrongIdentity, and CannotOpen when the
    file is damaged or something else.
    """
    outcome = Outcome()
    # Until the first line was read.
    header: ExportHeader | None = None
    keys: Mapping[bytes, bytes] = {}

    def open_row(signature: ExportedSignature) -> tuple[str, str]:
        assert header  # noqa: S101 — the first line was taken before
        return open_details(signature.sealed_details, keys, header.campaign_id, signature.id)

    def take(line: bytes) -> None:
        nonlocal header, keys
        if header is None:
            header = read_header(line)
            keys = _open_keys(header, identities)
            document.begin(header)
            return
        row = f"line {outcome.taken + outcome.failed + 2}"
        try:
            signature = read_signature(line)
            row = str(signature.id)
            document.add(signature, open_row)
            outcome.taken += 1
        except (CannotOpen, KeyMissing):
            outcome.failed += 1
            if len(outcome.failed_rows) < MOST_NAMED:
                outcome.failed_rows.append(row)
        if (outcome.taken + outcome.failed) % BETWEEN_REPORTS == 0:
            progress()

    decrypt_lines(identities, file, take)
    progress()
    if header is None:
        raise CannotOpen("This file is empty.")
    document.end()
    return outcome


def _open_keys(header: ExportHeader, identities: Sequence[Identity]) -> Mapping[bytes, bytes]:
    keys = {}
    for key_id, encrypted in header.keys.items():
        try:
            keys[key_id] = decrypt_with(identities, encrypted)
        except WrongIdentity:
            # Its rows are told of; the others open.
            continue
    if not keys:
        raise WrongIdentity("This identity holds none of the campaign's keys.")
    return keys
