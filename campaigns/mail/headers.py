"""Header values that cannot break out of their line, and addresses as the wire takes them."""

import hashlib
import hmac
import re
import unicodedata
from email.header import Header
from email.utils import formataddr, parseaddr
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

LONGEST_TEXT = 250
LONGEST_NAME = 80
# Characters that turn the direction of what follows: in a header they reach beyond their value.
DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")
INVISIBLE_CATEGORIES = frozenset(("Cc", "Cs", "Zl", "Zp"))
PLAIN_ADDRESS = re.compile(r"[^\s<>()\[\]\\,:;\"\x00-\x1f\x7f@]{1,64}@[^\s<>@\x00-\x1f\x7f]{1,255}")


class AddressUnusable(Exception):
    """Mail cannot be sent to an address; the message does not say which."""


def one_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return people's text as a header may carry it: one line, no controls, not too long."""
    shown = "".join(
        " "
        if character.isspace() or unicodedata.category(character) in INVISIBLE_CATEGORIES
        else character
        for character in text
        if character not in DIRECTION_OVERRIDES
    )
    line = " ".join(shown.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def encode_text(name: str, text: str) -> str:
    """Return an unstructured header's value, folded and encoded by RFC 2047 where it must be."""
    line = one_line(text)
    # A text that looks encoded is encoded, or it would be read as something else.
    plain = line.isascii() and "=?" not in line
    return Header(line, "us-ascii" if plain else "utf-8", maxlinelen=76, header_name=name).encode()


def encode_mailbox(header: str, name: str, address: str) -> str:
    """Return "name <address>" as a header's value.

    Raises AddressUnusable.
    """
    name, address = one_line(name, LONGEST_NAME), wire_address(address)
    if not name or name.isascii():
        return formataddr((name, address))
    encoded = Header(name, "utf-8", maxlinelen=76, header_name=header).encode()
    return f"{encoded}\n <{address}>"


def wire_address(address: str) -> str:
    """Return an address in the ASCII form SMTP carries, an international domain as Punycode.

    Raises AddressUnusable when there is none: few relays carry a local part beyond ASCII.
    """
    if not address.isascii():
        try:
            found = validate_email(address, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise AddressUnusable("The address has no form SMTP can carry.") from None
        address = found.ascii_email or ""
    if not PLAIN_ADDRESS.fullmatch(address):
        raise AddressUnusable("The address has no form SMTP can carry.")
    return address


@lru_cache(maxsize=8)
def split_sender(sender: str) -> tuple[str, str]:
    """Return name and address of the configured sender; the name may be empty."""
    name, address = parseaddr(sender)
    return name, wire_address(address)


def deterministic_id(secret: str, sender: str, purpose: str, text: str) -> str:
    """Return a Message-ID in the sender's domain, the same for the same text.

    `purpose` keeps ids of different uses apart.
    """
    domain = split_sender(sender)[1].rpartition("@")[2]
    digest = hmac.new(secret.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
    return f"<{digest[:40]}@{domain}>"
