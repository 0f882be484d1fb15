"""What a measurement says, and the table of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.load import run_load

HALF = 0.5
NONE = "–"


@dataclass(frozen=True)
class Row:
    """One figure beside its baseline and its budget."""

    what: str
    figure: str
    baseline: str
    ratio: str
    budget: str
    # How much of the budget is met: 1 and more is enough, under a half is too little to go on.
    share: float


@dataclass
class Target:
    """Something to send requests to, and the answers it has given."""

    port: int
    files: Iterator[Path]
    # One a run: the same again and again, or a new one each time where a request works only once.
    repeat: bool
    expected: str
    # The status every answer must have.
    answered: int = 0
    counted: int = 0
    # Those of `answered` that were not sent to warm up.
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.counted / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Pace:
    """How long to measure: short runs, of everything compared in turn, so that noise hits all."""

    rounds: int
    seconds: float
    quick: bool = False
    # A glance: the figures say little.
    connections: int = 16

    @property
    def runs(self) -> int:
        """How often each target is sent requests: once to warm up, then to count."""
        return self.rounds + 1

    def compare(self, *targets: Target) -> None:
        """Send every target requests in turn, and count the answers.

        Raises RuntimeError when one is not answered as it should be.
        """
        for number in range(self.runs):
            for target in targets:
                self._run(target, warming=number == 0)

    def _run(self, target: Target, *, warming: bool) -> None:
        load = run_load(
            target.port,
            next(target.files),
            connections=self.connections,
            seconds=self.seconds / 4 if warming else self.seconds,
            repeat=target.repeat,
        )
        if set(load.statuses) != {target.expected}:
            raise RuntimeError(f"Answers were {load.statuses}, not all {target.expected}.")
        target.answered += load.answered
        if not warming:
            target.counted += load.answered
            target.seconds += load.seconds


def print_table(rows: Sequence[Row], write: Callable[[str], None]) -> None:
    """Print the rows and, below them, which budgets are missed."""
    table = Table(title="Benchmarks of this machine, now")
    for name in ("what", "figure", "baseline", "ratio", "budget", ""):
        table.add_column(name, justify="left" if name in ("what", "") else "right")
    for row in rows:
        verdict = "met" if row.share >= 1 else "missed" if row.share >= HALF else "under half"
        verdict = "" if row.budget == NONE else verdict
        table.add_row(row.what, row.figure, row.baseline, row.ratio, row.budget, verdict)
    Console(width=130).print(table)
    missed = [row.what for row in rows if row.share < 1]
    write(f"Missed: {'; '.join(missed)}." if missed else "Every budget is met.")
