"""Names go from those who sign to those who hold a key, and to nobody else."""

import csv
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.petitions.export_queries import usable_export
from campaigns.petitions.models import HandoverNames, Petition, Signature, SignatureState
from tests.cli.conftest import Command
from tests.export.conftest import Approve, Identity, Typing
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.fixtures.servers import environment_of
from tests.signing.visitors import press, sign

Export = Callable[[Campaign], Path]
Signs = Callable[[str], None]


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def names_in(path: Path) -> set[str]:
    """The names in a CSV file."""
    return {row["name"] for row in rows_of(path)}


@pytest.fixture
def signs(
    client: AuditingClient, campaign: Campaign, deliver: Callable[[], int], mailbox: Mailbox
) -> Signs:
    """Have somebody sign and confirm, as one does."""

    def sign_and_confirm(name: str) -> None:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        # A process that runs would find a new key within a minute.
        client.application.extensions["keyring"]._public.clear()
        sign(client, campaign, email, name=name)
        deliver()
        press(client, link_to(mailbox.last(email), "/confirm/"))

    return sign_and_confirm


def test_every_name_is_found_by_who_was_admitted_between_two_keys(
    petition: Petition,
    signs: Signs,
    command: Command,
    typing: Typing,
    export: Export,
    recovery: Path,
    tmp_path: Path,
) -> None:
    signs("Amal Before")
    typing("a long passphrase", "a long passphrase")
    identity = tmp_path / "mine.age"
    recipient = command("keys", "create", "-o", str(identity)).out.strip()
    assert recipient.startswith("age1")
    admitted = command(
        "keys", "admit", "watched", "--holder", recipient, "--identity", str(recovery)
    )
    assert "1 key of watched" in admitted.out
    signs("Bela Between")
    assert command("keys", "rotate", "watched").code == 0
    signs("Carim After")
    listed = command("keys", "list", "watched").out
    assert "2 people can open 3 of 3 names" in listed
    assert sorted(line.split(", ")[-1] for line in listed.splitlines() if "key " in line) == [
        "1 name",
        "2 names",
    ]
    sealed = export(db.session.get_one(Campaign, petition.campaign_id))
    recovery.unlink()
    typing("a long passphrase")
    table = tmp_path / "names.csv"
    opened = command(
        "signatures", "open", str(sealed), "--identity", str(identity), "-o", str(table)
    )
    assert (opened.code, opened.err) == (0, "")
    assert names_in(table) == {"Amal Before", "Bela Between", "Carim After"}
    assert stat.S_IMODE(table.stat().st_mode) == stat.S_IMODE(sealed.stat().st_mode) == 0o600


@pytest.mark.database("sqlite")
def test_a_table_tells_what_each_agreed_to_and_nobody_who_did_not_confirm(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    recovery: Path,
    tmp_path: Path,
) -> None:
    shown = make_signature(
        petition, name="آمل یاسین", comment="Free them,\n“all”.", show_name=True, country="PK"
    )
    make_signature(petition, name="Bela Second", hand_over=True, updates=True)
    make_signature(petition, name="Never Confirmed", confirmed=False)
    make_signature(make_petition(make_campaign()), name="Another Campaign")
    table = tmp_path / "names.csv"
    answer = command(
        "signatures", "open", str(export(campaign)), "--identity", str(recovery), "-o", str(table)
    )
    assert answer.out == f"Wrote {table}, from 2 signatures.\n"
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    first, second = sorted(rows_of(table), key=lambda row: row["name"], reverse=True)
    assert first == {
        "name": "آمل یاسین",
        "comment": "Free them,\n“all”.",
        "country": "PK",
        "confirmed on": str(shown.confirmed_on),
        "show name": "yes",
        "hand over": "no",
        "updates": "no",
        "row id": str(shown.id),
    }
    assert (second["name"], second["hand over"], second["updates"]) == ("Bela Second", "yes", "yes")


@pytest.mark.database("sqlite")
def test_a_printed_petition_names_only_those_who_ticked_it(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    recovery: Path,
    tmp_path: Path,
) -> None:
    petition.text = "Release **them**.\n\n<script>alert(1)</script>"
    petition.addressee = "the Minister <of> the Interior"
    make_signature(petition, name="آمل <b>یاسین</b>", hand_over=True)
    make_signature(petition, name="Nobody Else", show_name=True)
    make_signature(petition, name="Nobody Either")
    page = tmp_path / "petition.html"
    sealed = export(campaign)
    given = ("--identity", str(recovery))
    assert command("signatures", "open", str(sealed), *given, "--print", str(page)).code == 0
    html = page.read_text(encoding="utf-8")
    assert "<li><bdi>آمل &lt;b&gt;یاسین&lt;/b&gt;</bdi></li>" in html
    assert html.count("<li>") == 1
    assert "and 2 more, whose names are not on this list." in html
    assert "<strong>them</strong>" in html
    assert "the Minister &lt;of&gt; the Interior" in html
    assert "<script" not in html
    assert "Nobody" not in html


@pytest.mark.database("sqlite")
def test_a_petition_that_hands_no_names_over_prints_none(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    recovery: Path,
    tmp_path: Path,
) -> None:
    petition.handover_names = HandoverNames.NONE
    make_signature(petition, name="Amal Signer", hand_over=True)
    page = tmp_path / "petition.html"
    sealed = export(campaign)
    given = ("--identity", str(recovery))
    assert command("signatures", "open", str(sealed), *given, "--print", str(page)).code == 0
    html = page.read_text(encoding="utf-8")
    assert "Amal" not in html
    assert "1 person signed, whose name is not on this list." in html


@pytest.mark.database("sqlite")
def test_an_export_opens_where_there_is_no_installation(
    petition: Petition, campaign: Campaign, export: Export, recovery: Path, tmp_path: Path
) -> None:
    make_signature(petition, name="Amal Signer")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "identity.txt").write_bytes(recovery.read_bytes())
    (elsewhere / "sealed.age").write_bytes(export(campaign).read_bytes())
    program = Path(sys.executable).with_name("campaigns")
    ran = subprocess.run(
        [
            program,
            "signatures",
            "open",
            "sealed.age",
            "--identity",
            "identity.txt",
            "-o",
            "out.csv",
        ],
        cwd=elsewhere,
        env={"PATH": "", "CAMPAIGNS_INSTANCE_PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert names_in(elsewhere / "out.csv") == {"Amal Signer"}
    assert {path.name for path in elsewhere.iterdir()} == {
        "identity.txt",
        "sealed.age",
        "out.csv",
    }


@pytest.mark.database("sqlite")
def test_no_file_of_the_export_holds_a_name_in_clear(
    petition: Petition, campaign: Campaign, export: Export
) -> None:
    make_signature(petition, name="Canaria Signer")
    content = export(campaign).read_bytes()
    assert b"Canaria" not in content
    assert petition.title.encode() not in content


@pytest.mark.database("sqlite")
def test_a_strangers_identity_opens_nothing_and_leaves_nothing(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    make_identity: Callable[[str], Identity],
    tmp_path: Path,
) -> None:
    make_signature(petition)
    stranger, table = make_identity("stranger"), tmp_path / "names.csv"
    given = ("--identity", str(stranger.path), "-o", str(table))
    answer = command("signatures", "open", str(export(campaign)), *given)
    assert "This identity is none of those" in answer.sentence
    assert not list(tmp_path.glob("*names.csv*"))


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "another"])
@pytest.mark.database("sqlite")
def test_a_damaged_file_is_said_to_be_and_gives_half_a_list_to_nobody(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    recovery: Path,
    damage: str,
    tmp_path: Path,
) -> None:
    for _ in range(3):
        make_signature(petition)
    sealed, table = export(campaign), tmp_path / "names.csv"
    content = sealed.read_bytes()
    middle = len(content) // 2
    sealed.write_bytes(
        {
            "cut": content[:-20],
            "changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "empty": b"",
            "another": b"name,comment\r\n",
        }[damage]
    )
    answer = command(
        "signatures", "open", str(sealed), "--identity", str(recovery), "-o", str(table)
    )
    assert "damaged" in answer.sentence or "not an age file" in answer.sentence
    assert not list(tmp_path.glob("*names.csv*"))


@pytest.mark.database("sqlite")
def test_rows_that_do_not_open_are_named_and_the_others_written(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    export: Export,
    recovery: Path,
    tmp_path: Path,
) -> None:
    good, moved, cut, unknown = (make_signature(petition, name=f"Signer {n}") for n in "abcd")
    moved.sealed_details = good.sealed_details
    cut.sealed_details = cut.sealed_details[:3]
    unknown.sealed_details = b"\x01nobd" + unknown.sealed_details[5:]
    db.session.commit()
    table = tmp_path / "names.csv"
    answer = command(
        "signatures", "open", str(export(campaign)), "--identity", str(recovery), "-o", str(table)
    )
    assert answer.sentence.startswith(
        f"Left out of {table} because they do not open: 3 of 4 signatures, "
    )
    for row in (moved, cut, unknown):
        assert str(row.id) in answer.sentence
    assert names_in(table) == {"Signer a"}


@pytest.mark.database("sqlite")
def test_nothing_is_overwritten(
    petition: Petition,
    campaign: Campaign,
    command: Command,
    approve: Approve,
    export: Export,
    recovery: Path,
    typing: Typing,
    tmp_path: Path,
) -> None:
    make_signature(petition)
    sealed = export(campaign)
    there = tmp_path / "there"
    there.write_text("mine")
    approve(campaign)
    typing("passphrase", "passphrase")
    for arguments in (
        ("keys", "create", "-o"),
        ("signatures", "export", "watched", "-o"),
        ("signatures", "open", str(sealed), "--identity", str(recovery), "-o"),
        ("signatures", "open", str(sealed), "--identity", str(recovery), "--print"),
    ):
        answer = command(*arguments, str(there))
        assert answer.sentence == f"Error: {there} exists already, and is not overwritten."
    assert there.read_text() == "mine"
    # The approval was not used up by it.
    assert command("signatures", "export", "watched", "-o", str(tmp_path / "again")).code == 0


@pytest.mark.parametrize("given", [(), ("-o", "a", "--print", "b")])
def test_one_of_both_forms_is_asked_for(bare_command: Command, given: tuple[str, ...]) -> None:
    answer = bare_command("signatures", "open", "x", "--identity", "y", *given)
    assert answer.code == 2
    assert "either -o or --print" in answer.err


def test_without_any_identity_all_but_reading_goes_on(
    petition: Petition, signs: Signs, recovery: Path, command: Command
) -> None:
    recovery.unlink()
    signs("Amal Signer")
    signature = db.session.query(Signature).one()
    assert signature.state == SignatureState.CONFIRMED
    assert petition.tally.online == 1
    assert command("keys", "rotate", "watched").code == 0
    signs("Bela Signer")
    assert petition.tally.online == 2


@pytest.mark.database("sqlite")
def test_an_export_that_fails_leaves_nothing_but_its_approval(
    petition: Petition, campaign: Campaign, approve: Approve, settings: Settings, tmp_path: Path
) -> None:
    for _ in range(100):
        make_signature(petition)
    approve(campaign)
    target = tmp_path / "signatures.age"
    largest = 16 * 1024

    def let_no_file_grow_beyond_it() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    ran = subprocess.run(
        [sys.executable, "-m", "campaigns.cli", "signatures", "export", "watched", "-o", target],
        env=environment_of(settings),
        preexec_fn=let_no_file_grow_beyond_it,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert len(ran.stderr.splitlines()) == 1
    assert "File too large" in ran.stderr
    assert not list(tmp_path.glob("*signatures.age*"))
    assert usable_export(petition.campaign_id) is not None


@pytest.mark.database("sqlite")
def test_what_cannot_be_exported_is_said(
    app: Flask, command: Command, settings: Settings, tmp_path: Path
) -> None:
    make_campaign("without")
    target = tmp_path / "out"
    for slug, words in (
        ("nobody", "There is no campaign “nobody”"),
        ("without", "has no petition"),
    ):
        assert words in command("signatures", "export", slug, "-o", str(target)).sentence
    make_petition(make_campaign("watched"))
    sentence = command("signatures", "export", "watched", "-o", str(target)).sentence
    assert "No approved export of “watched” is left: ask for one in the console" in sentence
    assert not target.exists()
