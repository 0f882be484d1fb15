"""Turns at writing to a SQLite file.

SQLite lets one write at a time, and lets those who wait sleep ever longer. Whoever writes takes a
turn here first, so that the next begins as soon as one ends: threads of a process wake each other,
processes look every fifth of a millisecond. A turn only saves time: SQLite's own lock decides.
"""

import fcntl
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

LONGEST_WAIT_SECONDS = 5.0
# As long as SQLite's busy_timeout, which then answers that the database is busy.
LOOK_SECONDS = 0.0002

_of_process = threading.Lock()


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write that one connection has for one transaction."""

    file: int | None

    def end(self) -> None:
        """Let the next one write."""
        if self.file is not None:
            fcntl.lockf(self.file, fcntl.LOCK_UN)
        _of_process.release()


def open_turns(database: str) -> int | None:
    """Open the file by which the processes that write to a database take turns.

    Returns its descriptor; None for a database in memory, or where no file can be written.
    """
    if not database:
        return None
    with suppress(OSError):
        return os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return None


def take_turn(file: int | None) -> Turn | None:
    """Wait for one's turn; None when it does not come within LONGEST_WAIT_SECONDS."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    if not _of_process.acquire(timeout=LONGEST_WAIT_SECONDS):
        return None
    while file is not None:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > until:
                file = None
            time.sleep(LOOK_SECONDS)
        else:
            break
    return Turn(file)
