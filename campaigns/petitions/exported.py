"""What an export holds before it is encrypted: JSON lines, a header and then a line a signature.

It needs no installation to be read; names are still sealed in it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from campaigns.vault.errors import CannotOpen

FORMAT = "solidarity-signatures/1"


@dataclass(frozen=True, slots=True)
class ExportHeader:
    """Whose signatures they are, and the keys their names are sealed to."""

    campaign_id: int
    slug: str
    title: str
    locale: str
    petition_title: str
    text: str
    # Markdown.
    addressee: str
    names_handed_over: bool
    count: int
    # How many were confirmed when the export began.
    keys: Mapping[bytes, bytes]
    # By key id, the private half, encrypted (age) to the key-holders.


@dataclass(frozen=True, slots=True)
class ExportedSignature:
    """One confirmed signature, its name still sealed."""

    id: UUID
    sealed_details: bytes
    show_name: bool
    hand_over: bool
    updates: bool
    country: str | None
    confirmed_on: date | None
    consent_version: int


def header_line(header: ExportHeader) -> bytes:
    """Return the first line of an export."""
    return _line(
        {
            "format": FORMAT,
            "campaign": {
                "id": header.campaign_id,
                "slug": header.slug,
                "title": header.title,
                "locale": header.locale,
            },
            "petition": {
                "title": header.petition_title,
                "text": header.text,
                "addressee": header.addressee,
                "names_handed_over": header.names_handed_over,
            },
            "count": header.count,
            "keys": {key_id.hex(): _text(private) for key_id, private in header.keys.items()},
        }
    )


def read_header(line: bytes) -> ExportHeader:
    """Return what an export's first line says. Raises CannotOpen."""
    try:
        fields = json.loads(line)
        campaign, petition = fields["campaign"], fields["petition"]
        if fields["format"] != FORMAT:
            raise ValueError(FORMAT)
        return ExportHeader(
            campaign_id=int(campaign["id"]),
            slug=str(campaign["slug"]),
            title=str(campaign["title"]),
            locale=str(campaign["locale"]),
            petition_title=str(petition["title"]),
            text=str(petition["text"]),
            addressee=str(petition["addressee"]),
            names_handed_over=bool(petition["names_handed_over"]),
            count=int(fields["count"]),
            keys={bytes.fromhex(name): b64decode(key) for name, key in fields["keys"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CannotOpen(f"This is not an export of signatures ({FORMAT}).") from None


def signature_line(signature: ExportedSignature) -> bytes:
    """Return the line of a signature."""
    return _line(
        {
            "id": str(signature.id),
            "details": _text(signature.sealed_details),
            "show_name": signature.show_name,
            "hand_over": signature.hand_over,
            "updates": signature.updates,
            "country": signature.country,
            "confirmed_on": signature.confirmed_on and signature.confirmed_on.isoformat(),
            "consent_version": signature.consent_version,
        }
    )


def read_signature(line: bytes) -> ExportedSignature:
    """Return the signature of a line. Raises CannotOpen."""
    try:
        fields = json.loads(line)
        confirmed_on = fields["confirmed_on"]
        return ExportedSignature(
            id=UUID(fields["id"]),
            sealed_details=b64decode(fields["details"]),
            show_name=bool(fields["show_name"]),
            hand_over=bool(fields["hand_over"]),
            updates=bool(fields["updates"]),
            country=fields["country"] and str(fields["country"]),
            confirmed_on=date.fromisoformat(confirmed_on) if confirmed_on else None,
            consent_version=int(fields["consent_version"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CannotOpen("This line is not a signature.") from None


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _text(binary: bytes) -> str:
    return b64encode(binary).decode("ascii")
