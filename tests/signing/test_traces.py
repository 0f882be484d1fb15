"""Of supporters who ticked nothing public, an instance holds nothing anybody could read or test."""

import hashlib
import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.petitions.models import Petition
from campaigns.vault.addresses import canonical_address
from campaigns.vault.models import SealingKey
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.visitors import path_of, press, sign, subscribe

# PostgreSQL keeps its files elsewhere; what is stored is the same.
pytestmark = pytest.mark.database("sqlite")

NAME, COMMENT = "Wolverine Canaryname", "Kingfisher comment, told to nobody"
ADDRESSES = [f"Canary.{number}+Tag@Mailbox-{number}.example" for number in range(8)]
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


def forms_of(text: str) -> Iterator[bytes]:
    """Yield a text as it may lie in a file: plain, encoded, or hashed as one would to test it."""
    for variant in {text, text.lower(), text.upper(), canonical_address(text)}:
        raw = variant.encode()
        digests = [hashlib.new(name, raw).digest() for name in HASHES]
        for content in (raw, *digests):
            yield content
            yield content.hex().encode()
            yield content.hex().upper().encode()
            yield urlsafe_b64encode(content).rstrip(b"=")
        yield variant.encode("utf-16-le")
        # Inside a longer text base64 depends on where it begins.
        for before in range(3):
            encoded = b64encode(b"\0" * before + raw + b"\0" * 2)
            yield encoded[4 if before else 0 : -8]


def files_of(settings: Settings) -> dict[Path, bytes]:
    """Every file of an instance but the development mailbox."""
    return {
        path: path.read_bytes()
        for path in settings.instance_path.rglob("*")
        if path.is_file() and settings.mailbox_path not in path.parents
    }


def found(contents: dict[Path, bytes], *texts: str) -> list[tuple[str, str]]:
    return [
        (path.name, text)
        for text in texts
        for form in set(forms_of(text))
        for path, content in contents.items()
        if form in content
    ]


@pytest.fixture
def petition(app: Flask) -> Petition:
    return make_petition(make_campaign())


@pytest.fixture
def campaign(petition: Petition) -> Campaign:
    return db.session.get_one(Campaign, petition.campaign_id)


def test_nothing_of_a_supporter_is_found_in_any_file_or_log(
    app: Flask,
    client: AuditingClient,
    campaign: Campaign,
    settings: Settings,
    deliver: Callable[[], int],
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    typed = {"name": NAME, "comment": COMMENT, "country": "PK"}
    confirmed, enrolled, repeated, pending, subscriber, refused, broken, left = ADDRESSES
    for address in (confirmed, repeated, pending, repeated):
        sign(client, campaign, address, **typed)
    sign(client, campaign, enrolled, **typed, updates="y", hand_over="y")
    for address in (subscriber, left):
        subscribe(client, campaign, address)
    deliver()
    for address in (confirmed, enrolled, repeated, subscriber, left):
        press(client, link_to(mailbox.last(address.partition("@")[0]), "/confirm/"))
    sign(client, campaign, repeated, **typed)
    assert sign(client, campaign, refused, **(typed | {"country": "XX"})).status_code == 422
    subscribe(client, campaign, left)
    deliver()
    client.post(path_of(link_to(mailbox.last(left.partition("@")[0]), "/unsubscribe/")))
    fail(app, client, campaign, broken, typed)
    contents = files_of(settings)
    names = {path.name for path in contents}
    assert {"campaigns.sqlite3", "campaigns.sqlite3-wal"} <= names
    output = capfd.readouterr()
    contents[Path("log")] = (caplog.text + output.out + output.err).encode()
    assert "The database did not answer" in caplog.text
    assert found(contents, NAME, COMMENT, *ADDRESSES) == []
    everything = b"".join(contents.values())
    assert campaign.title.encode() in everything


def fail(
    app: Flask, client: AuditingClient, campaign: Campaign, address: str, typed: dict[str, str]
) -> None:
    """Let a signing fail in the database, in the vault, and by a fault of ours."""
    db.session.execute(db.text("ALTER TABLE delivery RENAME TO away"))
    assert sign(client, campaign, address, **typed).status_code == 503
    db.session.execute(db.text("ALTER TABLE away RENAME TO delivery"))
    kept = app.extensions["keyring"]
    app.extensions["keyring"] = object()
    assert sign(client, campaign, address, **typed).status_code == 500
    app.extensions["keyring"] = kept
    db.session.execute(delete(SealingKey))
    kept._public.clear()
    assert sign(client, campaign, address, **typed).status_code == 503


def test_the_search_itself_finds_what_is_there(tmp_path: Path) -> None:
    address = ADDRESSES[0]
    hidden = {
        "plain": address.encode(),
        "hashed": hashlib.sha256(canonical_address(address).encode()).digest(),
        "hex": hashlib.sha1(address.lower().encode()).hexdigest().encode(),
        "in base64": b64encode(b'{"email": "' + address.encode() + b'"}'),
    }
    for name, content in hidden.items():
        assert found({tmp_path / name: b"before " + content + b" after"}, address), name


def test_what_is_ticked_to_be_shown_is_shown_and_its_address_is_not(
    client: AuditingClient,
    campaign: Campaign,
    settings: Settings,
    deliver: Callable[[], int],
    mailbox: Mailbox,
) -> None:
    sign(client, campaign, ADDRESSES[0], name=NAME, comment=COMMENT, public="y")
    deliver()
    assert found(files_of(settings), NAME, COMMENT) == []
    press(client, link_to(mailbox.last(), "/confirm/"))
    deliver()
    assert {text for _, text in found(files_of(settings), NAME, COMMENT)} == {NAME, COMMENT}
    assert found(files_of(settings), ADDRESSES[0]) == []
