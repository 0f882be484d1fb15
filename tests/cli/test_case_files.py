"""Case files through the real commands."""

import json
from pathlib import Path

from campaigns.config import Settings
from tests.architecture.source import PACKAGE
from tests.cli.conftest import Command
from tests.fixtures.databases import PreparedInstallation

KARACHI = PACKAGE / "casefiles" / "demo" / "seven-of-karachi.json"


def test_what_is_imported_is_exported_byte_for_byte(
    command: Command, settings: Settings, tmp_path: Path
) -> None:
    created = command("import", str(KARACHI))
    assert (created.code, created.err) == (0, "")
    assert created.out == "Created seven-of-karachi: 7 detainees, 9 articles, 8 events.\n"
    exported = command("export", "seven-of-karachi")
    assert (exported.code, exported.err) == (0, "")
    assert json.loads(exported.out)["format"] == "solidarity-campaign/1"
    again = tmp_path / "again.json"
    again.write_text(exported.out, encoding="utf-8")
    unchanged = command("import", str(again))
    assert unchanged.out.startswith("Nothing to change in seven-of-karachi")
    assert command("export", "seven-of-karachi").out == exported.out


def test_a_different_file_needs_to_be_meant(command: Command, tmp_path: Path) -> None:
    command("import", str(KARACHI))
    exported = json.loads(command("export", "seven-of-karachi").out)
    exported["campaign"]["summary"] = "Another summary."
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(exported), encoding="utf-8")
    refused = command("import", str(changed))
    assert refused.code == 1
    assert "--update" in refused.err
    updated = command("import", "--update", str(changed))
    assert (updated.code, updated.err) == (0, "")
    assert "Another summary." in command("export", "seven-of-karachi").out


def test_every_fault_is_a_line_and_nothing_is_stored(command: Command, tmp_path: Path) -> None:
    case = json.loads(KARACHI.read_text(encoding="utf-8"))
    case["events"][0]["date"] = "yesterday"
    case["events"][1]["kind"] = "nonsense"
    case["detainees"][2]["name_policy"] = "secret"
    faulty = tmp_path / "faulty.json"
    faulty.write_text(json.dumps(case), encoding="utf-8")
    answer = command("import", str(faulty))
    assert (answer.code, answer.out) == (1, "")
    lines = answer.err.splitlines()
    assert len(lines) == 3
    for ref, line in zip(("detainee-3", "first-protest", "six-taken"), sorted(lines), strict=True):
        assert ref in line
    assert command("export", "seven-of-karachi").code == 1


def test_what_is_no_case_file_is_named(command: Command, tmp_path: Path) -> None:
    for content in (b"", b"{", b"[]", b"\xff\xfe", b'{"format": "solidarity-campaign/9"}'):
        path = tmp_path / "case.json"
        path.write_bytes(content)
        answer = command("import", str(path))
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.strip()
        assert "Traceback" not in answer.err
    assert str(tmp_path) in command("import", str(tmp_path)).sentence
    assert "/nowhere/case.json" in command("import", "/nowhere/case.json").sentence


def test_an_unknown_campaign_cannot_be_exported(command: Command) -> None:
    assert "There is no campaign “nobody”" in command("export", "nobody").sentence


def test_signing_works_at_once_for_an_imported_campaign(
    command: Command, settings: Settings, prepared: PreparedInstallation
) -> None:
    assert command("import", str(KARACHI)).code == 0
    assert command("recount").out == "All counts are right.\n"
    assert command("mail", "status").code == 0
