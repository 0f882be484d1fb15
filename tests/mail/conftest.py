"""An application whose mail goes to a relay on loopback."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from campaigns.app import create_app
from campaigns.config import Settings
from campaigns.db import db
from tests.mail.notes import ADDRESSES, BROKEN, UNREADABLE
from tests.mail.relay import Relay, make_certificate, running

RelayedApp = Callable[..., AbstractContextManager[Flask]]


@pytest.fixture(autouse=True)
def _no_notes() -> Iterator[None]:
    yield
    for known in (ADDRESSES, BROKEN, UNREADABLE):
        known.clear()


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running(Relay()) as relay:
        yield relay


@pytest.fixture
def relayed_app(settings: Settings) -> RelayedApp:
    """Make an application that sends to a relay; further settings by their names.

    It has one connection unless told otherwise, so that mails go one after another.
    """

    @contextmanager
    def make(relay: Relay, timeout: float = 5.0, **changes: Any) -> Iterator[Flask]:
        one = {"mail_server": "127.0.0.1", "mail_port": relay.port, "mail_connections": 1}
        given: dict[str, Any] = one | changes
        app = create_app(replace(settings, **given))
        app.config["MAIL_TIMEOUT"] = timeout
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()

    return make


@pytest.fixture
def mailing(relayed_app: RelayedApp, relay: Relay) -> Iterator[Flask]:
    """The application, its context open, with its mail going to `relay`."""
    with relayed_app(relay) as app:
        yield app


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))
