"""Who may send a mail, for how long, and what happens when that worker dies or sleeps."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from operator import attrgetter
from time import monotonic

import pytest
import time_machine
from flask import Flask
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from campaigns.db import db, utcnow
from campaigns.mail.claims import (
    ClaimedDelivery,
    claim_deliveries,
    complete_deferred,
    complete_sent,
    complete_unsent,
    give_way,
    hold,
    pause_mail,
    release,
)
from campaigns.mail.messages import message_id_for
from campaigns.mail.models import DeliveryState, PauseReason, Priority
from campaigns.mail.operations import cancel_deliveries
from campaigns.mail.queries import is_mail_due
from tests.mail.notes import delivery_of, queue_notes, states


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        yield traveller


def claim(owner: str = "worker", limit: int = 10) -> list[ClaimedDelivery]:
    claims = claim_deliveries(owner, limit, message_id_for)
    db.session.commit()
    return claims


def names(claims: list[ClaimedDelivery]) -> set[str]:
    return {claimed.about_id for claimed in claims}


def test_what_one_worker_has_taken_no_other_gets(app: Flask) -> None:
    queue_notes(["one", "two", "three"])
    assert len(claim("first", limit=2)) == 2
    assert len(claim("second")) == 1
    assert claim("third") == []


def test_workers_claiming_at_the_same_moment_share_the_queue(app: Flask) -> None:
    queue_notes(f"n{number}" for number in range(40))
    taken: list[str] = []

    def work(owner: str) -> None:
        with app.app_context():
            while claims := claim(owner, limit=3):
                taken.extend(claimed.about_id for claimed in claims)

    workers = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(f"n{number}" for number in range(40))


def test_confirmations_go_before_news_always(app: Flask) -> None:
    queue_notes(["news"], priority=Priority.NEWS)
    queue_notes(["confirmation"])
    assert names(claim()) == {"confirmation"}
    assert names(claim()) == {"news"}


def test_mail_whose_time_has_not_come_is_left_alone(
    app: Flask, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    release(claim(), after=timedelta(minutes=5))
    db.session.commit()
    assert not is_mail_due(utcnow())
    assert claim() == []
    clock.shift(timedelta(minutes=5))
    assert is_mail_due(utcnow())
    assert names(claim()) == {"one"}


def test_a_dead_workers_mail_is_taken_up_after_a_minute_with_the_same_id(
    app: Flask, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    (first,) = claim("dead")
    clock.shift(timedelta(seconds=59))
    assert claim("alive") == []
    clock.shift(timedelta(seconds=1))
    (second,) = claim("alive")
    assert second.message_id == first.message_id
    assert second.attempts == 0


def test_a_worker_that_slept_too_long_changes_nothing(
    app: Flask, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    (stale,) = claim("asleep")
    clock.shift(timedelta(seconds=61))
    (current,) = claim("awake")
    assert not hold([stale])
    assert not complete_sent([stale])
    complete_unsent(stale, DeliveryState.FAILED)
    complete_deferred(stale, "450")
    release([stale])
    db.session.commit()
    assert delivery_of("one").lease_owner == "awake"
    assert states() == {"one": "sending"}
    assert complete_sent([current])
    db.session.commit()
    assert states() == {"one": "sent"}


def test_a_lease_is_extended_when_too_little_of_it_is_left(
    app: Flask, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    (claimed,) = claim()
    clock.shift(timedelta(seconds=30))
    assert hold([claimed])
    db.session.commit()
    assert delivery_of("one").next_at == utcnow() + timedelta(seconds=60)


def test_what_is_cancelled_in_between_is_not_sent(app: Flask) -> None:
    queue_notes(["one"])
    (claimed,) = claim()
    cancel_deliveries(about_id="one")
    db.session.commit()
    assert not hold([claimed])


def test_what_had_left_before_it_was_cancelled_is_recorded_as_sent(app: Flask) -> None:
    queue_notes(["one"])
    (claimed,) = claim()
    assert hold([claimed])
    cancel_deliveries(about_id="one")
    assert complete_sent([claimed])
    db.session.commit()
    assert states() == {"one": "sent"}


def test_what_was_deferred_and_then_cancelled_stays_cancelled(app: Flask) -> None:
    queue_notes(["one"])
    (claimed,) = claim()
    cancel_deliveries(about_id="one")
    complete_deferred(claimed, "450 4.2.0")
    db.session.commit()
    assert states() == {"one": "cancelled"}
    assert delivery_of("one").next_at is None


def test_three_days_of_deferrals_end_in_failure(app: Flask, clock: time_machine.Traveller) -> None:
    queue_notes(["one"])
    begin = utcnow()
    while claims := claim():
        complete_deferred(claims[0], "450 4.2.0")
        db.session.commit()
        assert utcnow() - begin < timedelta(hours=90)
        clock.move_to(delivery_of("one").next_at or utcnow())
    assert states() == {"one": "failed"}
    assert delivery_of("one").smtp_code == "450 4.2.0"
    assert utcnow() - begin > timedelta(hours=64)


def test_a_pause_of_all_mail_ends_by_itself(app: Flask, clock: time_machine.Traveller) -> None:
    queue_notes(["one"])
    pause_mail(timedelta(minutes=15), PauseReason.SENDER_REFUSED)
    db.session.commit()
    assert not is_mail_due(utcnow())
    assert claim() == []
    clock.shift(timedelta(minutes=15))
    assert names(claim()) == {"one"}


def test_a_pause_of_one_campaigns_news_stops_nothing_else(app: Flask) -> None:
    queue_notes(["confirmation"])
    queue_notes(["news"], priority=Priority.NEWS)
    pause_mail(timedelta(minutes=15), PauseReason.POLICY, kind="test.news", campaign_id=1)
    db.session.commit()
    assert names(claim()) == {"confirmation"}
    assert claim() == []
    pause_mail(timedelta(), PauseReason.POLICY, kind="test.news", campaign_id=1)
    pause_mail(timedelta(minutes=15), PauseReason.POLICY, kind="test.news", campaign_id=2)
    db.session.commit()
    assert names(claim()) == {"news"}


# SQLite has one writer at a time.
@pytest.mark.database("postgresql")
def test_a_request_that_changes_rows_in_another_order_is_not_what_is_broken_off(
    app: Flask,
) -> None:
    queue_notes(f"n{number}" for number in range(4))
    claims = sorted(claim(), key=attrgetter("id"))
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool)
    touch = text("UPDATE delivery SET kind = kind WHERE id = :id")
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    failures: list[Exception] = []

    def cancel_many() -> None:
        """Change the first row, having changed the last, while a worker waits for that."""
        try:
            until = monotonic() + 10
            with engine.connect() as looking:
                while not looking.scalar(waits) and monotonic() < until:
                    looking.rollback()
            request.execute(touch, {"id": claims[0].id})
            request.commit()
        except DBAPIError as error:
            failures.append(error)

    with engine.connect() as request:
        # Sooner than the worker's connection PostgreSQL would find this one in a deadlock.
        request.execute(text("SET deadlock_timeout = '600ms'"))
        request.execute(touch, {"id": claims[-1].id})
        thread = threading.Thread(target=cancel_many)
        thread.start()
        try:
            give_way()
            complete_sent(claims)
        except OperationalError:
            db.session.rollback()
        thread.join()
    engine.dispose()
    assert not failures
    # What had to give way is written down at the second try.
    assert len(complete_sent(claims)) == 4
