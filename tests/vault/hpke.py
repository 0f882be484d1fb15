"""HPKE in base mode, written from RFC 9180 with nothing but its primitives, to test ours against.

One-shot: one message a context, so the nonce is the base nonce (section 5.2).
"""

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM_X25519 = 0x0020
KDF_SHA256 = 0x0001
AES_128_GCM, AES_256_GCM = 0x0001, 0x0002
KEY_LENGTHS = {AES_128_GCM: 16, AES_256_GCM: 32}
NONCE_LENGTH = 12
VERSION_LABEL = b"HPKE-v1"


@dataclass(frozen=True)
class Labelled:
    """HKDF-SHA256 with labels (section 4)."""

    suite_id: bytes

    def extract(self, salt: bytes, label: bytes, material: bytes) -> bytes:
        key = salt or bytes(32)
        return hmac.digest(key, VERSION_LABEL + self.suite_id + label + material, "sha256")

    def expand(self, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2) + VERSION_LABEL + self.suite_id + label + info
        return hmac.digest(secret, labelled + b"\x01", "sha256")[:length]


def seal(
    aead: int, recipient: bytes, ephemeral: bytes, info: bytes, aad: bytes, plaintext: bytes
) -> bytes:
    """SealBase (section 6.1) with a chosen ephemeral private key: encapsulated key, ciphertext."""
    sender = X25519PrivateKey.from_private_bytes(ephemeral)
    encapsulated = sender.public_key().public_bytes_raw()
    shared = sender.exchange(X25519PublicKey.from_public_bytes(recipient))
    key, nonce = _schedule(aead, shared, encapsulated + recipient, info)
    return encapsulated + AESGCM(key).encrypt(nonce, plaintext, aad)


def open_sealed(aead: int, private: bytes, info: bytes, aad: bytes, message: bytes) -> bytes:
    """OpenBase (section 6.1)."""
    encapsulated, ciphertext = message[:32], message[32:]
    receiver = X25519PrivateKey.from_private_bytes(private)
    shared = receiver.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    own = receiver.public_key().public_bytes_raw()
    key, nonce = _schedule(aead, shared, encapsulated + own, info)
    return AESGCM(key).decrypt(nonce, ciphertext, aad)


def _schedule(aead: int, dh: bytes, kem_context: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Sections 4.1 (ExtractAndExpand) and 5.1 (KeySchedule, mode_base)."""
    kem = Labelled(b"KEM" + KEM_X25519.to_bytes(2))
    shared = kem.expand(kem.extract(b"", b"eae_prk", dh), b"shared_secret", kem_context, 32)
    hpke = Labelled(b"HPKE" + KEM_X25519.to_bytes(2) + KDF_SHA256.to_bytes(2) + aead.to_bytes(2))
    context = (
        b"\x00" + hpke.extract(b"", b"psk_id_hash", b"") + hpke.extract(b"", b"info_hash", info)
    )
    secret = hpke.extract(shared, b"secret", b"")
    return (
        hpke.expand(secret, b"key", context, KEY_LENGTHS[aead]),
        hpke.expand(secret, b"base_nonce", context, NONCE_LENGTH),
    )
