"""The keys of the running application: public ones to seal with, and those of blind indexes.

The web process reads neither the mailer's nor a campaign's private key; see `mailer_keys`.
"""

import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import select

from campaigns.db import db, utcnow
from campaigns.vault.addresses import canonical_address
from campaigns.vault.errors import KeyMissing
from campaigns.vault.models import IndexKey, SealingKey, SealsFor
from campaigns.vault.sealing import PublicKey

KEY_ENCRYPTION_KEY = "key-encryption.key"
KEY_BYTES = 32
NONCE_BYTES = 12
# The scope of index keys that serve the whole installation, for good.
SITE = "site"
# A key that is destroyed is gone from every process's memory soon after.
REMEMBERED = timedelta(minutes=1)
# OWASP's smallest Argon2id, about 40 ms: a guess costs it too, and many sign at once.
GUESS_PASSES, GUESS_KIBIBYTES = 2, 19 * 1024

Name = TypeVar("Name")
Key = TypeVar("Key")
Memory = dict[Name, tuple[datetime, Key]]


class IndexPurpose(StrEnum):
    """What a blind index is for; each purpose has keys of its own, so that none can be linked."""

    SIGNATURES = "signatures"
    SUBSCRIPTIONS = "subscriptions"
    MAILBOX_CAP = "mailbox-cap"
    NETWORK = "network"
    SUPPRESSION = "suppression"


@dataclass(slots=True)
class Keyring:
    """The keys this process has lately read, kept in its memory for a minute."""

    folder: Path
    _public: Memory[int | None, PublicKey] = field(default_factory=dict)
    _index: Memory[tuple[IndexPurpose, str], bytes] = field(default_factory=dict)

    def mailer(self) -> PublicKey:
        """Return the key addresses are sealed to. Raises KeyMissing."""
        return _recall(self._public, None, lambda: _read_public_key(SealsFor.MAILER, None))

    def campaign(self, campaign_id: int) -> PublicKey:
        """Return the key a campaign's names are sealed to. Raises KeyMissing."""
        return _recall(
            self._public, campaign_id, lambda: _read_public_key(SealsFor.CAMPAIGN, campaign_id)
        )

    def index(self, purpose: IndexPurpose, scope: str, text: str) -> bytes:
        """Return the blind index of a text: HMAC-SHA256 under the key of this purpose and scope.

        Raises KeyMissing when that key does not exist or cannot be unwrapped.
        """
        key = _recall(
            self._index, (purpose, scope), lambda: _read_index_key(self.folder, purpose, scope)
        )
        return hmac.digest(key, text.encode(), "sha256")


def make_guessing_slow(index: bytes) -> bytes:
    """Return a blind index as campaigns of high risk keep it: Argon2id over it.

    Whoever has stolen the index keys too then tries some 25 addresses a second, not millions.
    """
    salt = b"campaigns: a high-risk index"
    passes, memory = GUESS_PASSES, GUESS_KIBIBYTES
    return hash_secret_raw(index, salt, passes, memory, parallelism=1, hash_len=32, type=Type.ID)


def mailbox_index(keyring: Keyring, address: str) -> bytes:
    """Return today's blind index of a mailbox across campaigns, which caps the mail sent to it.

    Raises KeyMissing.
    """
    today = utcnow().date().isoformat()
    return keyring.index(IndexPurpose.MAILBOX_CAP, today, canonical_address(address))


def suppression_index(keyring: Keyring, address: str) -> bytes:
    """Return the blind index by which a mailbox that must not be mailed is known.

    Raises KeyMissing.
    """
    return keyring.index(IndexPurpose.SUPPRESSION, SITE, canonical_address(address))


def current_keyring() -> Keyring:
    """Return the keyring of the running application."""
    keyring: Keyring = current_app.extensions["keyring"]
    return keyring


def mailer_keys() -> Mapping[bytes, bytes]:
    """Return the mailer's private keys by key id; only the worker may be able to read their file.

    Raises KeyMissing when the file is missing or unreadable.
    """
    return read_mailer_keys(current_app.extensions["settings"].mailer_key_file)


def read_mailer_keys(path: Path) -> Mapping[bytes, bytes]:
    """Read the mailer's key file: a line a key, key id in hex and private key in base64.

    Raises KeyMissing.
    """
    try:
        status = path.stat()
        # Two changes of one tick of the clock differ in size: a key more is a line more.
        return _parse_mailer_keys(path, (status.st_mtime_ns, status.st_size))
    except (OSError, ValueError):
        raise KeyMissing(f"The mailer's key cannot be read from {path}.") from None


@lru_cache(maxsize=1)
def _parse_mailer_keys(path: Path, _version: tuple[int, int]) -> Mapping[bytes, bytes]:
    lines = path.read_text(encoding="ascii").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    keys = {bytes.fromhex(key_id): _decode_key(private) for key_id, private in pairs}
    if not keys:
        raise ValueError("The file holds no key.")
    return keys


def wrap(folder: Path, key: bytes, context: str) -> bytes:
    """Encrypt a key under the key-encryption key. Raises KeyMissing."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key_encryption_key(folder)).encrypt(nonce, key, context.encode())


def unwrap(folder: Path, wrapped: bytes, context: str) -> bytes:
    """Decrypt a key wrapped by `wrap`. Raises KeyMissing when it does not open."""
    nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return AESGCM(key_encryption_key(folder)).decrypt(nonce, ciphertext, context.encode())
    except (InvalidTag, ValueError):
        raise KeyMissing("A wrapped key does not open: the key-encryption key is wrong.") from None


def key_encryption_key(folder: Path) -> bytes:
    """Read the key that wraps all index keys. Raises KeyMissing."""
    path = folder / KEY_ENCRYPTION_KEY
    try:
        return _decode_key(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise KeyMissing(f"The key-encryption key cannot be read from {path}.") from None


def derived_key(folder: Path, purpose: str) -> bytes:
    """Return a key for another purpose, which whoever has the database alone cannot know.

    Raises KeyMissing.
    """
    return hmac.digest(key_encryption_key(folder), purpose.encode(), "sha256")


def write_private_file(path: Path, text: str) -> None:
    """Create a file only its owner can read. Raises FileExistsError rather than overwrite one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def encode_key(key: bytes) -> str:
    """Return a key as one line of base64."""
    return b64encode(key).decode("ascii")


def _decode_key(line: str) -> bytes:
    key = b64decode(line, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("A key is not as long as it should be.")
    return key


def _recall(memory: Memory[Name, Key], name: Name, read: Callable[[], Key]) -> Key:
    """Return a key from memory, or read it and forget all that were read too long ago."""
    now = utcnow()
    known = memory.get(name)
    if known is not None and known[0] > now - REMEMBERED:
        return known[1]
    for stale in [it for it, (read_at, _) in list(memory.items()) if read_at <= now - REMEMBERED]:
        memory.pop(stale, None)
    key = read()
    memory[name] = now, key
    return key


def _read_public_key(seals_for: SealsFor, campaign_id: int | None) -> PublicKey:
    row = db.session.execute(
        select(SealingKey.key_id, SealingKey.public_key)
        .where(SealingKey.seals_for == seals_for, SealingKey.campaign_id == campaign_id)
        .order_by(SealingKey.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise KeyMissing(f"There is no public key to seal for the {seals_for}.")
    return PublicKey(row.key_id, row.public_key)


def _read_index_key(folder: Path, purpose: IndexPurpose, scope: str) -> bytes:
    wrapped = db.session.scalar(
        select(IndexKey.wrapped).where(IndexKey.purpose == purpose, IndexKey.scope == scope)
    )
    if wrapped is None:
        raise KeyMissing(f"There is no {purpose} key of scope {scope}.")
    return unwrap(folder, wrapped, f"{purpose}|{scope}")
