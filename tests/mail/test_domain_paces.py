"""Limits of mails to single domains."""

from campaigns.mail.models import Priority
from campaigns.mail.schedule import DomainPaces

NEWS, ASKED_FOR = Priority.NEWS, Priority.ASKED_FOR


def test_a_domain_without_a_limit_never_waits() -> None:
    paces = DomainPaces({"slow.example": 1.0})
    assert {paces.wait("example.org", NEWS, 0.0) for _ in range(1000)} == {0.0}


def test_what_has_to_wait_gets_times_one_after_the_other() -> None:
    paces = DomainPaces({"slow.example": 2.0})
    waits = [paces.wait("slow.example", NEWS, 0.0) for _ in range(6)]
    assert waits == [0.0, 0.0, 0.5, 1.0, 1.5, 2.0]


def test_what_somebody_asked_for_does_not_queue_behind_news() -> None:
    paces = DomainPaces({"slow.example": 1.0})
    assert [paces.wait("slow.example", NEWS, 0.0) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert paces.wait("slow.example", ASKED_FOR, 0.0) == 1.0


def test_a_limit_below_one_a_second_lets_one_go_in_its_time() -> None:
    paces = DomainPaces({"slow.example": 0.1})
    sent = sum(paces.wait("slow.example", NEWS, second / 4) == 0 for second in range(4 * 60))
    assert sent == 6


def test_coming_back_at_its_time_a_mail_goes() -> None:
    paces = DomainPaces({"slow.example": 4.0})
    due = [0.0] * 100
    rounds = 0
    while due:
        now, due = (
            due[0],
            sorted(at + wait for at in due if (wait := paces.wait("slow.example", NEWS, at))),
        )
        rounds += 1
        assert now <= 26
        assert rounds < 10
