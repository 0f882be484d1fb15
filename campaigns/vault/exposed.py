"""What `check --deploy` says of keys that lie where somebody could take them."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from campaigns.vault.age import SECRET
from campaigns.vault.operations import RECOVERY_IDENTITY

# Larger than any file of identities; databases and mails in between are not read to their end.
LOOKED_AT = 64 * 1024


def exposed_keys(instance: Path, mailer_key_file: Path) -> list[str]:
    """Return a sentence for each identity in an instance's files, and for an open mailer's key."""
    faults = [
        f"{_whose(path)} identity can be read on this server: move {path} to paper or another "
        "machine."
        for path in sorted(_files_with_identities(instance))
    ]
    with suppress(OSError):
        if stat.S_IMODE(mailer_key_file.stat().st_mode) & 0o077:
            faults.append(
                f"Others than its owner can read the mailer's key: run chmod 600 {mailer_key_file}."
            )
    return faults


def _whose(path: Path) -> str:
    return "The recovery" if path.name == RECOVERY_IDENTITY else "A key-holder's"


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
