"""What the documents tell people to type and to follow is there."""

import re
from pathlib import Path

import click
import pytest

from campaigns.cli import cli
from campaigns.config import NAMES, PREFIX
from tests.architecture.source import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s`/])campaigns((?:[ \t]+[a-z-]+)+)", re.MULTILINE)
TARGET = re.compile(r"(?:^|`)[ \t]*(?:[A-Z]+=\S+ )?make ([a-z]+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def code_in(document: Path) -> str:
    return "\n".join(CODE.findall(read(document)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_a_document_names_exists(document: Path) -> None:
    unknown = []
    for words in COMMAND.findall(code_in(document)):
        command: click.Command | None = cli
        for word in words.split():
            if not isinstance(command, click.Group) or word.startswith("-"):
                break
            command = command.get_command(click.Context(command), word)
        if command is None:
            unknown.append(words.strip())
    assert not unknown


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_of_make_a_document_names_exists(document: Path) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(TARGET.findall(code_in(document))) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    missing = []
    for link in LINK.findall(read(document)):
        path = link.partition("#")[0]
        elsewhere = not path or "://" in link or link.startswith("mailto:")
        if not elsewhere and not (document.parent / path).exists():
            missing.append(link)
    assert not missing


def test_every_command_explains_itself() -> None:
    silent = []
    waiting: list[tuple[str, click.Command]] = [("campaigns", cli)]
    while waiting:
        name, command = waiting.pop()
        if not command.help:
            silent.append(name)
        if isinstance(command, click.Group):
            context = click.Context(command)
            waiting += [
                (f"{name} {word}", sub)
                for word in command.list_commands(context)
                if (sub := command.get_command(context, word))
            ]
    assert not silent


def test_every_setting_named_in_the_makefile_and_the_documents_exists() -> None:
    named = set()
    for path in [*DOCUMENTS, PROJECT / "Makefile"]:
        named |= set(re.findall(rf"{PREFIX}([A-Z][A-Z_]*[A-Z])", path.read_text(encoding="utf-8")))
    assert named <= set(NAMES)
