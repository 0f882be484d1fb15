"""One update to very many subscribers: queued, handed to a relay, each mail's end durable."""

import os
import re
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_mail
from flask import Flask
from sqlalchemy import func, insert, select

from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.updates import jobs
from campaigns.updates.models import Frequency, Subscription, SubscriptionState
from campaigns.updates.sealed import seal_subscription
from campaigns.vault.keyring import current_keyring
from tests.bench.installation import Installation
from tests.bench.rows import NONE, Pace, Row
from tests.bench.sink import Figures, running_sink
from tests.factories import make_campaign, make_update
from tests.fixtures.servers import environment_of, kill_with_children

SUBSCRIBERS, GLANCE = 100_000, 5_000
BARE, FLASK_MAILS = 20_000, 1_000
CHUNK = 5_000
QUEUED_SECONDS, BARE_BUDGET, RATE_BUDGET, FLASK_BUDGET = 2.0, 0.4, 2_000, 8.0
MEMORY_BUDGET = 150_000_000
GIVE_UP_SECONDS = 240.0
LOOK_SECONDS = 0.25
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def mail_rows(site: Installation, pace: Pace) -> Iterator[Row]:
    """An update to 100,000 subscribers, against bare senders of as many octets a mail."""
    database = "PostgreSQL" if "postgresql" in site.settings.database_url else "SQLite"
    number = GLANCE if pace.quick else SUBSCRIBERS
    seconds = _queue(site, number)
    budget = f"< {QUEUED_SECONDS:.0f} s"
    share = QUEUED_SECONDS / seconds
    what = f"update to {number:,} queued, {database}, s"
    yield Row(what, f"{seconds:.2f}", NONE, NONE, budget, share)
    before = _bare(BARE if not pace.quick else GLANCE)
    own, memory = _deliver(site)
    # The baseline is taken on both sides of it: what else the machine does changes.
    size = own.octets // max(own.mails, 1)
    bare = (before.rate + _bare(BARE if not pace.quick else GLANCE, size).rate) / 2
    sent, lost = _sent(site), number - own.distinct
    yield Row(
        f"… delivered, {database}, mails/s",
        f"{own.rate:,.0f}",
        f"{bare:,.0f}",
        f"{own.rate / bare:.2f}",
        f"≥ {BARE_BUDGET} and ≥ {RATE_BUDGET:,}/s",
        min(own.rate / bare / BARE_BUDGET, own.rate / RATE_BUDGET),
    )
    yield Row(
        f"… lost or doubled, {database}",
        f"{lost} and {own.mails - own.distinct}",
        f"{sent:,} written down as sent",
        NONE,
        "none",
        float(lost == 0 and own.mails == own.distinct and sent == number),
    )
    yield Row(
        f"… memory of the worker, {database}, MB",
        f"{memory / 1e6:.0f}",
        NONE,
        NONE,
        f"< {MEMORY_BUDGET / 1e6:.0f}",
        MEMORY_BUDGET / memory,
    )
    flask = _flask_mail(FLASK_MAILS, size).rate
    ratio = own.rate / flask
    what = f"… against Flask-Mail's own loop, {database}, mails/s"
    yield Row(
        what,
        f"{own.rate:,.0f}",
        f"{flask:,.0f}",
        f"{ratio:.1f}",
        f"≥ {FLASK_BUDGET:.0f}",
        ratio / FLASK_BUDGET,
    )


def _queue(site: Installation, number: int) -> float:
    """Make subscribers and an update, and return how many seconds queueing it took."""
    with site.app.app_context():
        campaign = make_campaign("mailed", run_by_contact="organisers@example.org")
        for begin in range(0, number, CHUNK):
            rows = [_subscriber(campaign.id, begin + count) for count in range(CHUNK)]
            db.session.execute(insert(Subscription), rows)
            db.session.commit()
        make_update(campaign, text="The court granted bail. **They are not free yet.**\n\n" * 20)
        begun = time.perf_counter()
        jobs.queue_updates()
        return time.perf_counter() - begun


def _subscriber(campaign_id: int, number: int) -> dict[str, object]:
    email = f"subscriber-{number}@example.org"
    sealed = seal_subscription(current_keyring(), campaign_id, email=email, locale="en")
    return {
        "id": sealed.id,
        "campaign_id": campaign_id,
        "state": SubscriptionState.CONFIRMED,
        "email_index": sealed.email_index,
        "sealed_address": sealed.address,
        "frequency": Frequency.IMMEDIATE,
        "confirmed_at": utcnow(),
    }


def _deliver(site: Installation) -> tuple[Figures, int]:
    """Have a worker send all that is queued; what the relay took, and the worker's peak memory."""
    with running_sink() as sink:
        relay = {"CAMPAIGNS_MAIL_SERVER": "127.0.0.1", "CAMPAIGNS_MAIL_PORT": str(sink.port)}
        with _worker(environment_of(site.settings) | relay) as process:
            until = time.monotonic() + GIVE_UP_SECONDS
            while _waiting(site) and time.monotonic() < until:
                if process.poll() is not None:
                    raise RuntimeError("The worker to measure ended.")
                time.sleep(LOOK_SECONDS)
            status = Path(f"/proc/{process.pid}/status").read_text()
    found = PEAK.search(status)
    assert found
    return sink.figures, int(found[1]) * 1024


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "campaigns.cli", "worker"]
    process = subprocess.Popen(command, env=os.environ | environment, start_new_session=True)
    try:
        yield process
    finally:
        kill_with_children(process)


def _waiting(site: Installation) -> bool:
    with site.app.app_context():
        unsent = select(Delivery.id).where(Delivery.next_at.is_not(None)).limit(1)
        return db.session.scalar(unsent) is not None


def _sent(site: Installation) -> int:
    with site.app.app_context():
        sent = select(func.count()).where(Delivery.state == DeliveryState.SENT)
        return db.session.scalar(sent) or 0


def _bare(number: int, size: int = 5_000) -> Figures:
    """Hand over ready mails of a size on one connection, each in two writes."""
    head = "From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <{}@example.org>\r\n\r\n"
    body = b"A line of some ready text, as long as lines of mail usually are.\r\n" * (size // 66)
    commands = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    mails = [head.format(count).encode() + body + b".\r\n" for count in range(number)]
    with running_sink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as host:
        host.ehlo()
        for mail in mails:
            host.send(commands)
            for _ in range(3):
                host.getreply()
            host.send(mail)
            host.getreply()
    return sink.figures


def _flask_mail(number: int, size: int) -> Figures:
    """Send as much text by Flask-Mail, as its documentation says mail to many is sent."""
    words = "A line of some ready text, as long as lines of mail usually are.\n" * (size // 132)
    with running_sink() as sink:
        app = Flask("bare")
        app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=sink.port)
        mail = flask_mail.Mail(app)
        with app.app_context(), mail.connect() as connection:
            for count in range(number):
                connection.send(
                    flask_mail.Message(
                        "News",
                        sender="a@example.org",
                        recipients=[f"subscriber-{count}@example.org"],
                        body=words,
                        html=f"<p>{words}</p>",
                    )
                )
    return sink.figures
