"""Sealing is HPKE as published, opens for its own row alone, and tells nothing by its length."""

import secrets
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.vault.errors import CannotOpen, KeyMissing, TooLong
from campaigns.vault.sealing import (
    HEADER,
    PADDED_SIZES,
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
from tests.vault import hpke

KEY_ID = b"\x01\x02\x03\x04"
PRIVATE = bytes(range(32))
KEY = PublicKey(KEY_ID, public_half(PRIVATE))
KEYS = {KEY_ID: PRIVATE}
HERE = Binding(Purpose.SIGNATURE_DETAILS, 7, "0" * 32)
SMALLEST = HEADER.size + 32 + PADDED_SIZES[0] + 16

# RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base, sequence number 0.
RFC_PK_RECIPIENT = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"
RFC_SK_RECIPIENT = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"
RFC_SK_EPHEMERAL = "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"
RFC_INFO, RFC_AAD = b"Ode on a Grecian Urn", b"Count-0"
RFC_PLAINTEXT = b"Beauty is truth, truth beauty"
RFC_MESSAGE = (
    "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
    "6d8770ac83d07bea87e13c512a"
)
# Sealed to PRIVATE by tests.vault.hpke: what lies in databases must open for ever.
OLD_BINDING = Binding(Purpose.SIGNATURE_ADDRESS, 7, "0" * 32)
OLD_ENVELOPE = b64decode(
    "AQECAwQBNYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQkJ+ck4EF1jGTMours0pRJQqLNSkZP4Ux/c/5X"
    "mtfxs6sTJhT4poWhsv9/DclzmDr3ZGqSILDloRgO7Pqx2gqPOB9F9dexbWdGb7XJVseZr7jY6OhS89pEdOu4btY5"
    "1rGKuQAlmxpe2V6PTUfDOwnoQad8bxBbnRHZD0TqBrNyoLL+9ALV6MOQkxkDE5JCaazDTqhiV2x9lTirEnLeWFzL"
    "m0teU5celI2CuJethi+zPAQhJhPUUg6d+uQyYJ9z/Gmr55QGg8I94YJ7Pii3hXAUf+O6NtwsnjqxwYhe3L8M/a+L"
    "LaV5V8MKv4mpSkNXzNUNd3TDT3tQILcqmBjgYyPwhSoBK8rf/X+Wkes1+bpMAg=="
)


def test_the_construction_these_tests_compare_with_is_that_of_the_rfc() -> None:
    sealed = hpke.seal(
        hpke.AES_128_GCM,
        bytes.fromhex(RFC_PK_RECIPIENT),
        bytes.fromhex(RFC_SK_EPHEMERAL),
        RFC_INFO,
        RFC_AAD,
        RFC_PLAINTEXT,
    )
    assert sealed.hex() == RFC_MESSAGE
    private = bytes.fromhex(RFC_SK_RECIPIENT)
    assert public_half(private).hex() == RFC_PK_RECIPIENT
    opened = hpke.open_sealed(hpke.AES_128_GCM, private, RFC_INFO, RFC_AAD, sealed)
    assert opened == RFC_PLAINTEXT


def test_an_independent_hpke_opens_what_is_sealed() -> None:
    envelope = seal(b"Amal Signer", KEY, HERE)
    version, key_id, suite = HEADER.unpack_from(envelope)
    assert (version, key_id, suite) == (VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM)
    info = b"campaigns/1|signature-details|7|" + b"0" * 32
    padded = hpke.open_sealed(hpke.AES_256_GCM, PRIVATE, info, b"", envelope[HEADER.size :])
    assert padded == b"\x00\x0bAmal Signer" + bytes(256 - 13)


@given(st.binary(max_size=PADDED_SIZES[-1] - 2), st.binary(min_size=32, max_size=32))
def test_what_an_independent_hpke_seals_is_opened(plaintext: bytes, ephemeral: bytes) -> None:
    size = next(size for size in PADDED_SIZES if size >= len(plaintext) + 2)
    padded = (len(plaintext).to_bytes(2) + plaintext).ljust(size, b"\0")
    message = hpke.seal(hpke.AES_256_GCM, KEY.raw, ephemeral, HERE.info, b"", padded)
    envelope = HEADER.pack(VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM) + message
    assert open_envelope(envelope, KEYS, HERE) == plaintext
    assert len(envelope) == len(seal(plaintext, KEY, HERE))


def test_an_envelope_sealed_long_ago_still_opens() -> None:
    fields = open_fields(OLD_ENVELOPE, KEYS, OLD_BINDING)
    assert fields == {"email": "amal@example.org", "locale": "ur"}


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert seal(b"Amal", KEY, HERE) != seal(b"Amal", KEY, HERE)


def test_texts_of_every_script_come_back_as_they_were() -> None:
    fields = {"name": "عائشہ بی\u200cبی", "comment": 'Quotes " and \\ and\r\nlines, 🙂'}
    assert open_fields(seal_fields(KEY, HERE, **fields), KEYS, HERE) == fields


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
    elsewhere: Binding,
) -> None:
    with pytest.raises(CannotOpen):
        open_envelope(seal(b"Amal", KEY, HERE), KEYS, elsewhere)


def test_no_part_of_an_envelope_can_be_changed() -> None:
    envelope = seal(b"Amal", KEY, HERE)
    for position in (0, 5, 6, 37, 38, 100, len(envelope) - 1):
        changed = bytearray(envelope)
        changed[position] ^= 1
        with pytest.raises(CannotOpen):
            open_envelope(bytes(changed), KEYS, HERE)


def test_a_cut_or_lengthened_envelope_does_not_open() -> None:
    envelope = seal(b"Amal", KEY, HERE)
    for length in (0, 1, HEADER.size - 1, HEADER.size, 20, 38, 54, len(envelope) - 1):
        with pytest.raises(CannotOpen):
            open_envelope(envelope[:length], KEYS, HERE)
    with pytest.raises(CannotOpen):
        open_envelope(envelope + b"\0", KEYS, HERE)


def test_an_envelope_of_an_unknown_version_or_suite_is_refused_by_name() -> None:
    envelope = seal(b"Amal", KEY, HERE)
    for position in (0, 5):
        changed = bytearray(envelope)
        changed[position] = 2
        with pytest.raises(CannotOpen, match="version or suite"):
            open_envelope(bytes(changed), KEYS, HERE)


def test_another_key_does_not_open_and_a_missing_one_is_said_to_be_missing() -> None:
    envelope = seal(b"Amal", KEY, HERE)
    with pytest.raises(CannotOpen):
        open_envelope(envelope, {KEY_ID: generate_private_key()}, HERE)
    with pytest.raises(KeyMissing):
        open_envelope(envelope, {b"othr": PRIVATE}, HERE)
    assert key_id_of(envelope) == KEY_ID


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0", b"\xff\xff" + bytes(254), bytes(255), bytes(257), b"\x01\x00" + bytes(254)],
)
def test_what_somebody_else_sealed_without_our_padding_does_not_open(padded: bytes) -> None:
    message = hpke.seal(hpke.AES_256_GCM, KEY.raw, secrets.token_bytes(32), HERE.info, b"", padded)
    envelope = HEADER.pack(VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM) + message
    with pytest.raises(CannotOpen):
        open_envelope(envelope, KEYS, HERE)


def test_what_was_sealed_but_holds_no_fields_does_not_open_as_fields() -> None:
    with pytest.raises(CannotOpen):
        open_fields(seal(b"{", KEY, HERE), KEYS, HERE)


def test_short_and_long_names_and_addresses_have_envelopes_of_one_length() -> None:
    names = [seal_fields(KEY, HERE, name=name, comment="") for name in ("E", "A" * 120)]
    addresses = [
        seal_fields(KEY, HERE, email=address, locale="en")
        for address in ("a@b.cc", f"{'a' * 64}@{'b' * 63}.{'c' * 60}.org")
    ]
    assert {len(envelope) for envelope in names + addresses} == {SMALLEST}


def test_lengths_are_few_and_what_fits_none_is_not_sealed() -> None:
    lengths = {len(seal(bytes(size), KEY, HERE)) for size in range(0, 4095, 7)}
    assert len(lengths) == len(PADDED_SIZES)
    with pytest.raises(TooLong):
        seal(bytes(4095), KEY, HERE)


def test_no_error_holds_what_was_sealed() -> None:
    for envelope, keys in ((seal(b"Amal", KEY, HERE), {}), (b"Amal", KEYS)):
        with pytest.raises((CannotOpen, KeyMissing)) as raised:
            open_envelope(envelope, keys, HERE)
        assert "Amal" not in str(raised.value)
        assert raised.value.__cause__ is None
