"""`campaigns import` and `campaigns export`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from campaigns.casefiles.cli import export_campaign, import_campaign
from campaigns.cases.queries import find_campaign
from campaigns.db import db
from tests.casefiles.example import as_text, full


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "case.json"
    file.write_text(as_text(full()), encoding="utf-8")
    return file


def run_import(*arguments: str | Path, given: bytes | None = None) -> Result:
    return CliRunner().invoke(import_campaign, [str(one) for one in arguments], input=given)


def run_export(slug: str) -> Result:
    return CliRunner().invoke(export_campaign, [slug])


def test_a_file_is_imported_exported_and_found_unchanged(app: Flask, file: Path) -> None:
    created = run_import(file)
    assert (created.exit_code, created.stderr) == (0, "")
    assert created.stdout == "Created free-amal: 2 detainees, 2 articles, 5 events.\n"
    written = run_export("free-amal")
    assert written.exit_code == 0
    assert written.stdout_bytes == file.read_bytes()
    assert written.stderr == ""
    again = run_import("-", given=file.read_bytes())
    assert again.stdout.startswith("Nothing to change in free-amal")


def test_an_import_is_committed(app: Flask, file: Path) -> None:
    run_import(file)
    db.session.rollback()
    assert find_campaign("free-amal") is not None


def test_each_fault_is_one_line_on_standard_error(app: Flask, file: Path) -> None:
    content = full()
    content["campaign"]["country"] = "XX"
    content["events"][1]["date"] = "yesterday"
    file.write_text(as_text(content), encoding="utf-8")
    result = run_import(file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        "campaign, country",
        "event rumour, date",
    ]
    assert find_campaign("free-amal") is None


def test_a_different_file_is_refused_in_one_sentence_and_applied_with_update(
    app: Flask, file: Path
) -> None:
    run_import(file)
    content = full()
    content["campaign"]["title"] = "Free Amal"
    file.write_text(as_text(content), encoding="utf-8")
    refused = run_import(file)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "The campaign free-amal exists and differs from this file (campaign, title): "
        "give --update to apply the differences.\n"
    )
    updated = run_import(file, "--update")
    assert updated.stdout.startswith("Updated free-amal")
    assert run_export("free-amal").stdout_bytes == file.read_bytes()


def test_a_file_that_is_not_there_is_said_in_one_sentence(app: Flask, tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        result = run_import(path)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"{path} cannot be read: ")
        assert len(result.stderr.splitlines()) == 1


def test_an_unknown_campaign_is_said_in_one_sentence(app: Flask) -> None:
    result = run_export("nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "There is no campaign “nobody”: look for its slug in its address.\n"
