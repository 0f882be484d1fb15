"""What was erased, by row ids alone, in a file outside the database.

A backup is older than the erasures since: `campaigns restore` does them again by this file.
"""

import os
import re
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from campaigns.config import current_settings

LEDGER = "erasures.log"
# A line that was cut by a full disk is glued to the next: what is whole is found all the same.
ENTRY = re.compile(
    r"(signature|subscription|public-part|hand-over) ([0-9a-f]{32})|(high-risk) ([a-z0-9-]+)"
)


class Erased(StrEnum):
    """What a line of the ledger tells of, and by what it is named."""

    SIGNATURE = "signature"
    SUBSCRIPTION = "subscription"
    PUBLIC_PART = "public-part"
    # What a signer no longer shows.
    HAND_OVER = "hand-over"
    # That a signer's name is for the addressee. These four by the row's id, 32 hex digits.
    HIGH_RISK = "high-risk"
    # A campaign that keeps no addresses any more, by its slug.


def ledger_path() -> Path:
    """Return the file that this installation's erasures stand in."""
    return current_settings().instance_path / LEDGER


def record_erasures(kind: Erased, names: Iterable[UUID | str]) -> None:
    """Write down, for good, what is about to be erased; call this before the rows are deleted.

    Safe beside other processes that do the same. Raises OSError: then nothing may be erased, or a
    restore would bring it back.
    """
    lines = "".join(f"{kind} {it.hex if isinstance(it, UUID) else it}\n" for it in names).encode()
    if not lines:
        return
    path = ledger_path()
    existed = path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if not existed:
            _share_with_group(descriptor, path.parent)
        # At once, so that the lines of two processes do not mingle.
        if os.write(descriptor, lines) != len(lines):
            raise OSError("The ledger of erasures could not be written in full.")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not existed:
        _make_name_last(path.parent)


def read_ledger(path: Path) -> Mapping[Erased, list[str]]:
    """Return what the ledger names, by kind, in the order it was erased. Raises OSError."""
    found: dict[Erased, list[str]] = {kind: [] for kind in Erased}
    for entry in ENTRY.finditer(path.read_text(encoding="utf-8", errors="replace")):
        found[Erased(entry[1] or entry[3])].append(entry[2] or entry[4])
    return found


def _share_with_group(descriptor: int, folder: Path) -> None:
    """Let web and worker, each a user of its own, both write: whoever erases first makes the file.

    Their common group is that of the instance's folder, where a group may write to it.
    """
    status = folder.stat()
    if status.st_mode & stat.S_IWGRP:
        with suppress(PermissionError):
            os.fchown(descriptor, -1, status.st_gid)
            os.fchmod(descriptor, 0o660)


def _make_name_last(folder: Path) -> None:
    """Have a new file's name survive a crash of the machine, as its content does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
