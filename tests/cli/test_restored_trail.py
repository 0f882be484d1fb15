"""A restored database brings an older audit trail: it verifies, and says that it was restored."""

from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import HEADS, record_entry
from campaigns.accounts.models import AuditEntry
from campaigns.config import Settings
from campaigns.db import db
from campaigns.vault.erasures import Erased, record_erasures
from tests.cli.conftest import Command

sqlite = pytest.mark.database("sqlite")


@pytest.fixture
def done(app: Flask) -> None:
    # Somebody of long ago.
    record_erasures(Erased.SIGNATURE, [uuid4()])
    for _ in range(3):
        record_entry(Action.ROLE_GIVEN)
        db.session.commit()


def leave() -> None:
    """Let go of the database, as a site that is stopped does."""
    db.session.remove()
    db.engine.dispose()


def set_aside(settings: Settings) -> list[Path]:
    """The files of heads that were set aside."""
    return sorted(settings.instance_path.glob(f"{HEADS}.*"))


@sqlite
def test_the_trail_of_a_backup_verifies_once_it_is_restored(
    done: None, command: Command, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.sqlite3"
    assert command("backup", str(file)).code == 0
    record_entry(Action.ROLE_TAKEN)
    db.session.commit()
    leave()
    said = command("restore", str(file)).out
    (aside,) = set_aside(settings)
    assert str(aside) in said
    assert len(aside.read_bytes().splitlines()) == 4
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert actions == [*[Action.ROLE_GIVEN] * 3, Action.BACKUP_RESTORED]
    leave()
    assert command("audit", "verify").out == "4 entries, whole.\n"
    record_entry(Action.ROLE_TAKEN)
    db.session.commit()
    leave()
    assert command("audit", "verify").out == "5 entries, whole.\n"


@sqlite
def test_a_restore_that_fails_leaves_the_trail_as_it_was(
    done: None, command: Command, settings: Settings, tmp_path: Path
) -> None:
    leave()
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"SQLite format 3\0 and nothing else")
    assert command("restore", str(broken)).code == 1
    assert not set_aside(settings)
    assert command("audit", "verify").out == "3 entries, whole.\n"


def test_a_database_brought_back_otherwise_begins_its_file_anew(
    done: None, command: Command, settings: Settings
) -> None:
    # As an older dump would have it.
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == 3))
    head = db.session.scalars(select(AuditEntry).where(AuditEntry.number == 2)).one()
    db.session.execute(db.metadata.tables["audit_head"].update().values(number=2, mac=head.mac))
    db.session.commit()
    leave()
    assert command("audit", "verify").code == 1
    assert command("restore", "--replay").code == 0
    assert len(set_aside(settings)) == 1
    assert command("audit", "verify").out == "3 entries, whole.\n"


@sqlite
def test_a_cut_trail_is_said_in_one_sentence(done: None, command: Command) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == 3))
    db.session.commit()
    leave()
    answer = command("audit", "verify")
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentence == "Error: Entry 3 is missing: the trail was cut after entry 2."
