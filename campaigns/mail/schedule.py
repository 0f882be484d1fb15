"""When to try again, and how fast to go: numbers only."""

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

    Times are seconds of any clock that only goes forward.
    """

    def __init__(self, per_second: int | None) -> None:
        self._per_second = per_second
        self._saved = float(per_second or 0)
        self._at: float | None = None

    def allowance(self, now: float) -> int | None:
        """Return how many mails may go now, None for any number."""
        if self._per_second is None:
            return None
        if self._at is not None:
            self._saved += (now - self._at) * self._per_second
            self._saved = min(self._saved, self._per_second)
        self._at = now
        return int(self._saved)

    def spend(self) -> None:
        """Note that one mail has gone."""
        self._saved -= 1
