"""`check --deploy` says what is not fit for the public, one sentence each."""

import os
from pathlib import Path

import pytest

from campaigns.config import Settings
from tests.cli.conftest import Command

# Nothing of this depends on the database; its file is one of those looked at.
pytestmark = pytest.mark.database("sqlite")

FIT = {
    "CAMPAIGNS_ENV": "production",
    "CAMPAIGNS_BASE_URL": "https://campaigns.example.org",
    "CAMPAIGNS_MAIL_SERVER": "127.0.0.1",
    "CAMPAIGNS_MAIL_DEFAULT_SENDER": "news@example.org",
    "CAMPAIGNS_TRUSTED_PROXIES": "127.0.0.1",
    "CAMPAIGNS_WORKERS": "1",
}


@pytest.fixture
def recovery_identity(settings: Settings) -> Path:
    return settings.keys_path / "recovery-identity.txt"


@pytest.fixture
def fit(settings: Settings, recovery_identity: Path) -> Settings:
    """An installation that `check --deploy` finds nothing wrong with."""
    recovery_identity.unlink()
    for path in settings.instance_path.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return settings


@pytest.fixture
def with_a_user_for_the_worker(fit: Settings) -> Settings:
    """Web and worker share all files by their group, but for the mailer's key."""
    if os.getuid() != 0:
        # Only root can give a file to somebody else.
        fit.mailer_key_file.unlink()
    else:
        os.chown(fit.mailer_key_file, 65534, -1)
    for path in (fit.keys_path / "key-encryption.key", fit.instance_path / "campaigns.sqlite3"):
        path.chmod(0o660)
    return fit


def test_an_installation_that_is_fit_is_told_so(command: Command, fit: Settings) -> None:
    answer = command("check", "--deploy", **FIT)
    assert (answer.code, answer.out, answer.err) == (0, "All is well.\n", "")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"BASE_URL": "http://campaigns.example.org"}, "CAMPAIGNS_BASE_URL does not begin with"),
        ({"TRUSTED_PROXIES": ""}, "CAMPAIGNS_TRUSTED_PROXIES is empty"),
        ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "CAMPAIGNS_TRUSTED_PROXIES believes 0.0.0.0/0"),
        ({"TRUSTED_PROXIES": "127.0.0.1,::/0"}, "CAMPAIGNS_TRUSTED_PROXIES believes ::/0"),
        ({"WORKERS": "2"}, "CAMPAIGNS_RATELIMIT_STORAGE_URI is memory://"),
        ({"SECRET_KEY": "x" * 64}, "CAMPAIGNS_SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "abcdefgh-abcdefgh-abcdefgh-abcdefgh-"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "short"}, "CAMPAIGNS_SECRET_KEY must have 32 characters or more"),
        ({"MAIL_SERVER": "mail.example.org"}, "CAMPAIGNS_MAIL_SERVER is another machine"),
    ],
)
def test_a_weak_setting_is_named(
    command: Command, fit: Settings, changed: dict[str, str], words: str
) -> None:
    given = FIT | {f"CAMPAIGNS_{name}": value for name, value in changed.items()}
    assert words in command("check", "--deploy", **given).sentence


@pytest.mark.parametrize("proxies", ["10.0.0.0/8,fd00::/8", "127.0.0.1,::1", "203.0.113.7"])
def test_a_proxy_or_its_own_network_may_be_believed(
    command: Command, fit: Settings, proxies: str
) -> None:
    assert command("check", "--deploy", **FIT | {"CAMPAIGNS_TRUSTED_PROXIES": proxies}).code == 0


def test_an_identity_that_opens_names_is_named(
    command: Command, fit: Settings, recovery_identity: Path
) -> None:
    recovery_identity.write_text("AGE-SECRET-KEY-1…")
    recovery_identity.chmod(0o600)
    assert str(recovery_identity) in command("check", "--deploy", **FIT).sentence


@pytest.mark.parametrize(
    "name",
    [
        "campaigns.sqlite3",
        "anything-else.txt",
        "keys/key-encryption.key",
        "keys/mailer.key",
        "secret_key",
        "settings.toml",
    ],
)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602])
def test_a_file_others_can_read_or_change_is_named(
    command: Command, fit: Settings, name: str, mode: int
) -> None:
    path = fit.instance_path / name
    path.touch()
    path.chmod(mode)
    answer = command("check", "--deploy", **FIT)
    assert answer.code == 1
    # SQLite gives its log the mode of its database.
    assert {line.partition(path.name)[0] for line in answer.err.splitlines()} == {
        f"Other users of this machine can read or change {path.parent}/"
    }


def test_what_explains_the_folder_may_be_read(command: Command, fit: Settings) -> None:
    path = fit.instance_path / "README.md"
    path.touch()
    path.chmod(0o644)
    assert command("check", "--deploy", **FIT).code == 0


def test_what_web_and_worker_share_may_be_read_by_their_group(
    command: Command, with_a_user_for_the_worker: Settings
) -> None:
    assert command("check", "--deploy", **FIT).code == 0
    shared = with_a_user_for_the_worker.keys_path / "key-encryption.key"
    shared.chmod(0o664)
    assert f"change {shared}" in command("check", "--deploy", **FIT).sentence


def test_the_mailers_key_is_never_for_the_group(
    command: Command, with_a_user_for_the_worker: Settings
) -> None:
    key = with_a_user_for_the_worker.mailer_key_file
    key.touch()
    key.chmod(0o640)
    assert f"change {key}" in command("check", "--deploy", **FIT).err


def test_a_mailers_key_left_behind_is_named(
    command: Command, fit: Settings, tmp_path: Path
) -> None:
    given = FIT | {"CAMPAIGNS_MAILER_KEY_FILE": str(tmp_path / "elsewhere.key")}
    assert str(fit.keys_path / "mailer.key") in command("check", "--deploy", **given).sentence


def test_every_fault_is_told_at_once_in_a_sentence_of_its_own(
    command: Command, settings: Settings
) -> None:
    answer = command("check", "--deploy")
    assert answer.code == 1
    assert answer.out == ""
    for word in ("CAMPAIGNS_ENV", "recovery identity", "CAMPAIGNS_TRUSTED_PROXIES", "BASE_URL"):
        assert sum(word in line for line in answer.err.splitlines()) == 1, word
    assert all(line.endswith(".") for line in answer.err.splitlines())


def test_without_deploy_none_of_it_is_asked(command: Command, settings: Settings) -> None:
    assert command("check").code == 0
