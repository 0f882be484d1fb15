"""A campaign with key-holders, and commands run as two people at their machines would."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pyrage
import pytest
from flask import Flask

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.petitions.exports import approve_export, request_export
from campaigns.petitions.models import Petition
from campaigns.vault.operations import RECOVERY_IDENTITY
from tests.cli.conftest import Answer, Command, bare_command
from tests.factories import make_campaign, make_organiser, make_petition
from tests.fixtures.servers import environment_of

__all__ = ["bare_command"]

Approve = Callable[[Campaign], None]
Typing = Callable[..., None]


@dataclass(frozen=True)
class Identity:
    """Somebody's age identity in a plain file, as `age-keygen` writes it."""

    path: Path
    recipient: str


@pytest.fixture
def make_identity(tmp_path: Path) -> Callable[[str], Identity]:
    """Make an identity on somebody's own machine."""

    def make(name: str) -> Identity:
        identity = pyrage.x25519.Identity.generate()
        path = tmp_path / f"{name}.txt"
        path.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
        return Identity(path, str(identity.to_public()))

    return make


@pytest.fixture
def recovery(settings: Settings) -> Path:
    """The file of the recovery identity."""
    return settings.keys_path / RECOVERY_IDENTITY


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("watched")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


@pytest.fixture
def approve(app: Flask) -> Approve:
    """Have two owners agree on one export of a campaign."""

    def agree(campaign: Campaign) -> None:
        asking, approving = (make_organiser(roles={campaign: Role.OWNER}) for _ in range(2))
        request = request_export(campaign.id, asking, "Handing over in March")
        approve_export(request, approving)
        db.session.commit()

    return agree


@pytest.fixture
def command(app: Flask, bare_command: Command, settings: Settings) -> Command:
    """Run `campaigns …` on this test's installation, with what the test has changed committed."""

    def run(*arguments: str) -> Answer:
        db.session.commit()
        answer = bare_command(*arguments, **environment_of(settings))
        db.session.expire_all()
        return answer

    return run


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Typing:
    """Type lines that a command asks for."""

    def type_in(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))

    return type_in


@pytest.fixture
def export(command: Command, approve: Approve, tmp_path: Path) -> Callable[[Campaign], Path]:
    """Export who signed, with an approval, to a file that stands beside the others."""

    def run(campaign: Campaign) -> Path:
        approve(campaign)
        path = tmp_path / "signatures.age"
        answer = command("signatures", "export", campaign.slug, "-o", str(path))
        assert (answer.code, answer.err) == (0, "")
        return path

    return run
