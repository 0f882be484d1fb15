"""An envelope opens whole, with its key and for its own row, or it fails by name."""

import secrets
from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.mails import CONFIRM
from campaigns.petitions.models import Petition, Signature
from campaigns.petitions.sealed import (
    SealedSignature,
    open_address,
    open_public,
    seal_signature,
)
from campaigns.vault.errors import CannotOpen, KeyMissing, VaultError
from campaigns.vault.keyring import Keyring, current_keyring, encode_key, mailer_keys
from campaigns.vault.models import SealingKey, SealsFor
from campaigns.vault.sealing import (
    HEADER,
    SUITE_X25519_SHA256_AES256GCM,
    VERSION,
    Binding,
    PublicKey,
    Purpose,
    generate_private_key,
    key_id_of,
    open_envelope,
    open_fields,
    public_half,
    seal,
    seal_fields,
)
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox
from tests.signing.visitors import sign
from tests.vault import hpke

KEY_ID = b"\x01\x02\x03\x04"
PRIVATE = bytes(range(32))
KEY = PublicKey(KEY_ID, public_half(PRIVATE))
KEYS = {KEY_ID: PRIVATE}
HERE = Binding(Purpose.SIGNATURE_DETAILS, 7, "0" * 32)
NAME = "Wolverine Canaryname"
VERSION_BYTE, SUITE_BYTE = 0, 5
KEY_ID_BYTES = range(1, 5)


def envelope_of(padded: bytes) -> bytes:
    """An envelope somebody else made to our public key, whatever is inside."""
    message = hpke.seal(hpke.AES_256_GCM, KEY.raw, secrets.token_bytes(32), HERE.info, b"", padded)
    return HEADER.pack(VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM) + message


def refuses(envelope: bytes, keys: Mapping[bytes, bytes] = KEYS) -> type[VaultError]:
    """How opening fails: by an error of the vault that tells nothing of what was sealed."""
    with pytest.raises(VaultError) as raised:
        open_fields(envelope, keys, HERE)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert NAME not in str(raised.value)
    return raised.type


@pytest.fixture
def petition(app: Flask) -> Petition:
    return make_petition(make_campaign())


@pytest.fixture(scope="module")
def envelope() -> bytes:
    return seal_fields(KEY, HERE, name=NAME, comment="")


@pytest.mark.parametrize(
    "elsewhere",
    [
        Binding(Purpose.SIGNATURE_DETAILS, 7, "1" * 32),
        Binding(Purpose.SIGNATURE_DETAILS, 8, "0" * 32),
        Binding(Purpose.SIGNATURE_PUBLIC, 7, "0" * 32),
        Binding(Purpose.SIGNATURE_ADDRESS, 7, "0" * 32),
    ],
)
def test_an_envelope_moved_to_another_row_campaign_or_purpose_does_not_open(
    envelope: bytes, elsewhere: Binding
) -> None:
    with pytest.raises(CannotOpen):
        open_envelope(envelope, KEYS, elsewhere)


def test_no_bit_of_an_envelope_can_be_changed(envelope: bytes) -> None:
    for position in range(len(envelope)):
        changed = bytearray(envelope)
        changed[position] ^= 1 << position % 8
        how = refuses(bytes(changed))
        assert how is (KeyMissing if position in KEY_ID_BYTES else CannotOpen), position


def test_an_envelope_cut_anywhere_does_not_open(envelope: bytes) -> None:
    assert {refuses(envelope[:length]) for length in range(len(envelope))} == {CannotOpen}


@pytest.mark.parametrize("more", [b"\0", bytes(16), bytes(256)])
def test_a_lengthened_envelope_does_not_open(envelope: bytes, more: bytes) -> None:
    assert refuses(envelope + more) is CannotOpen


@pytest.mark.parametrize("position", [VERSION_BYTE, SUITE_BYTE])
def test_an_envelope_of_any_other_version_or_suite_is_refused_by_name(
    envelope: bytes, position: int
) -> None:
    for value in set(range(256)) - {envelope[position]}:
        changed = bytearray(envelope)
        changed[position] = value
        with pytest.raises(CannotOpen, match="version or suite"):
            open_envelope(bytes(changed), KEYS, HERE)


@given(st.binary(max_size=700))
def test_what_is_no_envelope_at_all_is_refused(content: bytes) -> None:
    assert issubclass(refuses(content), VaultError)
    ours = HEADER.pack(VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM)
    assert refuses(ours + content) is CannotOpen


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_an_encapsulated_key_that_is_no_key_is_refused(envelope: bytes, point: bytes) -> None:
    header, rest = envelope[: HEADER.size], envelope[HEADER.size + 32 :]
    assert refuses(header + point + rest) is CannotOpen


def test_another_key_does_not_open_and_a_missing_one_is_said_to_be_missing(
    envelope: bytes,
) -> None:
    assert refuses(envelope, {KEY_ID: generate_private_key()}) is CannotOpen
    assert refuses(envelope, {KEY_ID: b"too short"}) is CannotOpen
    assert refuses(envelope, {b"othr": PRIVATE}) is KeyMissing
    assert refuses(envelope, {}) is KeyMissing
    assert key_id_of(envelope) == KEY_ID


def test_after_rotation_old_and_new_envelopes_open_each_with_its_own_key(envelope: bytes) -> None:
    private = generate_private_key()
    newer = PublicKey(b"newr", public_half(private))
    keys = KEYS | {newer.key_id: private}
    for sealed in (envelope, seal_fields(newer, HERE, name=NAME, comment="")):
        assert open_fields(sealed, keys, HERE)["name"] == NAME
    swapped = {KEY_ID: private, newer.key_id: PRIVATE}
    assert refuses(envelope, swapped) is CannotOpen
    assert refuses(envelope, {newer.key_id: private}) is KeyMissing


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0", b"\xff\xff" + bytes(254), bytes(255), bytes(257), b"\x01\x00" + bytes(254)],
)
def test_what_somebody_else_sealed_without_our_padding_does_not_open(padded: bytes) -> None:
    assert refuses(envelope_of(padded)) is CannotOpen


@pytest.mark.parametrize(
    "plaintext",
    [b"", b"{", b"[]", b'"name"', b"null", b'{"name": 1}', b'{"name": {}}', b"\xff", b"[" * 4000],
)
def test_what_was_sealed_but_holds_no_fields_does_not_open_as_fields(plaintext: bytes) -> None:
    assert refuses(seal(plaintext, KEY, HERE)) is CannotOpen


def test_a_field_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(CannotOpen):
        open_fields(seal(b"{}", KEY, HERE), KEYS, HERE)["name"]


def sealed_twice(keyring: Keyring, campaign_id: int) -> list[SealedSignature]:
    """Two signatures of a campaign, with addresses and names of their own."""
    return [
        seal_signature(
            keyring,
            campaign_id,
            email=f"{name}@example.org",
            locale="en",
            name=name,
            comment="",
            show_name=True,
        )
        for name in ("amal", "bilal")
    ]


@pytest.mark.database("sqlite")
def test_a_stored_envelope_put_in_anothers_row_or_column_opens_nowhere(
    app: Flask, petition: Petition
) -> None:
    one, other = sealed_twice(current_keyring(), petition.campaign_id)
    keys, campaign = mailer_keys(), petition.campaign_id
    assert open_address(one.address, keys, campaign, one.id) == ("amal@example.org", "en")
    assert one.public
    assert open_public(one.public, keys, campaign, one.id) == ("amal", None)
    for envelope, row, number in (
        (one.address, other.id, campaign),
        (one.address, one.id, campaign + 1),
        (one.public, one.id, campaign),
    ):
        with pytest.raises(CannotOpen):
            open_address(envelope, keys, number, row)
    with pytest.raises(CannotOpen):
        open_public(one.address, keys, campaign, one.id)
    # Names are sealed to the campaign's key, which the mailer has not.
    with pytest.raises(KeyMissing):
        open_public(one.details, keys, campaign, one.id)


def test_swapped_addresses_reach_nobody(
    app: Flask, petition: Petition, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    one, other = (make_signature(petition, confirmed=False) for _ in range(2))
    one.sealed_address, other.sealed_address = other.sealed_address, one.sealed_address
    for signature in (one, other):
        queue_asked_for(kind=CONFIRM, about_id=signature.id, campaign_id=petition.campaign_id)
    deliver()
    assert mailbox.mails() == []
    assert set(db.session.scalars(select(Delivery.state))) == {DeliveryState.FAILED}


def test_with_the_mailers_old_and_new_key_in_its_file_everybody_is_reached(
    app: Flask,
    client: AuditingClient,
    settings: Settings,
    petition: Petition,
    deliver: Callable[[], int],
    mailbox: Mailbox,
) -> None:
    campaign = db.session.get_one(Campaign, petition.campaign_id)
    sign(client, campaign, "before@example.org")
    private = generate_private_key()
    with settings.mailer_key_file.open("a") as file:
        file.write(f"{b'newr'.hex()} {encode_key(private)}\n")
    db.session.add(
        SealingKey(seals_for=SealsFor.MAILER, key_id=b"newr", public_key=public_half(private))
    )
    current_keyring()._public.clear()
    sign(client, campaign, "after@example.org")
    sealed_to = {
        key_id_of(it or b"") for it in db.session.scalars(select(Signature.sealed_address))
    }
    assert b"newr" in sealed_to
    assert len(sealed_to) == 2
    deliver()
    assert {mail.recipient for mail in mailbox.mails()} == {
        "before@example.org",
        "after@example.org",
    }
