"""`campaigns mail status` says what waits, what failed, and what rests and why."""

from datetime import timedelta

from flask import Flask

from campaigns.db import db
from campaigns.mail.claims import pause_mail
from campaigns.mail.cli import mail, status_lines
from campaigns.mail.leases import beat
from campaigns.mail.models import PauseReason, Priority
from tests.mail.notes import queue_notes


def test_an_installation_that_never_mailed_says_so(app: Flask) -> None:
    lines = status_lines()
    assert lines[0] == "No mail has been queued yet."
    assert "No worker is running" in lines[-1]


def test_queues_are_listed_by_kind_and_state(app: Flask) -> None:
    queue_notes(["one", "two"])
    queue_notes(["three"], priority=Priority.NEWS)
    beat("worker")
    assert [line.split() for line in status_lines()] == [
        ["test.news", "queued", "1"],
        ["test.note", "queued", "2"],
    ]


def test_a_pause_is_told_with_its_reason_and_its_end(app: Flask) -> None:
    beat("worker")
    pause_mail(timedelta(minutes=15), PauseReason.SENDER_REFUSED, smtp_code="550 5.7.1")
    pause_mail(timedelta(minutes=15), PauseReason.POLICY, kind="update.send", campaign_id=3)
    db.session.commit()
    _, first, second = status_lines()
    assert first.startswith("Paused: all mail, because the relay refuses mail from CAMPAIGNS_MAIL")
    assert "(550 5.7.1); tried again at" in first
    assert second.startswith("Paused: update.send of campaign 3, because")


def test_the_command_prints_the_same(app: Flask) -> None:
    queue_notes(["one"])
    result = app.test_cli_runner().invoke(mail, ["status"])
    assert result.exit_code == 0, result.output
    assert "test.note" in result.output
