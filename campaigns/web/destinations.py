"""Where this server may fetch a page from when somebody gives it an address: outside, never inside.

An address is taken apart once, here; what is connected to is what was checked.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST = 2_000
DEFAULT_PORTS = {"http": 80, "https": 443}
PORTS = frozenset(DEFAULT_PORTS.values())
# Names that by their kind lead to this machine or its neighbours.
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "home.arpa", "corp", "onion")
# Whoever reads a host as a number does so when its last part is one, in whatever notation.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))

_COMPATIBLE = ipaddress.IPv6Network("::/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "192.0.0.0/24",
            "192.88.99.0/24",
            # Relays of 6to4.
            "64:ff9b:1::/48",
            # NAT64 of a network's own, which leads wherever that network wants.
            "100::/64",
            "fec0::/10",
            # Local to a site, before such addresses were given up.
        ),
    )
)
_ISATAP = frozenset((0x0000_5EFE, 0x0200_5EFE, 0x0100_5EFE, 0x0300_5EFE))


class AddressRefused(Exception):
    """Nothing is fetched from such an address. Says nothing of what is there."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The parts of a web address that a request is made of."""

    secure: bool
    host: str
    # A name in ASCII without a dot at its end, or an IP address as it is written.
    port: int
    target: str
    # Path and query.

    @property
    def host_header(self) -> str:
        """The host as a request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = DEFAULT_PORTS["https" if self.secure else "http"]
        return host if self.port == default else f"{host}:{self.port}"


def parse_link(address: str) -> None:
    """Check an address that people follow themselves. Raises AddressRefused.

    It is one of http or https without credentials; where it leads is theirs to judge.
    """
    if len(address) > LONGEST or _has_hidden_signs(address) or any(it in address for it in '\\<>"'):
        raise AddressRefused
    try:
        parts = urlsplit(address)
        sound = parts.scheme in DEFAULT_PORTS and parts.hostname and parts.port != 0
    except ValueError:
        raise AddressRefused from None
    if not sound or "@" in parts.netloc:
        raise AddressRefused


def parse_destination(address: str, ports: frozenset[int] = PORTS) -> Destination:
    """Take a web address apart. Raises AddressRefused for any but http and https to a name outside.

    Odd spellings of IP addresses (`127.1`, `0x7f.1`, `2130706433`) are refused, not understood.
    """
    if len(address) > LONGEST or _has_hidden_signs(address) or "\\" in address:
        raise AddressRefused
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise AddressRefused from None
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or not parts.hostname:
        raise AddressRefused
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in ports:
        raise AddressRefused
    host = _literal(parts.hostname) if "[" in parts.netloc else _name(parts.hostname)
    # What is percent-encoded stays so; everything else that is no ASCII becomes it.
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=-._~?[]|^`{}")
    return Destination(parts.scheme == "https", host, port, target)


def leads_outside(address: str) -> bool:
    """Whether an IP address lies on the public internet, and every IPv4 address within it too."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_public(ip)


def _is_public(ip: IPAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        inner, only_inner = _embedded(ip)
        if inner is not None:
            # Mapped and translated addresses are of no range of their own.
            return _is_public(inner) and (only_inner or _is_global(ip))
    return _is_global(ip)


def _is_global(ip: IPAddress) -> bool:
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not any(ip.version == it.version and ip in it for it in _REFUSED)
    )


def _embedded(ip: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address | None, bool]:
    """Return the IPv4 address inside an IPv6 one, and whether it alone says where that leads."""
    number = int(ip)
    last = ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    if (translated := ip.ipv4_mapped or ip.sixtofour) is not None:
        return translated, True
    if ip in _NAT64:
        return last, True
    if ip.teredo is not None:
        return ip.teredo[1], False
    if ip in _COMPATIBLE or (number >> 32) & 0xFFFF_FFFF in _ISATAP:
        return last, False
    return None, False


def _name(host: str) -> str:
    """Return a host's name in ASCII, or an IPv4 address in its one plain spelling."""
    plain = unicodedata.normalize("NFKC", host).translate(_DOTS).lower().removesuffix(".")
    try:
        ascii_name = idna.encode(plain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        # Names with an underscore are no hosts' names, but some answer.
        ascii_name = plain if re.fullmatch(r"[a-z0-9._-]+", plain) else ""
    labels = ascii_name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _literal(ascii_name)
    if len(labels) < 2 or any(not label or len(label) > 63 for label in labels):
        raise AddressRefused
    if ascii_name.endswith(tuple(f".{name}" for name in INSIDE)) or ascii_name in INSIDE:
        raise AddressRefused
    return ascii_name


def _literal(host: str) -> str:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        raise AddressRefused from None
    return str(ip)


def _has_hidden_signs(address: str) -> bool:
    return any(unicodedata.category(sign)[0] in "CZ" for sign in address)
