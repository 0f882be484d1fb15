"""When to try again, and how fast to go: numbers only."""

from collections.abc import Mapping
from datetime import timedelta

RETRIES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
GIVE_UP = timedelta(hours=72)
SPREAD = 0.2
FAULTS_TOLERATED = 5
FAULT_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


def retry_delay(attempts: int, chance: float) -> timedelta | None:
    """Return how long to wait after the given number of deferrals (1 or more).

    `chance`, from 0 to 1, moves the wait by up to a tenth either way, so that what was deferred
    together does not come back together. None means: 72 hours have gone by, give up.
    """
    waited = sum((_step(number) for number in range(1, attempts)), timedelta())
    if waited >= GIVE_UP:
        return None
    return _step(attempts) * (1 + SPREAD * (chance - 0.5))


def fault_wait(faults: int) -> timedelta | None:
    """Return how long all mail rests after so many broken connections in a row, None for not."""
    if faults < FAULTS_TOLERATED:
        return None
    return FAULT_WAITS[min(faults - FAULTS_TOLERATED, len(FAULT_WAITS) - 1)]


def _step(attempt: int) -> timedelta:
    return RETRIES[min(attempt, len(RETRIES)) - 1]


class Pace:
    """A limit of mails a second for one worker; what one second left over the next may use.

    Below one a second, one that was left over may go at any time.

    Times are seconds of any clock that only goes forward.
    """

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second or 0.0)
        self._saved = self._most
        self._at: float | None = None

    def allowance(self, now: float) -> int | None:
        """Return how many mails may go now, None for any number."""
        if self._per_second is None:
            return None
        if self._at is not None:
            self._saved += (now - self._at) * self._per_second
            self._saved = min(self._saved, self._most)
        self._at = now
        return int(self._saved)

    def spend(self) -> None:
        """Note that one mail has gone."""
        self._saved -= 1


class DomainPaces:
    """Limits of mails a second to some domains, and when those go that have to wait for it.

    What waits gets a time of its own, one after the other: nothing is taken up in vain again and
    again, and mail to other domains goes on in between.
    """

    def __init__(self, per_second: Mapping[str, float]) -> None:
        self._per_second = per_second
        self._paces = {domain: Pace(rate) for domain, rate in per_second.items()}
        self._promised: dict[tuple[str, int], float] = {}

    def wait(self, domain: str, line: int, now: float) -> float:
        """Return how many seconds a mail has to wait, 0 when it may go, which is then counted.

        Those of another line (such as confirmations) do not queue behind it.
        """
        pace = self._paces.get(domain)
        if pace is None:
            return 0.0
        if pace.allowance(now):
            pace.spend()
            return 0.0
        at = max(now, self._promised.get((domain, line), now)) + 1 / self._per_second[domain]
        self._promised[domain, line] = at
        return at - now
