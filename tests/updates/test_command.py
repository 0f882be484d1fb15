"""Sending an update from a script keeps to what the console accepts."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.updates.cli import update
from campaigns.updates.models import Update

CONTROLS = {
    "override": "\u202e",
    "isolate": "\u2066",
    "escape": "\x1b[31m",
    "null": "\x00",
    "next-line": "\x85",
}


def send(slug: str, folder: Path, *, title: str = "News", text: str = "All are free.") -> Result:
    file = folder / "update.md"
    file.write_bytes(text.encode())
    return CliRunner().invoke(update, ["send", slug, "--title", title, str(file)])


def test_an_update_is_sent_as_it_was_written(campaign: Campaign, tmp_path: Path) -> None:
    text = "**Released**\r\n\r\n\tمن زندہ ہوں\u200c."
    assert send(campaign.slug, tmp_path, title=" Zoe\u0308 ", text=text).exit_code == 0
    sent = db.session.query(Update).one()
    assert sent.title == "Zoë"
    assert sent.text.splitlines()[0] == "**Released**"


@pytest.mark.parametrize("place", ["title", "text"])
@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_invisible_control_characters_are_refused_in_a_sentence(
    campaign: Campaign, tmp_path: Path, place: str, control: str
) -> None:
    result = send(campaign.slug, tmp_path, **{place: f"Zarina{control} is free"})
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "Error: Remove the invisible control characters from title and text.\n"
    )
    assert db.session.query(Update).count() == 0


@pytest.mark.parametrize("title", ["One\rtwo", "One\ntwo", "One\ttwo", "A" * 151, " "])
def test_a_title_is_one_line(campaign: Campaign, tmp_path: Path, title: str) -> None:
    result = send(campaign.slug, tmp_path, title=title)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert db.session.query(Update).count() == 0
