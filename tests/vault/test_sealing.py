"""Sealing is HPKE as published, opens for its own row alone, and tells nothing by its length."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from campaigns.petitions.forms import COMMENT_LENGTH, NAME_LENGTH
from campaigns.vault.errors import CannotOpen, TooLong
from campaigns.vault.sealing import (
    HEADER,
    PADDED_SIZES,
    SMALLEST_PADDING,
    SUITE_X25519_SHA256_AES256GCM,
    VERSION,
    Binding,
    PublicKey,
    Purpose,
    _suite,
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
ADDRESS_HERE = Binding(Purpose.SIGNATURE_ADDRESS, 7, "0" * 32)
# What an envelope is longer than its padded text by: header, encapsulated key, tag.
ENVELOPE = HEADER.size + 32 + 16

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
# The CFRG's published vectors for just our suite: mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002.
# https://github.com/cfrg/draft-irtf-cfrg-hpke/blob/master/test-vectors.json, the first encryption.
CFRG_PK_RECIPIENT = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c"
CFRG_SK_RECIPIENT = "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d"
CFRG_SK_EPHEMERAL = "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11"
CFRG_KEY = "f50b0609186798729ed0564b36ef2ef8044f1f9d05636874d1f46c819c7a669f"
CFRG_BASE_NONCE = "151d9929e2449747889bc923"
CFRG_ENCAPSULATED = "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256"
CFRG_CIPHERTEXT = (
    "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a"
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


def test_the_construction_gives_what_was_published_for_our_suite() -> None:
    sealed = hpke.seal(
        hpke.AES_256_GCM,
        bytes.fromhex(CFRG_PK_RECIPIENT),
        bytes.fromhex(CFRG_SK_EPHEMERAL),
        RFC_INFO,
        RFC_AAD,
        RFC_PLAINTEXT,
    )
    assert sealed.hex() == CFRG_ENCAPSULATED + CFRG_CIPHERTEXT


def test_our_suite_derives_the_published_key_and_nonce() -> None:
    # It takes no further data (aad), which the published ciphertext binds: this one binds none.
    ciphertext = AESGCM(bytes.fromhex(CFRG_KEY)).encrypt(
        bytes.fromhex(CFRG_BASE_NONCE), RFC_PLAINTEXT, b""
    )
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(CFRG_SK_RECIPIENT))
    assert public_half(private.private_bytes_raw()).hex() == CFRG_PK_RECIPIENT
    message = bytes.fromhex(CFRG_ENCAPSULATED) + ciphertext
    assert _suite.decrypt(message, private, RFC_INFO) == RFC_PLAINTEXT


def test_an_independent_hpke_opens_what_is_sealed() -> None:
    envelope = seal(b"Amal Signer", KEY, HERE)
    version, key_id, suite = HEADER.unpack_from(envelope)
    assert (version, key_id, suite) == (VERSION, KEY_ID, SUITE_X25519_SHA256_AES256GCM)
    info = b"campaigns/1|signature-details|7|" + b"0" * 32
    padded = hpke.open_sealed(hpke.AES_256_GCM, PRIVATE, info, b"", envelope[HEADER.size :])
    assert padded == b"\x00\x0bAmal Signer" + bytes(512 - 13)


@given(st.binary(max_size=PADDED_SIZES[-1] - 2), st.binary(min_size=32, max_size=32))
def test_what_an_independent_hpke_seals_is_opened(plaintext: bytes, ephemeral: bytes) -> None:
    needed = max(len(plaintext) + 2, SMALLEST_PADDING[HERE.purpose])
    size = next(size for size in PADDED_SIZES if size >= needed)
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


@pytest.mark.parametrize("purpose", [Purpose.SIGNATURE_DETAILS, Purpose.SIGNATURE_PUBLIC])
def test_short_and_long_names_of_every_script_have_envelopes_of_one_length(
    purpose: Purpose,
) -> None:
    here = Binding(purpose, 7, "0" * 32)
    letters = ("E", "é", "ش", "王", "🙂", '"', "\\")
    names = [letter * number for letter in letters for number in range(1, NAME_LENGTH + 1)]
    lengths = {len(seal_fields(KEY, here, name=name, comment="")) for name in names}
    assert lengths == {ENVELOPE + 512}


def test_addresses_have_envelopes_of_one_length_but_for_those_nobody_has() -> None:
    def length(address: str) -> int:
        return len(seal_fields(KEY, ADDRESS_HERE, email=address, locale="zh_Hant_TW"))

    usual = {length(f"{'a' * number}@b.cc") for number in range(1, 196)}
    assert usual == {ENVELOPE + 256}
    assert length(f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org") == ENVELOPE + 512


def test_lengths_are_few_and_what_fits_none_is_not_sealed() -> None:
    """256 for addresses, 512 for names, and with a comment up to 1024, 2048 or 4096."""
    lengths = {len(seal(bytes(size), KEY, ADDRESS_HERE)) for size in range(0, 4095, 7)}
    assert lengths == {ENVELOPE + size for size in (256, 512, 1024, 2048, 4096)}
    longest = {"name": "🙂" * NAME_LENGTH, "comment": "🙂" * COMMENT_LENGTH}
    assert len(seal_fields(KEY, HERE, **longest)) == ENVELOPE + 4096
    with pytest.raises(TooLong):
        seal(bytes(4095), KEY, HERE)
