"""What may be told of the countries signatures come from.

Whoever reads the numbers also reads the exact total at any moment, the names of the latest signers,
and every earlier version of the numbers. Told exactly, a country that rises by one names the
country of whoever signed in between, and what is missing to the total is the size of what is
hidden. So:

- They follow at most once a day, and only once the total has moved by 20 since.
- They are rounded down to tens, and told from 20 up. A country below that reads like none.
- In a version for which the total grew by some number, no country rises by more than that number
  less ten, nor falls by more than the total fell less ten: nobody who came or went in between is
  shown to be of a country, or not to be.
- What is not told makes up 20 at least, else the smallest of what would be told is not told either.

Numbers therefore lag behind and none is exact. They are too low while people come; only where some
leave as others come can one be too high for a while.
"""

from collections.abc import Mapping

LEAST = 20
STEP = 10


def is_worth_counting(total: int, total_before: int) -> bool:
    """Return whether enough came or went for the numbers to follow."""
    return abs(total - total_before) >= LEAST


def follow_countries(
    counted: Mapping[str, int], before: Mapping[str, int], *, grown: int
) -> dict[str, int]:
    """Return the numbers that follow those `before`, from how many of each there are.

    `grown` is by how many the total has grown since, below nought if it fell. A country that is in
    neither reads as if there were fewer than 20.
    """
    rise, fall = _limit(grown), _limit(-grown)
    numbers = {}
    for country in sorted({*counted, *before}):
        was = before.get(country, LEAST - STEP)
        number = _round(counted.get(country, 0))
        numbers[country] = min(max(number, was - fall), was + rise)
    return {country: number for country, number in numbers.items() if number >= LEAST}


def countries_to_tell(numbers: Mapping[str, int], total: int) -> dict[str, int]:
    """Return the numbers of which nothing can be derived from this total, the greatest first."""
    told = dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0])))
    while told and total - sum(told.values()) < LEAST:
        told.popitem()
    return told


def _limit(moved: int) -> int:
    return _round(max(moved - STEP, 0))


def _round(number: int) -> int:
    return number // STEP * STEP
