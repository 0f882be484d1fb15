"""Where the bars of a chart stand: numbers only, templates draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 720, 200
GAP = 0.25
# Of a bar's room.


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the chart's view box, counted from its upper corner."""

    x: float
    y: float
    width: float
    height: float
    on: date
    number: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side, the earliest first."""

    bars: Sequence[Bar]
    highest: int
    # What the full height stands for.
    total: int
    peak: Bar | None
    # The highest bar, the latest of several; None when there is nothing.


def draw_bars(numbers: Sequence[tuple[date, int]]) -> Chart:
    """Return the chart of some numbers, the earliest first; whatever is not nought is seen."""
    highest = max((number for _, number in numbers), default=0)
    room = WIDTH / max(len(numbers), 1)
    bars = []
    for place, (on, number) in enumerate(numbers):
        height = max(1.0, HEIGHT * number / highest) if number else 0.0
        bars.append(
            Bar(
                round(place * room + room * GAP / 2, 2),
                round(HEIGHT - height, 2),
                round(room * (1 - GAP), 2),
                round(height, 2),
                on,
                number,
            )
        )
    peak = max(reversed(bars), key=lambda bar: bar.number, default=None)
    total = sum(number for _, number in numbers)
    return Chart(bars, highest, total, peak if highest else None)
