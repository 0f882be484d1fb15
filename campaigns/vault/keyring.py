"""The keys of the running application: public ones to seal with, and those of blind indexes.

The web process reads neither the mailer's nor a campaign's private key; see `mailer_keys`.
"""

import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import select

from campaigns.db import db, utcnow
from campaigns.vault.addresses import canonical_address
from campaigns.vault.errors import KeyMissing
from campaigns.vault.models import IndexKey, SealingKey, SealsFor
from campaigns.vault.sealing import Binding, PublicKey, open_envelope, seal

KEY_ENCRYPTION_KEY = "key-encryption.key"
NONCE_BYTES = 12


class IndexPurpose(StrEnum):
    """What a blind index is for; each purpose has keys of its own, so that none can be linked."""

    SIGNATURES = "signatures"
    SUBSCRIPTIONS = "subscriptions"
    MAILBOX_CAP = "mailbox-cap"
    NETWORK = "network"


@dataclass(slots=True)
class Keyring:
    """Keys read once and kept in this process's memory."""

    folder: Path
    _public: dict[int | None, PublicKey] = field(default_factory=dict)
    _index: dict[tuple[IndexPurpose, str], bytes] = field(default_factory=dict)

    def mailer(self) -> PublicKey:
        """Return the key addresses are sealed to. Raises KeyMissing."""
        return self._sealing_key(SealsFor.MAILER, None)

    def campaign(self, campaign_id: int) -> PublicKey:
        """Return the key a campaign's names are sealed to. Raises KeyMissing."""
        return self._sealing_key(SealsFor.CAMPAIGN, campaign_id)

    def index(self, purpose: IndexPurpose, scope: str, text: str) -> bytes:
        """Return the blind index of a text: HMAC-SHA256 under the key of this purpose and scope.

        Raises KeyMissing when that key does not exist or cannot be unwrapped.
        """
        return hmac.digest(self._index_key(purpose, scope), text.encode(), "sha256")

    def _sealing_key(self, seals_for: SealsFor, campaign_id: int | None) -> PublicKey:
        if known := self._public.get(campaign_id):
            return known
        row = db.session.scalars(
            select(SealingKey)
            .where(SealingKey.seals_for == seals_for, SealingKey.campaign_id == campaign_id)
            .order_by(SealingKey.id.desc())
            .limit(1)
        ).first()
        if row is None:
            raise KeyMissing(f"There is no public key to seal for the {seals_for}.")
        self._public[campaign_id] = PublicKey(row.key_id, row.public_key)
        return self._public[campaign_id]

    def _index_key(self, purpose: IndexPurpose, scope: str) -> bytes:
        if known := self._index.get((purpose, scope)):
            return known
        row = db.session.scalar(
            select(IndexKey).where(IndexKey.purpose == purpose, IndexKey.scope == scope)
        )
        if row is None:
            raise KeyMissing(f"There is no {purpose} key of scope {scope}.")
        key = unwrap(self.folder, row.wrapped, f"{purpose}|{scope}")
        self._index[purpose, scope] = key
        return key


def mailbox_index(keyring: Keyring, address: str) -> bytes:
    """Return today's blind index of a mailbox across campaigns, which caps the mail sent to it.

    Raises KeyMissing.
    """
    today = utcnow().date().isoformat()
    return keyring.index(IndexPurpose.MAILBOX_CAP, today, canonical_address(address))


def current_keyring() -> Keyring:
    """Return the keyring of the running application."""
    keyring: Keyring = current_app.extensions["keyring"]
    return keyring


def seal_text(text: str, key: PublicKey, binding: Binding) -> bytes:
    """Seal UTF-8 text; see `sealing.seal`."""
    return seal(text.encode(), key, binding)


def open_text(envelope: bytes, private_keys: Mapping[bytes, bytes], binding: Binding) -> str:
    """Open UTF-8 text; see `sealing.open_envelope`."""
    return open_envelope(envelope, private_keys, binding).decode()


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
        return _parse_mailer_keys(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise KeyMissing(f"The mailer's key cannot be read from {path}.") from None


@cache
def _parse_mailer_keys(path: Path, _changed: int) -> Mapping[bytes, bytes]:
    lines = path.read_text(encoding="ascii").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return {bytes.fromhex(key_id): b64decode(private) for key_id, private in pairs}


def wrap(folder: Path, key: bytes, context: str) -> bytes:
    """Encrypt a key under the key-encryption key. Raises KeyMissing."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key_encryption_key(folder)).encrypt(nonce, key, context.encode())


def unwrap(folder: Path, wrapped: bytes, context: str) -> bytes:
    """Decrypt a key wrapped by `wrap`. Raises KeyMissing when it does not open."""
    nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return AESGCM(key_encryption_key(folder)).decrypt(nonce, ciphertext, context.encode())
    except InvalidTag:
        raise KeyMissing("A wrapped key does not open: the key-encryption key is wrong.") from None


def key_encryption_key(folder: Path) -> bytes:
    """Read the key that wraps all index keys. Raises KeyMissing."""
    path = folder / KEY_ENCRYPTION_KEY
    try:
        key = b64decode(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise KeyMissing(f"The key-encryption key cannot be read from {path}.") from None
    if len(key) != 32:
        raise KeyMissing(f"The key-encryption key in {path} is damaged.")
    return key


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
