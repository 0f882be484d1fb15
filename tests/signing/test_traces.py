"""Of supporters who ticked nothing public, an instance holds nothing anybody could read or test."""

import hashlib
import sqlite3
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.petitions.models import Petition
from campaigns.updates.models import Subscription
from campaigns.vault.addresses import canonical_address
from tests.factories import make_campaign, make_petition, make_signature, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.databases import SQLITE_FILE
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.canaries import Person, files_of, found, person_of
from tests.signing.flows import FLOWS, Stage
from tests.signing.visitors import press, sign

# PostgreSQL keeps its files elsewhere; what is stored is the same.
pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def petition(app: Flask) -> Petition:
    return make_petition(make_campaign())


@pytest.fixture
def campaign(petition: Petition) -> Campaign:
    return db.session.get_one(Campaign, petition.campaign_id)


@pytest.fixture
def stage(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    deliver: Callable[[], int],
    mailbox: Mailbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Stage:
    return Stage(app, client, campaign, deliver, mailbox, tmp_path, caplog, capfd)


@pytest.fixture
def person() -> Person:
    return person_of("anybody")


def test_nothing_of_a_supporter_is_found_in_any_file_or_log(stage: Stage) -> None:
    people = [person_of(flow.__name__) for flow in FLOWS]
    for flow, person in zip(FLOWS, people, strict=True):
        flow(stage, person)
    contents = files_of(stage.settings) | stage.outputs()
    assert {"campaigns.sqlite3", "campaigns.sqlite3-wal", "log", "commands"} <= {
        path.name for path in contents
    }
    assert found(contents, *(text for person in people for text in person.texts)) == []
    everything = b"".join(contents.values())
    assert stage.campaign.title.encode() in everything
    # Each flow did what its name says, else nothing would have been tested.
    for words in stage.expected:
        assert words.encode() in everything, words


def test_the_search_itself_finds_what_is_there(tmp_path: Path, person: Person) -> None:
    address = person.address
    hidden = {
        "plain": address.encode(),
        "hashed": hashlib.sha256(canonical_address(address).encode()).digest(),
        "hex": hashlib.sha1(address.lower().encode()).hexdigest().encode(),
        "in base64": b64encode(b'{"email": "' + address.encode() + b'"}'),
        "in base64, one later": b64encode(b'{"email" : "' + address.encode() + b'"}'),
        "in base64, two later": b64encode(b'{"email"  : "' + address.encode() + b'"}'),
        "in a form": address.replace("@", "%40").replace("+", "%2B").encode(),
    }
    for name, content in hidden.items():
        assert found({tmp_path / name: b"before " + content + b" after"}, address), name


def test_what_is_ticked_to_be_shown_is_shown_and_its_address_is_not(
    client: AuditingClient,
    campaign: Campaign,
    settings: Settings,
    deliver: Callable[[], int],
    mailbox: Mailbox,
    person: Person,
) -> None:
    sign(client, campaign, person.address, name=person.name, comment=person.comment, public="y")
    deliver()
    assert found(files_of(settings), person.name, person.comment) == []
    press(client, link_to(mailbox.last(), "/confirm/"))
    deliver()
    shown = {text for _, text in found(files_of(settings), person.name, person.comment)}
    assert shown == {person.name, person.comment}
    assert found(files_of(settings), person.address) == []


def test_of_what_is_erased_not_even_the_sealed_bytes_are_left(
    stage: Stage, petition: Petition, person: Person
) -> None:
    others = [make_signature(petition) for _ in range(20)]
    signature = make_signature(petition, person.address, name=person.name)
    make_subscription(stage.campaign, person.address)
    subscription = db.session.scalars(select(Subscription)).one()
    erased = [
        signature.sealed_address or b"",
        signature.sealed_details,
        signature.email_index,
        subscription.sealed_address,
        subscription.email_index,
    ]
    kept = others[0].sealed_details
    db.session.commit()
    assert all(holds(stage.settings, part) for part in erased)
    stage.command("supporter", "erase", stage.campaign.slug, typed=person.address)
    with closing(sqlite3.connect(stage.settings.instance_path / SQLITE_FILE)) as connection:
        # What is in the log comes into the database, and the log is cut.
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert not any(holds(stage.settings, part) for part in erased)
    assert holds(stage.settings, kept)


def holds(settings: Settings, part: bytes) -> bool:
    """Whether a file holds any stretch of these bytes; long ones may be split between pages."""
    stretches = [part[start : start + 16] for start in range(0, len(part) - 15, 16)]
    return any(piece in content for content in files_of(settings).values() for piece in stretches)
