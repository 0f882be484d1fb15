"""Signs of life of workers, and which of them runs a periodic job."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update

from campaigns.db import db, insert_into, utcnow
from campaigns.mail.claims import LEASE
from campaigns.mail.models import JobLease, WorkerHeartbeat

FORGOTTEN_AFTER = timedelta(days=1)


def beat(worker: str) -> None:
    """Note that a worker's loop turns, and extend the leases on the jobs it is running."""
    now = utcnow()
    insert = insert_into(WorkerHeartbeat).values(worker=worker, seen_at=now)
    db.session.execute(
        insert.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": now})
    )
    db.session.execute(
        update(JobLease).where(JobLease.worker == worker).values(next_at=now + LEASE)
    )
    db.session.execute(
        delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < now - FORGOTTEN_AFTER)
    )


def sign_off(worker: str) -> None:
    """Note that a worker has ended in good order."""
    db.session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker))


def take_job(name: str, worker: str) -> bool:
    """Take a periodic job that is due and that no living worker holds; say whether it was taken."""
    now = utcnow()
    insert = insert_into(JobLease).values(name=name, worker=worker, next_at=now + LEASE)
    result = db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"worker": worker, "next_at": now + LEASE},
            where=JobLease.next_at <= now,
        ).execution_options(preserve_rowcount=True)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def finish_job(name: str, worker: str, next_at: datetime) -> None:
    """Give a job back and say when it is due again; nothing when another worker took it over."""
    db.session.execute(
        update(JobLease)
        .where(JobLease.name == name, JobLease.worker == worker)
        .values(worker=None, next_at=next_at)
    )
