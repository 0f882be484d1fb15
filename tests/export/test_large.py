"""However many signed, exporting and opening take no more memory."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pyrage

from campaigns.petitions.exported import (
    ExportedSignature,
    ExportHeader,
    header_line,
    signature_line,
)
from campaigns.petitions.opening import OpenDetails, open_export
from campaigns.vault.age import encrypt_lines
from campaigns.vault.sealing import generate_private_key

MANY = 20_000
KEY_ID = b"key1"


class Counting:
    """A document that keeps nothing."""

    def __init__(self) -> None:
        self.rows = 0

    def begin(self, header: ExportHeader) -> None:
        assert header.count == MANY

    def add(self, signature: ExportedSignature, open_details: OpenDetails) -> None:
        self.rows += 1

    def end(self) -> None:
        assert self.rows == MANY


def lines(recipient: pyrage.x25519.Recipient) -> Iterator[bytes]:
    """An export of many signatures, each line made when it is asked for."""
    private = pyrage.encrypt(generate_private_key(), [recipient])
    yield header_line(
        ExportHeader(
            7,
            "s",
            "t",
            "en",
            "t",
            "t",
            "a",
            names_handed_over=True,
            count=MANY,
            keys={KEY_ID: private},
        )
    )
    details = bytes(310)
    for _ in range(MANY):
        yield signature_line(
            ExportedSignature(uuid4(), details, False, False, False, None, None, 1)
        )


def test_memory_does_not_grow_with_the_number_of_signatures(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    path = tmp_path / "sealed.age"
    with path.open("wb") as file:
        assert (
            _peak(
                lambda: encrypt_lines(
                    [str(identity.to_public())], lines(identity.to_public()), file
                )
            )
            < 2_000_000
        )
    size = path.stat().st_size
    assert size > 10_000_000
    document = Counting()
    with path.open("rb") as file:
        assert _peak(lambda: open_export(file, [identity], document, lambda: None)) < 2_000_000
    assert document.rows == MANY


def _peak(work: Callable[[], object]) -> int:
    """The most memory, in bytes, Python held for some work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
