"""`check --deploy` finds keys that lie where somebody could take them."""

from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from campaigns.config import Settings
from campaigns.vault.operations import RECOVERY_IDENTITY
from tests.cli.conftest import Command


@pytest.fixture
def faults(command: Command) -> Callable[[], list[str]]:
    """What `check --deploy` says of keys."""
    return lambda: [
        line
        for line in command("check", "--deploy").err.splitlines()
        if "identity can be read" in line
    ]


@pytest.mark.database("sqlite")
def test_an_identity_anywhere_in_the_instance_is_found(
    settings: Settings, faults: Callable[[], list[str]]
) -> None:
    recovery = settings.keys_path / RECOVERY_IDENTITY
    (said,) = faults()
    assert said.startswith("The recovery identity can be read on this server: move ")
    assert str(recovery) in said
    recovery.rename(settings.instance_path / "notes.txt")
    elsewhere = settings.instance_path / "a" / "b" / "mine"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text(f"# mine\n{pyrage.x25519.Identity.generate()}\n")
    said_of = faults()
    assert len(said_of) == 2
    assert all(line.startswith("A key-holder's identity can be read") for line in said_of)
    assert str(elsewhere) in said_of[0]
    elsewhere.unlink()
    (settings.instance_path / "notes.txt").unlink()
    assert faults() == []


@pytest.mark.database("sqlite")
def test_what_only_looks_like_one_does_not_stop_it(
    settings: Settings, faults: Callable[[], list[str]]
) -> None:
    (settings.keys_path / RECOVERY_IDENTITY).unlink()
    (settings.instance_path / "gone").symlink_to(Path("/nowhere"))
    (settings.instance_path / "large").write_bytes(bytes(1_000_000))
    protected = pyrage.passphrase.encrypt(b"AGE-SECRET-KEY-1", "a passphrase")
    (settings.instance_path / "protected").write_bytes(protected)
    assert faults() == []
