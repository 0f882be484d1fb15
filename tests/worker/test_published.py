"""What was published is mailed, though the web process did not outlive its answer."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.vocabulary import EventKind
from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.updates.operations import UNTOLD_FOR
from tests.factories import (
    ORGANISER_PASSWORD,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_subscription,
)
from tests.fixtures.mail import Mailbox
from tests.fixtures.servers import serving_web
from tests.signing.crowd import Visitor

FIELD = rb'name="%b"[^>]*value="([^"]+)"'
READERS = [f"reader{number}@example.org" for number in range(20)]


def filled_in(page: bytes, *names: str) -> dict[str, str]:
    """What a browser would send of a form's hidden fields."""
    found = {name: re.search(FIELD % name.encode(), page) for name in names}
    return {name: match[1].decode() for name, match in found.items() if match}


@contextmanager
def silent_relay(settings: Settings) -> Iterator[socket.socket]:
    """A relay that takes connections and says nothing, for processes started meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as relay:
        relay.setblocking(False)
        port = relay.getsockname()[1]
        lines = f'mail_server = "127.0.0.1"\nmail_port = {port}\n'
        (settings.instance_path / "settings.toml").write_text(lines)
        yield relay


def publish(port: int, slug: str, username: str) -> None:
    """Sign in and post what happened, telling subscribers."""
    visitor, path = Visitor(port), f"/console/campaigns/{slug}/post"
    login = filled_in(visitor.ask("GET", "/login").body, "csrf_token")
    login |= {"username": username, "password": ORGANISER_PASSWORD}
    assert visitor.ask("POST", "/login", login).status == 303
    form = filled_in(visitor.ask("GET", path).body, "csrf_token", "token")
    form |= {"kind": "released", "date": "2024-03-09", "summary": "All came home.", "tell": "y"}
    assert visitor.ask("POST", path, form).status == 303
    visitor.leave()


def test_news_reaches_everybody_though_web_was_killed_right_after_it_was_published(
    app: Flask,
    settings: Settings,
    deliver: Callable[[], int],
    mailbox: Mailbox,
    tmp_path: Path,
) -> None:
    campaign = make_campaign()
    make_detainee(campaign)
    make_event(campaign, EventKind.ARRESTED, "2024-03-01")
    organiser = make_organiser(roles={campaign: Role.EDITOR})
    for reader in READERS:
        make_subscription(campaign, reader)
    slug, username = campaign.slug, organiser.username
    # Nothing of this process keeps the server from writing.
    db.session.rollback()
    log = tmp_path / "web.log"
    with silent_relay(settings) as relay, serving_web(settings, log, workers=1) as server:
        publish(int(server.url.rpartition(":")[2]), slug, username)
        # Publishing waits for no relay: nobody has even called this one.
        with pytest.raises(BlockingIOError):
            relay.accept()
    with time_machine.travel(utcnow() + UNTOLD_FOR + timedelta(seconds=1)):
        assert deliver() == len(READERS)
        assert deliver() == 0
    assert sorted(mail.recipient for mail in mailbox.mails()) == sorted(READERS)
