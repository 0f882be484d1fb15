"""Identities that lie where somebody could take them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from campaigns.vault.age import SECRET

# Larger than any file of identities; databases and mails in between are not read to their end.
LOOKED_AT = 64 * 1024


def exposed_identities(instance: Path) -> list[Path]:
    """Return the files of an instance that hold an age identity, readable by whoever takes it."""
    return sorted(_files_with_identities(instance))


def _files_with_identities(instance: Path) -> Iterator[Path]:
    for folder, _folders, names in os.walk(instance):
        for name in names:
            path = Path(folder, name)
            # Neither another user's file nor one that has just gone is ours to read.
            with suppress(OSError):
                if path.is_file() and SECRET.encode() in _beginning(path):
                    yield path


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LOOKED_AT)
