"""What was erased is written down by ids alone, for a restore to erase it again."""

import stat
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from campaigns.config import Settings
from campaigns.vault.erasures import (
    Erased,
    ledger_path,
    read_ledger,
    record_erasures,
)

# No row is touched: which database there is makes no difference.
pytestmark = pytest.mark.database("sqlite")


def test_what_is_recorded_is_read_again_by_kind(app: Flask) -> None:
    ids = [uuid4() for _ in range(3)]
    record_erasures(Erased.SIGNATURE, ids[:2])
    record_erasures(Erased.SUBSCRIPTION, ids[2:])
    record_erasures(Erased.PUBLIC_PART, ids[:1])
    record_erasures(Erased.HIGH_RISK, ["free-amal"])
    for kind in (Erased.EVENT, Erased.ARTICLE, Erased.UPDATE):
        record_erasures(kind, [ids[1].hex])
    assert read_ledger(ledger_path()) == {
        Erased.SIGNATURE: [it.hex for it in ids[:2]],
        Erased.SUBSCRIPTION: [ids[2].hex],
        Erased.PUBLIC_PART: [ids[0].hex],
        Erased.HAND_OVER: [],
        Erased.HIGH_RISK: ["free-amal"],
        Erased.EVENT: [ids[1].hex],
        Erased.ARTICLE: [ids[1].hex],
        Erased.UPDATE: [ids[1].hex],
    }


def test_the_ledger_is_for_its_owner_alone(app: Flask) -> None:
    record_erasures(Erased.SIGNATURE, [uuid4()])
    assert stat.S_IMODE(ledger_path().stat().st_mode) == 0o600


def test_a_group_that_may_write_to_the_instance_may_write_the_ledger(
    app: Flask, settings: Settings
) -> None:
    settings.instance_path.chmod(0o770)
    record_erasures(Erased.SIGNATURE, [uuid4()])
    assert stat.S_IMODE(ledger_path().stat().st_mode) == 0o660


def test_nothing_is_written_when_nothing_is_erased(app: Flask) -> None:
    record_erasures(Erased.SIGNATURE, [])
    assert not ledger_path().exists()


def test_many_who_erase_at_once_lose_no_line(app: Flask) -> None:
    ids = [[uuid4() for _ in range(20)] for _ in range(8)]

    def record(some: list[UUID]) -> None:
        with app.app_context():
            for it in some:
                record_erasures(Erased.SIGNATURE, [it])

    threads = [threading.Thread(target=record, args=(some,)) for some in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = read_ledger(ledger_path())[Erased.SIGNATURE]
    assert sorted(read) == sorted(it.hex for some in ids for it in some)


@pytest.mark.parametrize("cut", ["signature 3f2a", "high-risk free-am"])
@pytest.mark.parametrize("kind", [Erased.SIGNATURE, Erased.HIGH_RISK])
def test_a_line_cut_short_hides_no_other(app: Flask, cut: str, kind: Erased) -> None:
    path: Path = ledger_path()
    path.write_text(cut)
    record_erasures(kind, [known := uuid4()])
    assert read_ledger(path)[kind] == [known.hex]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device to write to")
def test_a_full_disk_is_an_error_so_that_nothing_is_erased_unrecorded(app: Flask) -> None:
    ledger_path().symlink_to("/dev/full")
    with pytest.raises(OSError, match="space"):
        record_erasures(Erased.SIGNATURE, [uuid4()])
