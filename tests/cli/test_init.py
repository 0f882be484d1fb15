"""`campaigns init` makes an instance once, and never anew what could not be had back."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from campaigns.config import Settings
from tests.cli.conftest import Command

PRODUCTION = {
    "CAMPAIGNS_BASE_URL": "https://campaigns.example.org",
    "CAMPAIGNS_MAIL_SERVER": "127.0.0.1",
    "CAMPAIGNS_MAIL_DEFAULT_SENDER": "news@example.org",
}


def _files(folder: Path) -> dict[str, bytes]:
    """Every file that must never change, with what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "sqlite3" not in path.name
    }


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Where an instance will be."""
    return tmp_path / "instance"


def test_it_makes_everything_for_its_owner_alone(bare_command: Command, instance: Path) -> None:
    answer = bare_command("init", CAMPAIGNS_INSTANCE_PATH=str(instance))
    assert answer.code == 0, answer.err
    assert "AGE-SECRET-KEY-" in answer.out
    assert set(_files(instance)) == {
        "secret_key",
        "keys/key-encryption.key",
        "keys/mailer.key",
        "keys/recovery-identity.txt",
    }
    for path in (instance, *instance.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    checked = bare_command("check", CAMPAIGNS_INSTANCE_PATH=str(instance), **PRODUCTION)
    assert (checked.code, checked.out) == (0, "All is well.\n")


def test_a_second_time_changes_nothing(bare_command: Command, instance: Path) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(instance), "CAMPAIGNS_ENV": "development"}
    assert bare_command("init", **given).code == 0
    exported = bare_command("export", "seven-of-karachi", **given).out
    before = _files(instance)
    assert "demo-organiser.txt" in before
    again = bare_command("init", **given)
    assert (again.code, again.err) == (0, "")
    assert "identity" not in again.out
    assert _files(instance) == before
    assert bare_command("export", "seven-of-karachi", **given).out == exported


def test_a_production_instance_does_not_become_a_developers(
    bare_command: Command, instance: Path
) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(instance)}
    assert bare_command("init", **given).code == 0
    assert not (instance / "settings.toml").exists()
    bare_command("init", CAMPAIGNS_ENV="development", **given)
    assert not (instance / "settings.toml").exists()


@pytest.mark.parametrize("name", ["key-encryption.key", "mailer.key"])
@pytest.mark.parametrize("damage", ["missing", "empty", "garbled", "of another"])
def test_a_lost_key_is_not_made_anew(
    command: Command, settings: Settings, name: str, damage: str
) -> None:
    path = settings.keys_path / name
    _damage(path, damage)
    before = _files(settings.instance_path)
    sentence = command("init").sentence
    assert str(path) in sentence or "key-encryption key" in sentence
    assert _files(settings.instance_path) == before


def _damage(path: Path, damage: str) -> None:
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_text("")
    elif damage == "garbled":
        path.write_bytes(b"\xff\x00 not a key \n")
    else:
        other = "A" * 43 + "="
        path.write_text(f"00000000 {other}\n" if path.name == "mailer.key" else f"{other}\n")


def test_a_lost_secret_is_not_made_anew(bare_command: Command, instance: Path) -> None:
    given = {"CAMPAIGNS_INSTANCE_PATH": str(instance)}
    assert bare_command("init", **given).code == 0
    (instance / "secret_key").unlink()
    sentence = bare_command("init", **given).sentence
    assert "CAMPAIGNS_SECRET_KEY" in sentence
    assert str(instance / "secret_key") in sentence
    assert not (instance / "secret_key").exists()


def test_an_instance_that_cannot_be_written_is_named(bare_command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for instance in (tmp_path / "file", tmp_path / "file" / "instance", Path("/proc/instance")):
        answer = bare_command("init", CAMPAIGNS_INSTANCE_PATH=str(instance))
        assert str(instance) in answer.sentence


def test_a_database_of_a_newer_version_is_left_alone(command: Command, settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        ours = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        for name in ("check", "init", "worker"):
            assert "a newer version of this program made" in command(name).sentence
    finally:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :ours"), {"ours": ours}
            )
        engine.dispose()
