"""People found nowhere else, and the search for them in everything an instance holds."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from campaigns.config import Settings
from campaigns.vault.addresses import canonical_address

HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


@dataclass(frozen=True)
class Person:
    """Somebody who signs; every text of theirs is searched for."""

    name: str
    address: str
    comment: str

    @property
    def texts(self) -> tuple[str, str, str]:
        return self.name, self.address, self.comment

    @property
    def mailbox(self) -> str:
        """What stands before the @."""
        return self.address.partition("@")[0]

    @property
    def form(self) -> dict[str, str]:
        """What they type beside the address."""
        return {"name": self.name, "comment": self.comment, "country": "PK"}


def person_of(word: str) -> Person:
    """The person of a flow, by its name."""
    mark = word.replace("_", "")
    return Person(
        f"Wolverine {mark.title()} Canaryname",
        f"Canary.{mark}+Tag@Mailbox-{mark}.example",
        f"Kingfisher comment of {mark}, told to nobody",
    )


def forms_of(text: str) -> Iterator[bytes]:
    """Yield a text as it may lie in a file: plain, encoded, or hashed as one would to test it."""
    hashed = {text, text.lower(), canonical_address(text)}
    for variant in hashed | {text.upper()}:
        raw = variant.encode()
        digests = [hashlib.new(name, raw).digest() for name in HASHES if variant in hashed]
        for content in (raw, *digests):
            yield content
            yield content.hex().encode()
            yield content.hex().upper().encode()
            yield urlsafe_b64encode(content).rstrip(b"=")
            yield b64encode(content).rstrip(b"=")
        yield variant.encode("utf-16-le")
        yield quote(variant).encode()
        yield quote_plus(variant).encode()
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


def found(contents: Mapping[Path, bytes], *texts: str) -> list[tuple[str, str]]:
    """Which of the texts are found, in any form, and where."""
    return [
        (path.name, text)
        for text in texts
        for form in set(forms_of(text))
        for path, content in contents.items()
        if form in content
    ]
