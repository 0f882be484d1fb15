"""What keeps the site from starting is said in one sentence; nothing is half started."""

import resource
import socket
import sqlite3
import subprocess
import sys

import pytest

from campaigns.config import Settings
from tests.architecture.source import PACKAGE
from tests.cli.conftest import Command
from tests.fixtures.databases import free_port
from tests.fixtures.servers import environment_of

KARACHI = PACKAGE / "casefiles" / "demo" / "seven-of-karachi.json"
SERVING = ("web", "worker", "check")
CHORES = (("export", "x"), ("mail", "status"), ("recount",), ("organiser", "disable", "x"))
PRODUCTION = {
    "CAMPAIGNS_ENV": "production",
    "CAMPAIGNS_BASE_URL": "https://campaigns.example.org",
    "CAMPAIGNS_MAIL_SERVER": "127.0.0.1",
    "CAMPAIGNS_MAIL_DEFAULT_SENDER": "news@example.org",
}


@pytest.mark.parametrize("arguments", [*((name,) for name in SERVING), *CHORES], ids=" ".join)
@pytest.mark.database("sqlite")
def test_without_a_database_nothing_is_made_but_the_way_is_shown(
    command: Command, settings: Settings, arguments: tuple[str, ...]
) -> None:
    path = settings.instance_path / "campaigns.sqlite3"
    path.unlink()
    assert command(*arguments).sentence.endswith(
        f"There is no database at {path}: run “campaigns init”."
    )
    assert not path.exists()


@pytest.mark.parametrize("arguments", [*((name,) for name in SERVING), *CHORES], ids=" ".join)
@pytest.mark.database("sqlite")
def test_a_database_that_was_not_set_up_is_named(
    command: Command, settings: Settings, arguments: tuple[str, ...]
) -> None:
    path = settings.instance_path / "campaigns.sqlite3"
    path.unlink()
    sqlite3.connect(path).close()
    path.touch()
    assert "run “campaigns init”" in command(*arguments).sentence


@pytest.mark.parametrize("name", SERVING)
@pytest.mark.database("sqlite")
def test_what_is_no_database_is_named(command: Command, settings: Settings, name: str) -> None:
    (settings.instance_path / "campaigns.sqlite3").write_bytes(b"not a database" * 100)
    assert "file is not a database" in command(name).sentence


@pytest.mark.parametrize("name", SERVING)
def test_a_lost_key_encryption_key_is_named(
    command: Command, settings: Settings, name: str
) -> None:
    path = settings.keys_path / "key-encryption.key"
    path.unlink()
    assert str(path) in command(name).sentence


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe garbled", b"00000000 tooshort==\n", b"00000000 " + b"A" * 43 + b"=\n"],
)
def test_a_worker_without_the_right_key_does_not_start(
    command: Command, settings: Settings, content: bytes | None
) -> None:
    if content is None:
        settings.mailer_key_file.unlink()
    else:
        settings.mailer_key_file.write_bytes(content)
    assert str(settings.mailer_key_file) in command("worker").sentence
    # The web process needs it not: it must not even be able to read it.
    assert command("check").code == 0


@pytest.mark.database("sqlite")
def test_in_production_web_refuses_to_be_able_to_read_the_mailers_key(
    command: Command, settings: Settings
) -> None:
    sentence = command("web", **PRODUCTION).sentence
    assert str(settings.mailer_key_file) in sentence
    assert "run it as a user who cannot, or use “campaigns run”" in sentence


@pytest.mark.parametrize("name", ["web", "run"])
@pytest.mark.database("sqlite")
def test_a_taken_port_is_named(command: Command, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken by another program" in command(name, PORT=str(port)).sentence


@pytest.mark.parametrize("name", ["web", "run"])
@pytest.mark.database("sqlite")
def test_an_address_that_is_not_ours_is_named(command: Command, name: str) -> None:
    given = {**PRODUCTION, "HOST": "192.0.2.1"}
    sentence = command(name, **given, CAMPAIGNS_MAILER_KEY_FILE="/nowhere").sentence
    assert "HOST 192.0.2.1 cannot be listened on" in sentence


@pytest.mark.parametrize("arguments", [*((name,) for name in SERVING), CHORES[0]], ids=" ".join)
@pytest.mark.database("sqlite")
def test_a_postgresql_that_does_not_answer_is_named(
    command: Command, arguments: tuple[str, ...]
) -> None:
    url = f"postgresql://user:secret@127.0.0.1:{free_port()}/name"
    sentence = command(*arguments, CAMPAIGNS_DATABASE_URL=url).sentence
    assert sentence.startswith("The database refused: ")
    assert "127.0.0.1" in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize("name", SERVING)
@pytest.mark.database("sqlite")
def test_a_read_only_database_is_named(command: Command, settings: Settings, name: str) -> None:
    path = settings.instance_path / "campaigns.sqlite3"
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    sentence = command(name, CAMPAIGNS_DATABASE_URL=url).sentence
    assert sentence == "The database refused: attempt to write a readonly database."


@pytest.mark.database("sqlite")
def test_a_full_disk_is_named(settings: Settings) -> None:
    largest = 64 * 1024

    def let_no_file_grow_beyond_it() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    ran = subprocess.run(
        [sys.executable, "-m", "campaigns.cli", "import", str(KARACHI)],
        env=environment_of(settings),
        preexec_fn=let_no_file_grow_beyond_it,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    (sentence,) = ran.stderr.splitlines()
    assert sentence.startswith("The database refused: ")
    assert "disk" in sentence


@pytest.mark.database("sqlite")
def test_what_nobody_foresaw_is_told_without_what_was_typed(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_slug: str) -> None:
        raise LookupError("amal@example.org")

    monkeypatch.setattr("campaigns.casefiles.cli.find_campaign", fail)
    sentence = command("export", "x").sentence
    assert "LookupError" in sentence
    assert "test_refusals.py" in sentence
    assert "amal" not in sentence
