"""The worker delivers, does the periodic jobs, shows that it lives, and ends when asked to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.db import db, utcnow
from campaigns.mail.claims import pause_mail
from campaigns.mail.leases import beat, finish_job, sign_off, take_job
from campaigns.mail.models import JobLease, MailPause, PauseReason, WorkerHeartbeat
from campaigns.mail.queries import is_worker_alive
from campaigns.vault.models import IndexKey
from campaigns.worker import PeriodicJob, renew_daily_keys, run_job, run_worker
from tests.mail.notes import queue_notes, states

SOON = 10.0


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        yield traveller


@contextmanager
def worker(app: Flask, *jobs: PeriodicJob) -> Iterator[threading.Event]:
    """Run a worker beside the test; it must end within a few seconds of being asked to."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(app, stop, jobs))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(SOON)
    assert not thread.is_alive()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        db.session.rollback()
        assert time.monotonic() < until, "It did not happen."
        time.sleep(0.02)
    db.session.rollback()


def job(run: Callable[[], object], name: str = "test.job", seconds: float = 60) -> PeriodicJob:
    return PeriodicJob(name, timedelta(seconds=seconds), run)


def test_queued_mail_leaves_within_seconds(app: Flask) -> None:
    with worker(app):
        queue_notes(["one"])
        eventually(lambda: states() == {"one": "sent"})


def test_a_worker_is_seen_while_it_lives_and_not_after_it_ended(app: Flask) -> None:
    assert not is_worker_alive()
    with worker(app):
        eventually(is_worker_alive)
    assert not is_worker_alive()


def test_a_worker_that_died_is_not_seen_after_some_minutes(
    app: Flask, clock: time_machine.Traveller
) -> None:
    beat("worker")
    clock.shift(timedelta(minutes=2))
    assert is_worker_alive()
    clock.shift(timedelta(minutes=2))
    assert not is_worker_alive()
    clock.shift(timedelta(days=2))
    beat("another")
    assert db.session.get(WorkerHeartbeat, "worker") is None
    sign_off("another")
    assert not is_worker_alive()


def test_starting_a_worker_ends_every_pause(app: Flask) -> None:
    pause_mail(timedelta(hours=1), PauseReason.UNREACHABLE)
    queue_notes(["one"])
    with worker(app):
        eventually(lambda: states() == {"one": "sent"})
    assert db.session.query(MailPause).count() == 0


def test_jobs_run_at_once_and_a_broken_one_stops_nothing(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    ran = threading.Event()

    def fail() -> None:
        raise RuntimeError("somebody@example.org")

    with worker(app, job(fail, "test.broken"), job(ran.set, "test.sound")):
        assert ran.wait(SOON)
        queue_notes(["one"])
        eventually(lambda: states() == {"one": "sent"})
        eventually(lambda: "test.broken" in caplog.text)
    assert "RuntimeError" in caplog.text
    assert "example.org" not in caplog.text


def test_a_job_held_by_one_worker_is_not_run_by_another(app: Flask) -> None:
    assert take_job("test.job", "first")
    db.session.commit()
    assert not run_job(job(lambda: pytest.fail("It must not run.")), "second")


def test_a_job_is_not_run_again_before_its_time(app: Flask, clock: time_machine.Traveller) -> None:
    runs: list[str] = []
    for name in ("first", "second"):
        run_job(job(lambda name=name: runs.append(name)), name)  # type: ignore[misc]
    assert runs == ["first"]
    clock.shift(timedelta(seconds=60))
    assert run_job(job(lambda: runs.append("second")), "second")
    assert runs == ["first", "second"]


def test_a_dead_workers_job_is_taken_over_after_a_minute(
    app: Flask, clock: time_machine.Traveller
) -> None:
    assert take_job("test.job", "dead")
    db.session.commit()
    clock.shift(timedelta(seconds=59))
    assert not take_job("test.job", "alive")
    clock.shift(timedelta(seconds=1))
    assert take_job("test.job", "alive")
    finish_job("test.job", "dead", utcnow())
    db.session.commit()
    assert db.session.get_one(JobLease, "test.job").worker == "alive"


def test_a_living_worker_keeps_the_job_it_is_running(
    app: Flask, clock: time_machine.Traveller
) -> None:
    assert take_job("test.job", "busy")
    for _ in range(5):
        clock.shift(timedelta(seconds=30))
        beat("busy")
        assert not take_job("test.job", "other")


def test_a_job_that_failed_is_due_again_in_its_time(
    app: Flask, clock: time_machine.Traveller
) -> None:
    def fail() -> None:
        raise RuntimeError

    assert run_job(job(fail), "worker")
    assert not run_job(job(fail), "worker")
    clock.shift(timedelta(seconds=60))
    assert run_job(job(fail), "worker")


def test_what_a_failed_job_had_not_committed_is_undone(app: Flask) -> None:
    def write_and_fail() -> None:
        db.session.add(WorkerHeartbeat(worker="written by the job", seen_at=utcnow()))
        db.session.flush()
        raise RuntimeError

    run_job(job(write_and_fail), "worker")
    assert db.session.get(WorkerHeartbeat, "written by the job") is None


def test_daily_keys_are_there_before_their_day_and_gone_after_it(
    app: Flask, clock: time_machine.Traveller
) -> None:
    def days() -> set[str]:
        scopes = db.session.scalars(db.select(IndexKey.scope)).all()
        return {scope for scope in scopes if scope[:2] == "20"}

    today = utcnow().date()
    renew_daily_keys()
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert days() == {today.isoformat(), tomorrow}
    clock.shift(timedelta(days=1))
    renew_daily_keys()
    assert days() == {tomorrow, (today + timedelta(days=2)).isoformat()}
