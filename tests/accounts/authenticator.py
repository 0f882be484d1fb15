"""A device that keeps one passkey, as Web Authentication describes it; its clock is a counter."""

import hashlib
import html
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Device:
    """Makes a passkey and answers challenges with it, on a page of some origin."""

    def __init__(self, origin: str, *, verifies: bool = True) -> None:
        self.origin = origin
        self.flags = USER_PRESENT | (USER_VERIFIED if verifies else 0)
        self.count = 0
        self.credential_id = b"a passkey of this test"
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, page: str) -> str:
        """Answer what a page asks navigator.credentials.create for."""
        options = options_of(page, "create")
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: _bytes(numbers.x), -3: _bytes(numbers.y)}
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + cbor2.dumps(key)
        data = self._data(options["rp"]["id"], self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def use(self, page: str) -> str:
        """Answer what a page asks navigator.credentials.get for."""
        options = options_of(page, "get")
        self.count += 1
        data = self._data(options["rpId"], self.flags)
        client = self._client("webauthn.get", options)
        signed = data + hashlib.sha256(client).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, host: str, flags: int) -> bytes:
        return (
            hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        )

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _answer(self, **response: bytes) -> str:
        credential = _text(self.credential_id)
        return json.dumps(
            {
                "id": credential,
                "rawId": credential,
                "type": "public-key",
                "response": {name: _text(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )


def options_of(page: str, kind: str) -> dict[str, Any]:
    """What the form for passkeys on a page tells the browser."""
    found = re.search(rf'data-passkey="{kind}" data-options="([^"]+)"', page)
    assert found, "the page asks for no passkey"
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert len(urlsafe_b64decode(options["challenge"] + "==")) == 32
    return options


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
