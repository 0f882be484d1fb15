"""Every command says what it does, and what is wrong with how it was asked."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from campaigns.cli import ROOM_COMMANDS, cli
from tests.cli.conftest import Command

CONTRACT = {
    "run", "web", "worker", "init", "check", "import", "export", "organiser", "update", "mail",
    "recount", "supporter", "keys", "signatures", "purge", "backup", "restore",
    "audit",
}  # fmt: skip


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
    return found


def test_the_commands_of_the_contract_are_there() -> None:
    assert {path[0] for path in _commands(cli)} == CONTRACT
    for command in (("organiser", "add"), ("organiser", "role"), ("audit", "verify")):
        assert command in _commands(cli)
    assert ROOM_COMMANDS.keys() < CONTRACT


@pytest.mark.parametrize("path", [(), *_commands(cli)], ids=" ".join)
def test_every_command_has_help(bare_command: Command, path: tuple[str, ...]) -> None:
    answer = bare_command(*path, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: {' '.join(('campaigns', *path))}")
    summary = answer.out.split("\n\n")[1].strip()
    assert summary
    assert "--supervised" not in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("run", "--nonsense"),
        ("export",),
        ("export", "a", "b"),
        ("import",),
        ("organiser",),
        ("organiser", "nonsense", "x"),
        ("organiser", "add"),
        ("update", "send", "slug", "file"),
        ("keys",),
        ("keys", "admit", "slug"),
        ("keys", "rotate", "a", "b"),
        ("signatures", "export", "slug"),
        ("signatures", "open", "file", "-o", "table"),
        ("update", "send", "slug", "--title", "x", "/nowhere/file"),
        ("init", "extra"),
    ],
)
def test_bad_usage_ends_with_2_and_says_how_it_is_meant(
    bare_command: Command, arguments: tuple[str, ...]
) -> None:
    answer = bare_command(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert "Usage: campaigns" in answer.err
    assert "Traceback" not in answer.err


def test_the_command_itself_is_installed_and_answers_at_once() -> None:
    program = Path(sys.executable).with_name("campaigns")
    ran = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "run" in ran.stdout
    # What only looks after other processes loads neither the database nor the application.
    code = "import sys, campaigns.cli; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
