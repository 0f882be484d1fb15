"""When mail is tried again, and how fast it goes."""

from datetime import timedelta

import pytest

from campaigns.mail.schedule import Pace, fault_wait, retry_delay


def test_retries_come_later_and_later() -> None:
    delays = [retry_delay(attempts, 0.5) for attempts in range(1, 7)]
    assert delays == [
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=3),
        timedelta(hours=6),
        timedelta(hours=6),
    ]


def test_retries_end_after_three_days() -> None:
    waited, attempts = timedelta(), 1
    while (delay := retry_delay(attempts, 0.5)) is not None:
        waited, attempts = waited + delay, attempts + 1
    assert timedelta(hours=72) <= waited < timedelta(hours=78)
    assert retry_delay(attempts + 1, 0.5) is None


def test_retries_are_spread_by_a_tenth_either_way() -> None:
    assert retry_delay(1, 0.0) == timedelta(minutes=4, seconds=30)
    assert retry_delay(1, 1.0) == timedelta(minutes=5, seconds=30)


@pytest.mark.parametrize(
    ("faults", "minutes"), [(1, None), (4, None), (5, 1), (6, 5), (7, 15), (20, 15)]
)
def test_broken_connections_make_mail_rest_from_the_fifth_on(
    faults: int, minutes: int | None
) -> None:
    assert fault_wait(faults) == (None if minutes is None else timedelta(minutes=minutes))


def test_a_pace_keeps_its_rate_over_time() -> None:
    pace, sent = Pace(7), 0
    for tenth in range(600):
        for _ in range(pace.allowance(tenth / 10) or 0):
            pace.spend()
            sent += 1
    assert 60 * 7 - 1 <= sent <= 61 * 7


def test_a_pace_saves_up_no_more_than_a_second() -> None:
    pace = Pace(7)
    assert pace.allowance(0.0) == 7
    assert pace.allowance(3600.0) == 7


def test_without_a_rate_nothing_is_held_back() -> None:
    assert Pace(None).allowance(0.0) is None
