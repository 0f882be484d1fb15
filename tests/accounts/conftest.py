"""What the tests of accounts share."""

import pytest

from campaigns.accounts.sessions import SESSION_PATHS
from tests.fixtures import auditing


@pytest.fixture(autouse=True)
def pages_with_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's audit allows cookies where this room promises them, and nowhere else."""
    monkeypatch.setattr(auditing, "CONSOLE", SESSION_PATHS)
