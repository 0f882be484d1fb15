"""Key-holders come in with an older holder's identity; keys change and none is lost."""

import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from flask import Flask
from sqlalchemy import func, select

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.vault.age import new_identity, read_identities
from campaigns.vault.keyring import current_keyring, read_mailer_keys
from campaigns.vault.models import KeyAccess, KeyHolder, SealingKey, SealsFor
from campaigns.vault.operations import (
    RECOVERY_IDENTITY,
    admit_holder,
    rotate_campaign_key,
    rotate_mailer_key,
)
from campaigns.vault.queries import keys_by_holder, keys_of
from tests.cli.conftest import Command
from tests.export.conftest import Identity, Typing, bare_command, command, make_identity, typing
from tests.factories import make_campaign

__all__ = ["bare_command", "command", "make_identity", "typing"]

MakeIdentity = Callable[[str], Identity]


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("watched")


@pytest.fixture
def recovery(settings: Settings) -> Path:
    return settings.keys_path / RECOVERY_IDENTITY


def opens(path: Path, campaign: Campaign) -> int:
    """How many of a campaign's keys an identity opens."""
    identities = read_identities(path.read_bytes())
    opened = 0
    for key in keys_of(campaign.id):
        try:
            opened += len(pyrage.decrypt(key.private_key_age or b"", identities)) == 32
        except pyrage.DecryptError:
            continue
    return opened


@pytest.mark.parametrize("armored", [True, False])
def test_identities_of_the_age_tool_work_too(armored: bool) -> None:
    identity = pyrage.x25519.Identity.generate()
    plain = f"# created: 2026-03-01\r\n# public key: {identity.to_public()}\r\n{identity}\r\n"
    encrypted = pyrage.passphrase.encrypt(plain.encode(), "a passphrase", armored=armored)
    for file, passphrase in ((plain.encode(), None), (encrypted, "a passphrase")):
        (found,) = read_identities(file, passphrase)
        assert str(found) == str(identity)


@pytest.mark.database("sqlite")
def test_an_identity_is_made_anywhere_and_protected(
    bare_command: Command, typing: Typing, tmp_path: Path
) -> None:
    path = tmp_path / "mine.age"
    typing("a passphrase", "a passphrase")
    answer = bare_command("keys", "create", "-o", str(path))
    assert answer.code == 0
    content = path.read_bytes()
    assert b"AGE-SECRET-KEY" not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (identity,) = read_identities(content, "a passphrase")
    assert answer.out == f"{identity.to_public()}\n"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("", ""), "choose one"),
        ((), "choose one"),
        (("one", "two"), "differ"),
        (("one",), "differ"),
    ],
)
def test_without_a_passphrase_typed_twice_no_identity_is_made(
    bare_command: Command, typing: Typing, tmp_path: Path, typed: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "mine.age"
    typing(*typed)
    assert words in bare_command("keys", "create", "-o", str(path)).sentence
    assert not list(tmp_path.iterdir())


def test_making_one_needs_no_settings_that_are_right(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("campaigns")
    ran = subprocess.run(
        [program, "keys", "create"],
        cwd=tmp_path,
        env={"CAMPAIGNS_ENV": "nonsense"},
        input="a passphrase\na passphrase\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["identity.age"]


def test_a_new_holder_opens_earlier_keys_too_and_the_older_ones_stay(
    campaign: Campaign, command: Command, recovery: Path, make_identity: MakeIdentity
) -> None:
    rotate_campaign_key(campaign.id)
    amal, bela = make_identity("amal"), make_identity("bela")
    for holder, identity in ((amal, recovery), (bela, amal.path)):
        answer = command(
            "keys", "admit", "watched", "--holder", holder.recipient, "--identity", str(identity)
        )
        assert (answer.code, answer.err) == (0, "")
        assert "2 keys of watched" in answer.out
    rotate_campaign_key(campaign.id)
    assert [opens(path, campaign) for path in (recovery, amal.path, bela.path)] == [3, 3, 3]
    assert [len(keys) for keys in keys_by_holder(campaign.id).values()] == [3, 3, 3]
    assert opens(amal.path, make_campaign()) == 0


@pytest.mark.database("sqlite")
def test_who_cannot_be_admitted_is_told_why(
    campaign: Campaign,
    command: Command,
    recovery: Path,
    make_identity: MakeIdentity,
    tmp_path: Path,
) -> None:
    stranger, amal = make_identity("stranger"), make_identity("amal")
    secret = amal.path.read_text().splitlines()[-1]
    empty = tmp_path / "empty"
    empty.write_text("nothing\n")
    admit = ("keys", "admit", "watched", "--holder")
    assert command(*admit, amal.recipient, "--identity", str(recovery)).code == 0
    recovered = str(read_identities(recovery.read_bytes())[0].to_public())
    for recipient, identity, words in (
        (stranger.recipient, stranger.path, "This identity does not hold the campaign's keys."),
        (stranger.recipient, empty, "The file holds no age identity"),
        (stranger.recipient, tmp_path / "nowhere", "No such file"),
        (amal.recipient, recovery, "holds the campaign's keys already"),
        (recovered, recovery, "holds the campaign's keys already"),
        ("age1nonsense", recovery, "That is not an age recipient"),
        (secret, recovery, "That is not an age recipient"),
    ):
        sentence = command(*admit, recipient, "--identity", str(identity)).sentence
        assert words in sentence
        assert secret not in sentence
    assert opens(stranger.path, campaign) == 0
    assert len(keys_by_holder(campaign.id)) == 2


@pytest.mark.database("sqlite")
def test_a_protected_identity_asks_for_its_passphrase(
    campaign: Campaign,
    command: Command,
    typing: Typing,
    recovery: Path,
    tmp_path: Path,
    make_identity: MakeIdentity,
) -> None:
    content, recipient = new_identity("a passphrase")
    protected = tmp_path / "mine.age"
    protected.write_bytes(content)
    admit_holder(campaign.id, recipient, read_identities(recovery.read_bytes()))
    amal = make_identity("amal")
    admit = ("keys", "admit", "watched", "--holder", amal.recipient, "--identity", str(protected))
    typing("another passphrase")
    assert "The passphrase does not open" in command(*admit).sentence
    typing("a passphrase")
    assert command(*admit).code == 0
    assert opens(amal.path, campaign) == 1


def test_the_mailers_next_key_is_in_its_file_before_anything_is_sealed_to_it(
    app: Flask, settings: Settings, command: Command
) -> None:
    path = settings.mailer_key_file
    first, before = current_keyring().mailer(), path.read_text()
    answer = command("keys", "rotate", "--mailer")
    assert (answer.code, answer.err) == (0, "")
    assert path.read_text().startswith(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    current_keyring()._public.clear()
    second = current_keyring().mailer()
    assert second.key_id.hex() in answer.out
    assert set(read_mailer_keys(path)) == {first.key_id, second.key_id}
    assert [path.name for path in path.parent.iterdir() if "partial" in path.name] == []


@pytest.mark.parametrize("content", [None, "00000000 " + "A" * 43 + "=\n"])
@pytest.mark.database("sqlite")
def test_the_mailers_key_is_not_rotated_in_the_wrong_file(
    app: Flask, settings: Settings, command: Command, content: str | None
) -> None:
    path = settings.mailer_key_file
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert str(path) in command("keys", "rotate", "--mailer").sentence
    assert (path.read_text() if path.exists() else None) == content
    assert db.session.scalar(select(func.count()).select_from(SealingKey)) == 1


def test_two_who_rotate_at_once_lose_no_key(app: Flask, settings: Settings) -> None:
    failures: list[Exception] = []

    def rotate() -> None:
        with app.app_context():
            try:
                for _ in range(3):
                    rotate_mailer_key(settings.mailer_key_file)
                    db.session.commit()
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=rotate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    public = db.session.scalars(
        select(SealingKey.key_id).where(SealingKey.seals_for == SealsFor.MAILER)
    ).all()
    assert len(public) == 10
    assert set(public) == set(read_mailer_keys(settings.mailer_key_file))


@pytest.mark.parametrize("arguments", [(), ("watched", "--mailer")])
@pytest.mark.database("sqlite")
def test_rotating_asks_for_one_of_both(
    app: Flask, command: Command, arguments: tuple[str, ...]
) -> None:
    answer = command("keys", "rotate", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "Name one campaign, or give --mailer." in answer.err


@pytest.mark.database("sqlite")
def test_the_list_names_keys_and_holders(
    campaign: Campaign, command: Command, make_identity: MakeIdentity, recovery: Path
) -> None:
    make_campaign("other")
    old = keys_of(campaign.id)[0].key_id.hex()
    new = rotate_campaign_key(campaign.id).key_id.hex()
    amal = make_identity("amal")
    admit_holder(campaign.id, amal.recipient, read_identities(recovery.read_bytes()))
    mailer = keys_of(None)[0].key_id.hex()
    listed = command("keys", "list").out.splitlines()
    assert listed[0] == "The mailer, who opens addresses"
    assert listed[1].startswith(f"  key {mailer}, in use since ")
    assert [line for line in listed if not line.startswith(" ")][1:] == ["other", "watched"]
    own = command("keys", "list", "watched").out.splitlines()
    assert own[1].startswith(f"  key {new}, in use since ")
    assert own[2].startswith(f"  key {old}, old, made ")
    assert f"  holder {amal.recipient}, admitted, since " in "\n".join(own)
    assert "the recovery identity" in own[3]
    assert "There is no campaign “nobody”" in command("keys", "list", "nobody").sentence


def test_who_holds_a_key_is_forgotten_with_it(campaign: Campaign) -> None:
    db.session.execute(select(KeyHolder))
    for key in keys_of(campaign.id):
        db.session.delete(key)
    db.session.flush()
    assert db.session.scalar(select(func.count()).select_from(KeyAccess)) == 0
