"""Files for their owner's eyes only, which appear whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def new_private_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that stands under its name once the block ends well, and never overwrites one.

    Raises FileExistsError. When the block raises, nothing is left behind.
    """
    # The name is taken from the beginning: nobody waits an hour to hear that it is not free.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _replacing(path) as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace_private_file(path: Path, text: str) -> None:
    """Put another text into a file at once, durably; its owner stays who it was."""
    before = path.stat()
    with _replacing(path) as file:
        file.write(text.encode())
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(file.fileno(), before.st_uid, before.st_gid)


def append_for_good(path: Path, lines: bytes) -> None:
    """Add lines to a file, durably, beside other processes that do the same; it is made if missing.

    Raises OSError when they could not be written in full.
    """
    existed = path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if not existed:
            _share_with_group(descriptor, path.parent)
        # At once, so that the lines of two processes do not mingle.
        if os.write(descriptor, lines) != len(lines):
            raise OSError(f"{path.name} could not be written in full.")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not existed:
        _make_names_durable(path.parent)


def make_durable(file: IO[bytes]) -> None:
    """Have what was written so far survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    # Made with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            make_durable(file)
        unfinished.replace(path)
        _make_names_durable(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _share_with_group(descriptor: int, folder: Path) -> None:
    """Let web and worker, each a user of its own, both write: whoever is first makes the file.

    Their common group is that of the instance's folder, where a group may write to it.
    """
    status = folder.stat()
    if status.st_mode & stat.S_IWGRP:
        with suppress(PermissionError):
            os.fchown(descriptor, -1, status.st_gid)
            os.fchmod(descriptor, 0o660)


def _make_names_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
