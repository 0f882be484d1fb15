"""Handing letters over on several connections at once: none waits for the others' replies."""

import select
from collections.abc import Callable
from math import inf
from time import monotonic

from campaigns.mail.composing import Letter
from campaigns.mail.connections import LetterConnection, RelayFailed, announce
from campaigns.mail.replies import Outcome, Verdict

# What ends so shortly after another is written down with it: a commit costs much more.
TOGETHER_SECONDS = 0.002
# Mail waits while one more connection is opened: the first may take as long as the relay may, each
# step of another this. With the longest exchange it is less than the lease a mail begins with.
ANOTHER_SECONDS = 1.0
ASK_AGAIN_SECONDS = 300.0


class Lines:
    """The connections there are to the relay, each with one letter under way at most."""

    def __init__(self, connect: Callable[[], LetterConnection], at_most: int) -> None:
        self._connect = connect
        self._at_most = at_most
        self._enough_until = 0.0
        self._free: list[LetterConnection] = []
        self._busy: dict[LetterConnection, Letter] = {}
        self._known: list[tuple[Letter, Outcome]] = []

    @property
    def free(self) -> int:
        """How many letters can be begun now."""
        return len(self._free)

    @property
    def under_way(self) -> bool:
        """Whether what became of some letter is still to be told."""
        return bool(self._busy or self._known)

    def open(self) -> None:
        """Have one connection at least.

        Raises RelayFailed when the relay takes none.
        """
        self._free = [connection for connection in self._free if connection.usable]
        if not self._free:
            self._open_one()

    def widen(self, letters: int) -> None:
        """Open one more connection, if so many letters need one and the relay takes it.

        One at a time: signing in takes a while, during which the first letters have left. A relay
        that takes no more is not asked again for some minutes.
        """
        open_now = len(self._free) + len(self._busy)
        needed = letters > len(self._free) and open_now < self._at_most
        if needed and monotonic() >= self._enough_until:
            try:
                self._open_one(ANOTHER_SECONDS)
            except RelayFailed:
                self._enough_until = monotonic() + ASK_AGAIN_SECONDS

    def _open_one(self, patience: float = inf) -> None:
        connection = self._connect()
        connection.patience = patience
        connection.__enter__()
        self._free.append(connection)

    def begin(self, letter: Letter) -> None:
        """Begin to hand over a letter on a free connection."""
        connection = self._free.pop()
        outcome = connection.start(letter)
        if outcome is None:
            self._busy[connection] = letter
        else:
            self._end(connection, letter, outcome)

    def outcomes(self) -> list[tuple[Letter, Outcome]]:
        """Wait until something is known of one letter at least, and return what is known.

        That is of more than half at most: the relay goes on with the others meanwhile.
        """
        together_until = None
        enough = (len(self._busy) + len(self._known)) // 2 + 1
        while self._busy and len(self._known) < enough:
            if self._known and together_until is None:
                together_until = monotonic() + TOGETHER_SECONDS
            now = monotonic()
            until = together_until or min(connection.deadline for connection in self._busy)
            if not self._listen(max(0.0, until - now)) and monotonic() >= until:
                if self._known:
                    break
                self._give_up(until)
        known, self._known = self._known, []
        return known

    def close(self) -> None:
        """End all connections; what is under way on them is cut off."""
        for connection in self._busy:
            connection.break_off()
        for connection in (*self._free, *self._busy):
            connection.__exit__(None, None, None)  # type: ignore[arg-type]
        self._free, self._busy, self._known = [], {}, []

    def _listen(self, seconds: float) -> bool:
        """Take what replies come within a time; say whether any did."""
        poll = select.poll()
        waiting = {connection.fileno(): connection for connection in self._busy}
        for number in waiting:
            poll.register(number, select.POLLIN)
        ready = poll.poll(seconds * 1000)
        for number, _ in ready:
            connection = waiting[number]
            if (outcome := connection.go_on()) is not None:
                self._end(connection, self._busy.pop(connection), outcome)
        return bool(ready)

    def _give_up(self, until: float) -> None:
        for connection in [it for it in self._busy if it.deadline <= until]:
            self._end(connection, self._busy.pop(connection), connection.break_off())

    def _end(self, connection: LetterConnection, letter: Letter, outcome: Outcome) -> None:
        announce(letter, outcome)
        self._known.append((letter, outcome))
        if connection.usable and outcome.verdict is not Verdict.FAULT:
            self._free.append(connection)
        else:
            connection.__exit__(None, None, None)  # type: ignore[arg-type]
