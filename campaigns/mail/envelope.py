"""The address bounces go to: it names the delivery it is about, signed so that nobody can forge it.

Mail servers may change the case of a local part, so there is none in it.
"""

import hmac
import re
from base64 import b32encode

MAC_BYTES = 15
# With a mailbox of 22 letters it fills a local part: 64 octets (RFC 5321, 4.5.3.1.1).
TAG = re.compile(r"\+([0-9a-f]{1,16})-([a-z2-7]{24})@")


def bounce_address(mailbox: str, delivery_id: int, secret: str) -> str:
    """Return the address that bounces of a delivery are to be sent to: mailbox+TAG@domain."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{delivery_id:x}-{_mac(delivery_id, secret)}@{domain}"


def deliveries_named(text: str, secret: str) -> list[int]:
    """Return the deliveries named by signed addresses in a text; what is forged names none."""
    found = ((int(number, 16), mac) for number, mac in TAG.findall(text.lower()))
    return [number for number, mac in found if hmac.compare_digest(mac, _mac(number, secret))]


def _mac(delivery_id: int, secret: str) -> str:
    mac = hmac.digest(secret.encode(), f"campaigns.bounce|{delivery_id}".encode(), "sha256")
    return b32encode(mac[:MAC_BYTES]).decode("ascii").lower()
