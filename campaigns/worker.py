"""The worker: delivers mail, and runs each periodic job unless another worker holds it."""

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from campaigns.config import current_settings
from campaigns.db import db, empty_log, utcnow
from campaigns.mail.claims import end_pauses
from campaigns.mail.delivery import DeliveryLoop, describe
from campaigns.mail.leases import beat, finish_job, sign_off, take_job
from campaigns.petitions import jobs as petitions
from campaigns.updates import jobs as updates
from campaigns.vault.operations import forget_daily_keys, make_daily_keys, make_site_keys

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
FAILED_SECONDS = 5.0
BEAT_SECONDS = 10.0
FORGET_SECONDS = 15.0
RETRY_SECONDS = 0.5
# A job is due again a little before its time, so that a timer that comes early does not miss it.
EARLY = 0.9


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Work a room does from time to time.

    `run` finds its own due work by a query, commits it in small pieces, and may be killed or, after
    a kill, run twice at any moment.
    """

    name: str
    every: timedelta
    run: Callable[[], object]


def renew_daily_keys() -> None:
    """Have the keys that live one day for today and tomorrow, and those of earlier days no more.

    The keys of the whole installation are made here too: the worker alone needs them.
    """
    today = utcnow().date()
    make_site_keys(current_settings().keys_path)
    for day in (today, today + timedelta(days=1)):
        make_daily_keys(current_settings().keys_path, day)
    forget_daily_keys(today)
    db.session.commit()


def forget_erased() -> None:
    """Have what was erased leave SQLite's write-ahead log, which is busy while somebody reads."""
    until = monotonic() + FORGET_SECONDS
    while not empty_log() and monotonic() < until:
        sleep(RETRY_SECONDS)


JOBS = (
    PeriodicJob("updates.queue", timedelta(seconds=5), updates.queue_updates),
    PeriodicJob("updates.tests", timedelta(seconds=30), updates.forget_test_mails),
    PeriodicJob("updates.enrol", timedelta(seconds=10), updates.enrol_signers),
    PeriodicJob("updates.correct", timedelta(seconds=10), updates.queue_corrections),
    PeriodicJob("updates.farewell", timedelta(minutes=1), updates.take_leave),
    PeriodicJob("updates.leave", timedelta(seconds=10), updates.leave_sites),
    PeriodicJob("updates.digests", timedelta(minutes=1), updates.queue_digests),
    PeriodicJob("updates.purge", timedelta(minutes=10), updates.purge),
    PeriodicJob("updates.protect", timedelta(minutes=1), updates.protect_supporters),
    PeriodicJob("petitions.show", timedelta(seconds=10), petitions.show_signers),
    PeriodicJob("petitions.links", timedelta(minutes=1), petitions.forget_requested_links),
    PeriodicJob("petitions.remind", timedelta(minutes=30), petitions.remind_signers),
    PeriodicJob("petitions.recount", timedelta(days=1), petitions.recount_all),
    PeriodicJob("database.log", timedelta(seconds=20), forget_erased),
    PeriodicJob("petitions.countries", timedelta(days=1), petitions.count_countries),
    PeriodicJob("vault.keys", timedelta(minutes=10), renew_daily_keys),
)


def run_worker(app: Flask, stop: threading.Event, jobs: tuple[PeriodicJob, ...] = JOBS) -> None:
    """Deliver mail and run the jobs until `stop` is set; the mail being sent then is finished.

    Whatever fails is logged without personal data and tried again; nothing ends the worker but
    `stop` or a signal.
    """
    worker = secrets.token_hex(8)
    with app.app_context():
        scheduler = _schedule(app, worker, jobs)
        _guard("starting", end_pauses)
        # Mail cannot be written without them.
        _guard("making keys", renew_daily_keys)
        loop = DeliveryLoop(stop)
        scheduler.start()
        try:
            _turn_until(stop, loop, worker)
        finally:
            scheduler.shutdown(wait=False)
            _guard("ending the connection", loop.close)
            _guard("signing off", lambda: sign_off(worker))


def run_job(job: PeriodicJob, worker: str) -> bool:
    """Run a job unless another worker holds it or ran it lately; say whether it was run.

    A job that fails is logged and is due again when it would be anyway.
    """
    if not take_job(job.name, worker):
        db.session.rollback()
        return False
    db.session.commit()
    next_at = utcnow() + job.every * EARLY
    _guard(f"the job {job.name}", job.run)
    finish_job(job.name, worker, next_at)
    db.session.commit()
    return True


def _turn_until(stop: threading.Event, loop: DeliveryLoop, worker: str) -> None:
    next_beat = monotonic()
    while not stop.is_set():
        if monotonic() >= next_beat:
            _guard("the heartbeat", lambda: beat(worker))
            next_beat = monotonic() + BEAT_SECONDS
        busy = _guard("delivering mail", loop.turn)
        if not busy:
            stop.wait(IDLE_SECONDS if busy is False else FAILED_SECONDS)


def _schedule(app: Flask, worker: str, jobs: tuple[PeriodicJob, ...]) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(timezone=UTC)
    # A run that takes longer than the time between two is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for job in jobs:
        scheduler.add_job(
            _run_in_context,
            "interval",
            args=(app, job, worker),
            id=job.name,
            seconds=job.every.total_seconds(),
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    return scheduler


def _run_in_context(app: Flask, job: PeriodicJob, worker: str) -> None:
    with app.app_context():
        _guard(f"taking the job {job.name}", lambda: run_job(job, worker))


def _guard(what: str, work: Callable[[], object]) -> bool | None:
    """Do something and commit it; log a failure and go on.

    Returns whether there was anything to do, None when it failed.
    """
    try:
        did_something = bool(work())
        db.session.commit()
    except Exception as error:
        logger.error("Failed at %s: %s.", what, describe(error))
        # With the database away even this may fail; the next transaction begins anew all the same.
        with suppress(SQLAlchemyError):
            db.session.rollback()
        return None
    return did_something
