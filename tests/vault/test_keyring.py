"""Keys are read when they are needed, forgotten when they are gone, and never do without."""

import hmac
import os
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select, update

from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import (
    KEY_ENCRYPTION_KEY,
    IndexPurpose,
    Keyring,
    current_keyring,
    mailbox_index,
    mailer_keys,
    make_guessing_slow,
    unwrap,
    wrap,
    write_private_file,
)
from campaigns.vault.models import IndexKey, SealingKey, SealsFor
from campaigns.vault.operations import (
    RECOVERY_IDENTITY,
    check_keys,
    forget_daily_keys,
    make_campaign_keys,
    make_daily_keys,
    make_key_encryption_key,
    make_mailer_key,
    make_recovery_identity,
)
from campaigns.vault.sealing import Binding, Purpose, open_envelope, public_half, seal

HERE = Binding(Purpose.SIGNATURE_DETAILS, 7, "0" * 32)
CAMPAIGN = 7
TODAY = utcnow().date()


@pytest.fixture
def keys(app: Flask, settings: Settings) -> Path:
    """The folder of keys of an installation that has a campaign's keys too."""
    make_campaign_keys(settings.keys_path, CAMPAIGN)
    db.session.commit()
    return settings.keys_path


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow().replace(hour=12), tick=False) as traveller:
        yield traveller


def index(purpose: IndexPurpose = IndexPurpose.SIGNATURES, campaign: int = CAMPAIGN) -> bytes:
    return current_keyring().index(purpose, f"campaign:{campaign}", "amal@example.org")


def test_an_index_is_the_same_each_time_and_different_for_each_purpose_and_campaign(
    keys: Path,
) -> None:
    make_campaign_keys(keys, 8)
    indexes = [index(), index(IndexPurpose.SUBSCRIPTIONS), index(campaign=8)]
    assert (
        index()
        == indexes[0]
        == Keyring(keys).index(IndexPurpose.SIGNATURES, f"campaign:{CAMPAIGN}", "amal@example.org")
    )
    assert len(set(indexes)) == 3
    assert {len(it) for it in indexes} == {32}


def test_an_index_is_hmac_under_the_wrapped_key(keys: Path) -> None:
    row = db.session.scalars(
        select(IndexKey).where(
            IndexKey.purpose == IndexPurpose.SIGNATURES, IndexKey.scope == f"campaign:{CAMPAIGN}"
        )
    ).one()
    key = unwrap(keys, row.wrapped, f"{row.purpose}|{row.scope}")
    assert len(key) == 32
    assert key not in row.wrapped
    assert index() == hmac.digest(key, b"amal@example.org", "sha256")


def test_a_wrapped_key_opens_for_its_purpose_and_scope_alone(keys: Path) -> None:
    wrapped = wrap(keys, bytes(32), "signatures|campaign:7")
    assert unwrap(keys, wrapped, "signatures|campaign:7") == bytes(32)
    for broken, context in (
        (wrapped, "signatures|campaign:8"),
        (wrapped[:-1], "signatures|campaign:7"),
        (wrapped[:5], "signatures|campaign:7"),
        (b"", "signatures|campaign:7"),
    ):
        with pytest.raises(KeyMissing):
            unwrap(keys, broken, context)


def test_a_destroyed_key_is_soon_gone_from_memory(
    keys: Path, clock: time_machine.Traveller
) -> None:
    keyring = current_keyring()
    index(), keyring.campaign(CAMPAIGN), keyring.mailer()
    db.session.execute(delete(IndexKey))
    db.session.execute(delete(SealingKey))
    clock.shift(timedelta(seconds=59))
    assert index()
    assert keyring.campaign(CAMPAIGN)
    clock.shift(timedelta(seconds=1))
    for ask in (index, lambda: keyring.campaign(CAMPAIGN), keyring.mailer):
        with pytest.raises(KeyMissing):
            ask()
    assert not keyring._index
    assert not keyring._public


def test_yesterdays_key_leaves_memory_when_todays_is_read(
    keys: Path, clock: time_machine.Traveller
) -> None:
    make_daily_keys(keys, utcnow().date())
    make_daily_keys(keys, utcnow().date() + timedelta(days=1))
    yesterday = mailbox_index(current_keyring(), "amal@example.org")
    assert yesterday == mailbox_index(current_keyring(), "Amal+x@Example.org")
    clock.shift(timedelta(days=1))
    assert mailbox_index(current_keyring(), "amal@example.org") != yesterday
    assert len(current_keyring()._index) == 1


def test_the_newest_key_seals_and_older_ones_still_open(
    keys: Path, settings: Settings, clock: time_machine.Traveller
) -> None:
    old = seal(b"Amal", current_keyring().mailer(), HERE)
    private = bytes(range(32))
    db.session.add(
        SealingKey(seals_for=SealsFor.MAILER, key_id=b"newr", public_key=public_half(private))
    )
    db.session.commit()
    with settings.mailer_key_file.open("a") as file:
        file.write("6e657772 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    clock.shift(timedelta(minutes=1))
    new = seal(b"Amal", current_keyring().mailer(), HERE)
    assert current_keyring().mailer().key_id == b"newr"
    for envelope in (old, new):
        assert open_envelope(envelope, mailer_keys(), HERE) == b"Amal"


def test_a_key_encryption_key_that_is_gone_or_damaged_is_said_to_be_missing(keys: Path) -> None:
    path = keys / KEY_ENCRYPTION_KEY
    for content in (None, "", "not base64!", "c2hvcnQ="):
        path.unlink() if content is None else path.write_text(content)
        for ask in (index, lambda: check_keys(keys), lambda: make_daily_keys(keys, TODAY)):
            with pytest.raises(KeyMissing, match=str(path)):
                ask()


def test_another_installations_key_encryption_key_is_noticed(keys: Path) -> None:
    (keys / KEY_ENCRYPTION_KEY).unlink()
    make_key_encryption_key(keys)
    with pytest.raises(KeyMissing, match="does not open"):
        check_keys(keys)


def test_a_mailers_key_that_is_gone_or_damaged_is_said_to_be_missing(
    app: Flask, settings: Settings
) -> None:
    path = settings.mailer_key_file
    for content in (None, "", "nonsense", "zz AAAA", "00000000 !", "00000000 AAAA"):
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(KeyMissing, match=str(path)):
            mailer_keys()


def test_files_of_keys_are_for_their_owner_alone_and_never_overwritten(
    keys: Path, settings: Settings
) -> None:
    for path in (keys / KEY_ENCRYPTION_KEY, keys / RECOVERY_IDENTITY, settings.mailer_key_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(FileExistsError):
            write_private_file(path, "another key")
    old = os.umask(0)
    try:
        write_private_file(keys / "new" / "one", "key")
    finally:
        os.umask(old)
    assert stat.S_IMODE((keys / "new" / "one").stat().st_mode) == 0o600
    assert stat.S_IMODE((keys / "new").stat().st_mode) == 0o700


def test_making_an_installations_keys_again_changes_nothing(keys: Path, settings: Settings) -> None:
    before = {path: path.read_bytes() for path in keys.iterdir()}
    rows = db.session.scalar(select(func.count()).select_from(SealingKey))
    make_key_encryption_key(keys)
    make_mailer_key(settings.mailer_key_file)
    assert make_recovery_identity(keys) is None
    assert {path: path.read_bytes() for path in keys.iterdir()} == before
    assert db.session.scalar(select(func.count()).select_from(SealingKey)) == rows


def test_a_key_of_one_day_is_made_once_and_forgotten_after_it(keys: Path) -> None:
    today = utcnow().date()
    days = [today + timedelta(days=number) for number in range(3)]
    kept = select(IndexKey.scope, IndexKey.purpose, IndexKey.wrapped).where(
        IndexKey.scope >= "2", IndexKey.scope < "3"
    )
    for day in days:
        make_daily_keys(keys, day)
    first = set(db.session.execute(kept).all())
    for day in days:
        make_daily_keys(keys, day)
    assert set(db.session.execute(kept).all()) == first
    assert len(first) == 6
    assert forget_daily_keys(days[2]) == 4
    assert {row.scope for row in db.session.execute(kept)} == {days[2].isoformat()}
    assert index()


def test_a_mailer_key_without_its_file_is_found_out_when_it_is_asked_for(
    keys: Path, settings: Settings
) -> None:
    settings.mailer_key_file.unlink()
    make_mailer_key(settings.mailer_key_file)
    assert not settings.mailer_key_file.exists()
    with pytest.raises(KeyMissing):
        mailer_keys()


def test_an_index_of_high_risk_is_the_same_each_time_and_takes_its_time() -> None:
    assert make_guessing_slow(b"a" * 32) == make_guessing_slow(b"a" * 32)
    assert make_guessing_slow(b"a" * 32) != make_guessing_slow(b"b" * 32)
    began = time.process_time()
    make_guessing_slow(b"a" * 32)
    assert time.process_time() - began >= 0.01


def test_keys_of_one_kind_seal_for_no_other(keys: Path) -> None:
    db.session.execute(
        update(SealingKey)
        .where(SealingKey.seals_for == SealsFor.CAMPAIGN)
        .values(campaign_id=CAMPAIGN + 1)
    )
    with pytest.raises(KeyMissing):
        current_keyring().campaign(CAMPAIGN)
