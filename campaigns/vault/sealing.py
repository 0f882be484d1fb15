"""Sealing to a public key: HPKE (RFC 9180) in base mode, X25519, HKDF-SHA256, AES-256-GCM.

An envelope is version (1 byte), key id (4), suite (1), encapsulated key (32), ciphertext. What it
belongs to is bound as HPKE's info, so that an envelope moved to another row does not open.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from campaigns.vault.errors import CannotOpen, KeyMissing, TooLong

VERSION = 1
SUITE_X25519_SHA256_AES256GCM = 1
HEADER = struct.Struct(">B4sB")
LENGTH = struct.Struct(">H")
PADDED_SIZES = (256, 512, 1024, 2048, 4096)
KEYS_AT_HAND = 256

_suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Purpose(StrEnum):
    """What an envelope holds; the purpose is bound into it."""

    SIGNATURE_ADDRESS = "signature-address"
    SIGNATURE_DETAILS = "signature-details"
    SIGNATURE_PUBLIC = "signature-public"
    SUBSCRIPTION_ADDRESS = "subscription-address"
    SUBSCRIPTION_LOCALE = "subscription-locale"
    LINK_REQUEST = "link-request"
    TEST_MAIL = "test-mail"


# The longest name, 120 characters of four bytes, must not look longer than the shortest.
SMALLEST_PADDING = {Purpose.SIGNATURE_DETAILS: 512, Purpose.SIGNATURE_PUBLIC: 512}


class Fields(dict[str, str]):
    """Texts by their names; one that should be there and is not raises CannotOpen."""

    def __missing__(self, name: str) -> str:
        raise CannotOpen("The envelope lacks a field.")


@dataclass(frozen=True, slots=True)
class Binding:
    """The one place an envelope belongs to."""

    purpose: Purpose
    campaign_id: int
    row_id: str

    @property
    def info(self) -> bytes:
        """HPKE's info: application, purpose, campaign and row."""
        return f"campaigns/1|{self.purpose}|{self.campaign_id}|{self.row_id}".encode()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that seals."""

    key_id: bytes
    raw: bytes


def generate_private_key() -> bytes:
    """Return the 32 raw bytes of a new X25519 private key."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_half(private_key: bytes) -> bytes:
    """Return the 32 raw bytes of the public half of a raw private key."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal(plaintext: bytes, key: PublicKey, binding: Binding) -> bytes:
    """Seal to a public key; envelopes of short and long texts have one of a few lengths.

    Those of names without a comment have one length, as have those of addresses of up to 200
    bytes. Raises TooLong when the text does not fit the largest padding.
    """
    header = HEADER.pack(VERSION, key.key_id, SUITE_X25519_SHA256_AES256GCM)
    public = _to_seal_with(key)
    padded = _pad(plaintext, SMALLEST_PADDING.get(binding.purpose, PADDED_SIZES[0]))
    return header + _suite.encrypt(padded, public, binding.info)


def seal_fields(key: PublicKey, binding: Binding, **fields: str) -> bytes:
    """Seal texts by their names, as JSON; see `seal`."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return seal(text.encode(), key, binding)


def key_id_of(envelope: bytes) -> bytes:
    """Return the id of the key an envelope was sealed to. Raises CannotOpen when it is damaged."""
    if len(envelope) < HEADER.size:
        raise CannotOpen("The envelope is too short.")
    version, key_id, suite = HEADER.unpack_from(envelope)
    if version != VERSION or suite != SUITE_X25519_SHA256_AES256GCM:
        raise CannotOpen("The envelope's version or suite is unknown.")
    return bytes(key_id)


def open_envelope(envelope: bytes, private_keys: Mapping[bytes, bytes], binding: Binding) -> bytes:
    """Open an envelope with the private key (by key id) it was sealed to.

    Raises KeyMissing when that key is not among them, CannotOpen when the envelope is damaged or
    belongs elsewhere.
    """
    private = private_keys.get(key_id_of(envelope))
    if private is None:
        raise KeyMissing("The private key this envelope was sealed to is not here.")
    try:
        padded = _suite.decrypt(envelope[HEADER.size :], _to_open_with(private), binding.info)
    except (InvalidTag, ValueError):
        raise CannotOpen("The envelope does not open with its key for this row.") from None
    return _unpad(padded)


def open_fields(envelope: bytes, private_keys: Mapping[bytes, bytes], binding: Binding) -> Fields:
    """Open what `seal_fields` sealed. Raises as `open_envelope`, also for a field not in it."""
    plaintext = open_envelope(envelope, private_keys, binding)
    try:
        fields = json.loads(plaintext)
    except (ValueError, RecursionError):
        fields = None
    # Anybody can seal to a public key: what is inside need not be of our making.
    if not isinstance(fields, dict) or not all(isinstance(it, str) for it in fields.values()):
        raise CannotOpen("The envelope holds something else.")
    return Fields(fields)


@lru_cache(maxsize=KEYS_AT_HAND)
def _to_seal_with(key: PublicKey) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(key.raw)


# The worker opens very many with one key, and has it in memory anyway.
@lru_cache(maxsize=1)
def _to_open_with(private: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(private)


def _pad(plaintext: bytes, smallest: int) -> bytes:
    needed = max(LENGTH.size + len(plaintext), smallest)
    for size in PADDED_SIZES:
        if needed <= size:
            return (LENGTH.pack(len(plaintext)) + plaintext).ljust(size, b"\0")
    raise TooLong("The text is too long to be sealed.")


def _unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[: LENGTH.size])
    plaintext = padded[LENGTH.size : LENGTH.size + length]
    if len(padded) not in PADDED_SIZES or len(plaintext) != length:
        raise CannotOpen("The envelope was not padded by us.")
    return plaintext
