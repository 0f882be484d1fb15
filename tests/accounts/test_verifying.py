"""`campaigns audit verify` finds an entry that was changed, taken out, moved, put in or cut off."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from campaigns.accounts.actions import Action
from campaigns.accounts.audit import heads_path, record_entry
from campaigns.accounts.cli import audit
from campaigns.accounts.models import AuditEntry, AuditHead
from campaigns.db import db, utcnow

ENTRIES = 6
NOT_WRITTEN = "Entry {} is not the one that was written: it was changed, moved or put in."
MISSING = "Entry {} is missing: it was taken out."
CUT = "Entry {} is missing: the trail was cut after entry {}."


@pytest.fixture
def trail(app: Flask) -> None:
    for number in range(1, ENTRIES + 1):
        record_entry(
            Action.ROLE_GIVEN, organiser_id=number, campaign_id=1, about="organiser:7",
            detail={"role": "owner", "names": ["é", "ژ"]},
        )  # fmt: skip
        db.session.commit()


def verify() -> Result:
    """Run the command as from a shell."""
    db.session.commit()
    return CliRunner().invoke(audit, ["verify"])


def refused(sentence: str) -> bool:
    """Whether the command says so and nothing else."""
    answer = verify()
    assert answer.stdout == ""
    assert answer.stderr == f"Error: {sentence}\n"
    return answer.exit_code == 1


def change(number: int, /, **values: object) -> None:
    """Change an entry as somebody with the database in their hands."""
    db.session.execute(update(AuditEntry).where(AuditEntry.number == number).values(values))


def test_a_trail_nobody_touched_is_whole(trail: None) -> None:
    answer = verify()
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "6 entries, whole.\n", "")


def test_an_empty_trail_is_whole(app: Flask) -> None:
    answer = verify()
    assert (answer.exit_code, answer.stdout) == (0, "0 entries, whole.\n")


@pytest.mark.parametrize(
    "values",
    [
        {"action": Action.ROLE_TAKEN},
        {"action": "something else"},
        {"organiser_id": 9},
        {"organiser_id": None},
        {"campaign_id": None},
        {"about": None},
        {"about": "organiser:8"},
        {"at": datetime(2024, 3, 1, tzinfo=UTC)},
        {"detail": {"role": "viewer"}},
        {"detail": []},
        {"mac": b"x" * 32},
        {"mac": b""},
    ],
    ids=str,
)
def test_an_edited_entry_is_named(trail: None, values: dict[str, object]) -> None:
    change(3, **values)
    assert refused(NOT_WRITTEN.format(3))


@pytest.mark.parametrize("number", [1, 3])
def test_an_entry_taken_out_is_named(trail: None, number: int) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == number))
    assert refused(MISSING.format(number))


def test_an_entry_taken_out_is_found_when_the_others_are_numbered_anew(trail: None) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == 3))
    for number in range(4, ENTRIES + 1):
        change(number, number=number - 1)
    assert refused(NOT_WRITTEN.format(3))


def test_entries_that_changed_places_are_named(trail: None) -> None:
    for number, other in ((2, 99), (4, 2), (99, 4)):
        change(number, number=other)
    assert refused(NOT_WRITTEN.format(2))


def test_an_entry_put_in_the_middle_is_named(trail: None) -> None:
    for number in range(ENTRIES, 3, -1):
        change(number, number=number + 1)
    put_in(4)
    assert refused(NOT_WRITTEN.format(4))


def test_an_entry_put_at_the_end_is_named(trail: None) -> None:
    put_in(ENTRIES + 1)
    assert refused(NOT_WRITTEN.format(ENTRIES + 1))


def test_a_cut_tail_is_found_by_the_head_in_the_database(trail: None) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number > 4))
    assert refused(CUT.format(5, 4))


def test_a_cut_tail_whose_head_was_set_back_is_found_by_the_file_beside_it(trail: None) -> None:
    set_back(to=4)
    assert refused(CUT.format(5, 4))


def test_a_tail_that_was_cut_and_written_anew_is_found_by_the_file_beside_it(trail: None) -> None:
    set_back(to=4)
    for _ in range(3):
        record_entry(Action.ROLE_TAKEN)
        db.session.commit()
    assert refused("Entry 5 is not the one audit-heads.log knows by that number.")


def test_a_trail_that_was_emptied_is_found(trail: None) -> None:
    db.session.execute(delete(AuditEntry))
    db.session.execute(delete(AuditHead))
    assert refused(CUT.format(1, 0))


def test_a_file_that_is_gone_is_missed_until_the_next_entry(trail: None) -> None:
    heads_path().unlink()
    assert refused(
        "audit-heads.log is missing: whether the trail was cut at its end cannot be told."
    )
    record_entry(Action.ROLE_TAKEN)
    assert verify().stdout == "7 entries, whole.\n"


def test_lines_a_full_disk_cut_short_are_said_and_spoil_nothing(trail: None) -> None:
    lines = heads_path().read_bytes().splitlines(keepends=True)
    heads_path().write_bytes(b"".join([*lines[:2], lines[2][:20], *lines[3:]]))
    answer = verify()
    assert (answer.exit_code, answer.stdout) == (0, "6 entries, whole.\n")
    assert answer.stderr == f"Lines of {heads_path()} that are not whole: 1.\n"


def test_a_full_disk_loses_no_entry_and_is_logged(
    trail: None, caplog: pytest.LogCaptureFixture
) -> None:
    lines = heads_path().read_bytes()
    heads_path().unlink()
    # What cannot be written to, whoever asks.
    heads_path().mkdir()
    record_entry(Action.ROLE_TAKEN)
    db.session.commit()
    heads_path().rmdir()
    heads_path().write_bytes(lines)
    assert "The head of the audit trail could not be written" in caplog.text
    assert verify().stdout == "7 entries, whole.\n"


@pytest.mark.database("sqlite")  # only there a column holds whatever somebody puts in
@pytest.mark.parametrize("column", ["detail", "at", "organiser_id", "mac", "number"])
def test_a_column_that_holds_what_it_never_could_is_named(trail: None, column: str) -> None:
    statement = text(f"UPDATE audit_entry SET {column} = 'no such thing' WHERE number = 3")
    db.session.execute(statement)
    expected = MISSING if column == "number" else NOT_WRITTEN
    assert refused(expected.format(3))


@pytest.mark.database("sqlite")
def test_every_piece_of_a_long_trail_is_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.accounts.verifying.CHUNK", 3)
    for _ in range(10):
        record_entry(Action.ROLE_GIVEN)
        db.session.commit()
    assert verify().stdout == "10 entries, whole.\n"
    change(8, about="event:1")
    assert refused(NOT_WRITTEN.format(8))


def test_a_head_is_written_when_all_is_committed_and_not_with_a_savepoint(app: Flask) -> None:
    with db.session.begin_nested():
        record_entry(Action.ROLE_GIVEN)
    assert not heads_path().exists()
    db.session.rollback()
    assert not heads_path().exists()
    with db.session.begin_nested():
        record_entry(Action.ROLE_GIVEN)
    db.session.commit()
    assert heads_path().read_text().startswith("1 ")
    assert verify().stdout == "1 entry, whole.\n"


def test_a_savepoint_that_is_undone_takes_its_own_entries_only(app: Flask) -> None:
    record_entry(Action.ROLE_GIVEN)
    with db.session.begin_nested() as outer:
        with db.session.begin_nested():
            record_entry(Action.ROLE_TAKEN)
        outer.rollback()
    assert verify().stdout == "1 entry, whole.\n"
    lines = heads_path().read_text().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["1"]


def put_in(number: int) -> None:
    """Put an entry in, with a MAC of one's own, as somebody without the key must."""
    values = {"at": utcnow(), "action": "signed_in", "detail": {}, "mac": b"\1" * 32}
    db.session.execute(insert(AuditEntry).values(number=number, **values))


def set_back(to: int) -> None:
    """Cut the tail, and let the database's own head know nothing of it."""
    db.session.execute(delete(AuditEntry).where(AuditEntry.number > to))
    mac = db.session.scalar(select(AuditEntry.mac).where(AuditEntry.number == to))
    db.session.execute(update(AuditHead).values(number=to, mac=mac))
    db.session.commit()


@pytest.mark.database("postgresql")  # the other has no zones
def test_the_zone_of_the_database_changes_nothing(trail: None) -> None:
    db.session.execute(text("SET TIME ZONE 'Asia/Karachi'"))
    db.session.commit()
    assert CliRunner().invoke(audit, ["verify"]).exit_code == 0
