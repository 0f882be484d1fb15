"""A backup is written while the site runs, and brought back without those who were erased since."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import func, select

from campaigns.accounts.models import Session
from campaigns.app import create_app
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import Mode, NamePolicy
from campaigns.config import Settings
from campaigns.db import Base, db
from campaigns.mail.queries import is_worker_alive
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.models import Petition, PublicSigner, Signature
from campaigns.petitions.operations import recount, show_signer
from campaigns.petitions.queries import count_signatures
from campaigns.updates.high_risk import switch_to_high_risk
from campaigns.updates.models import Subscription
from campaigns.updates.operations import end_subscription
from campaigns.updates.purging import purge_event
from campaigns.updates.withdrawal import withdraw_name
from campaigns.vault.erasures import Erased, ledger_path, record_erasures
from campaigns.vault.models import IndexKey
from tests.cli.conftest import Command
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_signature,
    make_subscription,
)
from tests.fixtures.databases import SQLITE_FILE
from tests.fixtures.servers import LiveServer, environment_of

sqlite = pytest.mark.database("sqlite")
PATIENCE = 30.0


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    # Somebody of long ago.
    record_erasures(Erased.SIGNATURE, [uuid4()])
    return make_campaign("free-amal")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    petition = make_petition(campaign)
    for _ in range(3):
        make_signature(petition)
    make_subscription(campaign)
    make_subscription(campaign)
    return petition


@pytest.fixture
def backup(petition: Petition, command: Command, tmp_path: Path) -> Path:
    file = tmp_path / "backup.sqlite3"
    answer = command("backup", str(file))
    assert answer.code == 0, answer.err
    return file


def files_of(settings: Settings) -> set[str]:
    """The database's files, but for the one by which its writers take turns."""
    found = {it.name for it in settings.instance_path.glob(f"{SQLITE_FILE}*")}
    return found - {f"{SQLITE_FILE}-turn"}


def leave() -> None:
    """Let go of the database, as a site that is stopped does."""
    db.session.remove()
    db.engine.dispose()


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@sqlite
def test_a_backup_is_whole_private_and_says_what_a_restore_needs(
    app: Flask, petition: Petition, settings: Settings, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "backup.sqlite3"
    answer = command("backup", str(file))
    assert answer.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM signature").fetchone() == (3,)
    for needed in ("secret_key", "keys/key-encryption.key", "keys/mailer.key", "erasures.log"):
        assert str(settings.instance_path / needed) in answer.out
    assert {path.name for path in tmp_path.iterdir()} == {"instance", "backup.sqlite3"}


@sqlite
def test_a_backup_holds_no_key_and_nothing_of_whom_was_erased_before(
    app: Flask, petition: Petition, settings: Settings, command: Command, tmp_path: Path
) -> None:
    gone = make_signature(petition, sealed_details=b"CANARY" * 200)
    erase_signatures(petition.id, Signature.id == gone.id)
    db.session.commit()
    command("backup", str(tmp_path / "backup.sqlite3"))
    content = (tmp_path / "backup.sqlite3").read_bytes()
    assert b"CANARY" not in content
    for path in settings.keys_path.iterdir():
        for line in path.read_text().splitlines():
            if not line.startswith("#"):
                assert line.split()[-1].encode() not in content, path.name


@sqlite
def test_a_backup_overwrites_nothing(
    app: Flask, petition: Petition, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "precious"
    file.write_text("precious")
    assert "exists" in command("backup", str(file)).sentence
    assert file.read_text() == "precious"
    assert (
        "There is no database"
        in command(
            "backup", str(tmp_path / "new"), CAMPAIGNS_DATABASE_URL=f"sqlite:///{tmp_path}/none"
        ).sentence
    )
    assert not (tmp_path / "new").exists()


@sqlite
def test_who_was_erased_after_the_backup_does_not_come_back(
    backup: Path, petition: Petition, campaign: Campaign, command: Command
) -> None:
    first = db.session.scalars(select(Signature.id).limit(1)).one()
    leaving = db.session.scalars(select(Subscription.id).limit(1)).one()
    erase_signatures(petition.id, Signature.id == first)
    end_subscription(leaving)
    make_signature(petition)
    db.session.commit()
    petition_id = petition.id
    leave()
    answer = command("restore", str(backup))
    assert answer.code == 0, answer.err
    assert "Erased again: signatures: 1, subscriptions: 1." in answer.out
    assert (count(Signature), count(Subscription)) == (2, 1)
    assert db.session.get(Signature, first) is None
    assert db.session.get(Subscription, leaving) is None
    assert count_signatures(petition_id) == (2, 0)
    assert recount(petition_id, repair=False) == (2, 2)


@sqlite
def test_a_switch_to_high_risk_and_a_hidden_name_outlive_a_restore(
    petition: Petition, campaign: Campaign, command: Command, tmp_path: Path
) -> None:
    other = make_petition(make_campaign("free-bilal"))
    for it in (petition, other):
        shown = make_signature(it, show_name=True)
        show_signer(
            shown.id, it.campaign_id, "Nasreen Shown", None, sealed=shown.sealed_public or b""
        )
    db.session.commit()
    file = tmp_path / "backup.sqlite3"
    command("backup", str(file))
    switch_to_high_risk(campaign)
    db.session.commit()
    record_erasures(Erased.PUBLIC_PART, [shown.id])
    shown_id, campaign_id, petition_id = shown.id, campaign.id, petition.id
    leave()
    answer = command("restore", str(file))
    assert "Campaigns switched to high risk again: 1." in answer.out
    assert db.session.get_one(Campaign, campaign_id).mode == Mode.HIGH_RISK
    assert count(Subscription) == count(PublicSigner) == 0
    addresses = select(Signature.sealed_address).where(Signature.petition_id == petition_id)
    assert set(db.session.scalars(addresses)) == {None}
    assert not db.session.get_one(Signature, shown_id).show_name


@sqlite
def test_a_name_withdrawn_in_between_brings_back_neither_what_was_purged_nor_who_subscribed(
    petition: Petition, campaign: Campaign, command: Command, tmp_path: Path
) -> None:
    detainee = make_detainee(campaign, "Amal Canaria")
    event = make_event(campaign, ref="amal-canaria-hides", summary="She hides.")
    file = tmp_path / "backup.sqlite3"
    command("backup", str(file))
    withdraw_name(
        campaign,
        detainee,
        others=["amal"],
        policy=NamePolicy.WITHHELD,
        replacement="A reader",
        slug="free-the-readers",
    )
    purge_event(campaign, event)
    switch_to_high_risk(campaign)
    db.session.commit()
    assert "amal" not in ledger_path().read_text()
    leave()
    answer = command("restore", str(file))
    assert "Campaigns switched to high risk again: 1." in answer.out
    assert "Entries, articles and updates purged again: 1." in answer.out
    assert (count(Subscription), count(Event)) == (0, 0)


@sqlite
def test_keys_of_a_day_and_sessions_do_not_come_back(
    petition: Petition, command: Command, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "backup.sqlite3"
    assert db.session.scalars(select(IndexKey.scope).where(IndexKey.scope.like("20%"))).all()
    command("backup", str(file))
    leave()
    assert command("restore", str(file)).code == 0
    assert not db.session.scalars(select(IndexKey.scope).where(IndexKey.scope.like("20%"))).all()
    assert count(Session) == 0
    mode = (settings.instance_path / SQLITE_FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@sqlite
def test_the_database_before_is_kept_aside_and_said_to_be(
    backup: Path, petition: Petition, command: Command, settings: Settings
) -> None:
    make_signature(petition)
    leave()
    replaced = settings.instance_path / f"{SQLITE_FILE}.replaced"
    assert str(replaced) in command("restore", str(backup)).out
    with closing(sqlite3.connect(replaced)) as before:
        assert before.execute("SELECT count(*) FROM signature").fetchone() == (4,)
    leave()
    assert "delete it first" in command("restore", str(backup)).sentence
    assert {it.name for it in settings.instance_path.glob(f"{SQLITE_FILE}*")} - {
        f"{SQLITE_FILE}-turn"
    } == {
        SQLITE_FILE,
        replaced.name,
    }


@sqlite
def test_a_database_that_is_gone_or_damaged_can_be_restored(
    backup: Path, command: Command, settings: Settings
) -> None:
    leave()
    database = settings.instance_path / SQLITE_FILE
    database.unlink()
    assert command("restore", str(backup)).code == 0
    assert count(Signature) == 3
    leave()
    database.write_bytes(os.urandom(10_000))
    assert command("restore", str(backup)).code == 0
    assert count(Signature) == 3


@sqlite
def test_without_a_ledger_a_restore_is_refused_until_that_is_said_to_be_right(
    backup: Path, command: Command
) -> None:
    ledger_path().unlink()
    leave()
    assert "--without-erasures" in command("restore", str(backup)).sentence
    assert command("restore", str(backup), "--without-erasures").code == 0


@sqlite
def test_a_backup_that_cannot_be_used_is_named_in_a_sentence_and_changes_nothing(
    backup: Path, command: Command, tmp_path: Path, settings: Settings
) -> None:
    leave()
    content = backup.read_bytes()
    text_file, cut, foreign, newer = (tmp_path / name for name in ("text", "cut", "other", "new"))
    text_file.write_text("This is a shopping list. " * 40)
    cut.write_bytes(content[: len(content) // 2])
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE shopping (item TEXT)")
    newer.write_bytes(content)
    with closing(sqlite3.connect(newer)) as later:
        later.execute("UPDATE alembic_version SET version_num = '9999'")
        later.commit()
    for file, words in {
        text_file: "no backup of an SQLite database",
        cut: "damaged or not complete",
        foreign: "no backup of this program",
        newer: "9999",
        tmp_path / "nowhere": "No such file",
    }.items():
        assert words in command("restore", str(file)).sentence
    assert count(Signature) == 3
    assert {it.name for it in settings.instance_path.glob(f"{SQLITE_FILE}*")} - {
        f"{SQLITE_FILE}-turn"
    } <= {
        SQLITE_FILE,
        f"{SQLITE_FILE}-wal",
        f"{SQLITE_FILE}-shm",
    }


@sqlite
def test_a_backup_of_an_earlier_revision_is_brought_up_to_date(
    backup: Path, command: Command, settings: Settings
) -> None:
    leave()
    earlier = create_app(replace(settings, database_url=f"sqlite:///{backup}"))
    with earlier.app_context():
        downgrade(revision="0005")
        db.engine.dispose()
    assert command("restore", str(backup)).code == 0
    assert count(Signature) == 3


@sqlite
def test_keys_that_do_not_open_the_backup_stop_it(
    backup: Path, command: Command, settings: Settings
) -> None:
    leave()
    key = settings.keys_path / "key-encryption.key"
    key.write_text("A" * 43 + "=\n")
    answer = command("restore", str(backup))
    assert "key-encryption key is wrong" in answer.err
    assert answer.code == 1


@sqlite
def test_nothing_is_restored_while_the_site_runs(
    backup: Path, live_server: LiveServer, command: Command
) -> None:
    assert "Web or worker is running" in command("restore", str(backup)).sentence


@sqlite
def test_nothing_is_restored_while_another_program_uses_the_database(
    backup: Path, command: Command, settings: Settings
) -> None:
    leave()
    with closing(sqlite3.connect(settings.instance_path / SQLITE_FILE)) as other:
        other.execute("SELECT count(*) FROM signature").fetchone()
        assert "Another program uses" in command("restore", str(backup)).sentence


@sqlite
def test_a_worker_that_is_killed_blocks_no_restore(
    backup: Path, command: Command, settings: Settings
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "campaigns.cli", "worker"], env=environment_of(settings)
    )
    until = time.monotonic() + PATIENCE
    while not is_worker_alive():
        assert time.monotonic() < until
        db.session.rollback()
        time.sleep(0.1)
    leave()
    assert "Web or worker is running" in command("restore", str(backup)).sentence
    process.kill()
    process.wait()
    assert command("restore", str(backup)).code == 0


def test_the_ledger_is_done_again_on_a_database_brought_back_otherwise(
    petition: Petition, command: Command
) -> None:
    kept, gone = db.session.scalars(select(Signature.id).limit(2)).all()
    record_erasures(Erased.SIGNATURE, [gone])
    petition_id = petition.id
    leave()
    assert "Erased again: signatures: 1," in command("restore", "--replay").out
    assert db.session.get(Signature, gone) is None
    assert db.session.get(Signature, kept) is not None
    assert count_signatures(petition_id) == (2, 0)
    leave()
    assert "Erased again: signatures: 0," in command("restore", "--replay").out


@pytest.mark.database("postgresql")  # it has tools of its own
def test_on_postgresql_the_lines_are_said_without_a_password(
    petition: Petition, command: Command, tmp_path: Path
) -> None:
    address = "postgresql://somebody:very-secret@db.example.org:6543/campaigns"
    said = command("backup", "there.dump", CAMPAIGNS_DATABASE_URL=address).out
    assert (
        "pg_dump --format=custom --file=there.dump "
        "--dbname=postgresql://somebody@db.example.org:6543/campaigns"
    ) in said
    again = command("restore", "there.dump", CAMPAIGNS_DATABASE_URL=address).out
    assert "pg_restore --clean" in again
    assert again.splitlines()[-1] == "campaigns restore --replay"
    assert "very-secret" not in said + again


@sqlite
def test_restoring_nothing_in_particular_is_a_wrong_usage(command: Command) -> None:
    assert command("restore").code == 2
    assert command("restore", "file", "--replay").code == 2
