"""What makes mail arrive: looked up where others look it up, and said in plain words.

SPF is RFC 7208, DKIM RFC 6376, DMARC RFC 7489.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

import dns.exception
import dns.resolver
import dns.reversename

DNS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    what: str
    advice: str | None = None

    @property
    def well(self) -> bool:
        """Whether nothing need be done."""
        return self.advice is None


class Lookup(Protocol):
    """How a name is looked up: the texts of its records of a type, none where there are none."""

    def __call__(self, name: str, kind: str) -> Sequence[str]:
        """Raises LookupFailed."""


class LookupFailed(Exception):
    """The DNS gave no answer, neither yes nor no."""


def ask_dns(name: str, kind: str) -> Sequence[str]:
    """Return the records of a type a name has, as text. Raises LookupFailed."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException:
        raise LookupFailed(f"The DNS gave no answer about {name}.") from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [str(record.to_text()).rstrip(".") for record in answer]


def examine_domain(domain: str, selector: str | None, look_up: Lookup) -> Iterator[Finding]:
    """Look at what others ask of the domain mail comes from.

    `selector` is the relay's name for its DKIM key, which cannot be found out from outside.
    """
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: _spf(domain, look_up),
        lambda: _dkim(domain, selector, look_up),
        lambda: _dmarc(domain, look_up),
    )
    for check in checks:
        try:
            yield check()
        except LookupFailed as error:
            yield Finding(str(error), "Ask again later, or mend this machine's DNS.")


def examine_relay(server: str, look_up: Lookup) -> Iterator[Finding]:
    """Look at whether the relay's addresses have a name that leads back to them.

    None is asked of loopback, from which nobody else is sent to.
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(server, None)}
    except OSError:
        yield Finding(f"{server} has no address.", "Correct CAMPAIGNS_MAIL_SERVER.")
        return
    for address in sorted(it for it in found if not ip_address(it).is_loopback):
        try:
            yield _reverse_name(address, look_up)
        except LookupFailed as error:
            yield Finding(str(error), "Ask again later, or mend this machine's DNS.")


def examine_bounces(address: str | None, look_up: Lookup) -> Finding:
    """Look at whether mail that comes back arrives anywhere."""
    if address is None:
        return Finding(
            "Mail that comes back goes to the sender's own address.",
            "Set CAMPAIGNS_MAIL_BOUNCE_ADDRESS, so that mailboxes that do not exist are found.",
        )
    domain = address.rpartition("@")[2]
    try:
        taken = look_up(domain, "MX") or look_up(domain, "A") or look_up(domain, "AAAA")
    except LookupFailed as error:
        return Finding(str(error), "Ask again later, or mend this machine's DNS.")
    if not taken:
        return Finding(f"{domain} takes no mail.", f"Give {domain} an MX record.")
    return Finding(f"{domain} takes the mail that comes back.")


def _spf(domain: str, look_up: Lookup) -> Finding:
    records = [it for it in look_up(domain, "TXT") if it.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return Finding(
            f"{domain} has no SPF record.",
            f"Add a TXT record to {domain} that names your relay, such as “v=spf1 "
            "a:relay.example -all”; whoever runs the relay knows the right words.",
        )
    if len(records) > 1:
        return Finding(
            f"{domain} has {len(records)} SPF records, so that none counts.",
            "Join them into one.",
        )
    ends = records[0].lower().split()[-1]
    if ends in ("+all", "all", "?all"):
        return Finding(
            f"The SPF record of {domain} lets everybody send in its name.", "End it with -all."
        )
    return Finding(f"{domain} has an SPF record.")


def _dkim(domain: str, selector: str | None, look_up: Lookup) -> Finding:
    if selector is None:
        return Finding(
            "DKIM was not looked at.",
            "Ask whoever runs the relay for the selector of its DKIM key, and add --selector.",
        )
    name = f"{selector}._domainkey.{domain}"
    keys = [tags.get("p") for tags in map(_tags, look_up(name, "TXT")) if "p" in tags]
    if not keys:
        return Finding(
            f"There is no DKIM key at {name}.", "Have the relay sign, and publish its key there."
        )
    if not keys[0]:
        return Finding(f"The DKIM key at {name} was taken back.", "Publish the key in use now.")
    return Finding(f"There is a DKIM key at {name}.")


def _dmarc(domain: str, look_up: Lookup) -> Finding:
    name = f"_dmarc.{domain}"
    records = [it for it in look_up(name, "TXT") if it.lower().startswith("v=dmarc1")]
    if len(records) != 1:
        found = f"{len(records)} DMARC records, so none counts" if records else "no DMARC record"
        advice = f"Add one TXT record to {name}: “v=DMARC1; p=reject”."
        return Finding(f"{domain} has {found}.", advice)
    policy = _tags(records[0]).get("p", "")
    if policy == "none":
        return Finding(
            f"{domain} asks nobody to refuse what is forged in its name.",
            f"Once mail arrives well, change p=none at {name} to p=quarantine or p=reject.",
        )
    return Finding(f"{domain} has a DMARC record ({policy}).")


def _reverse_name(address: str, look_up: Lookup) -> Finding:
    names = look_up(str(dns.reversename.from_address(address)), "PTR")
    kind = "AAAA" if ":" in address else "A"
    if any(address in look_up(name, kind) for name in names):
        return Finding(f"{address} has a name that leads back to it.")
    return Finding(
        f"{address}, an address of the relay, has no name that leads back to it.",
        "If it sends to others from that address, ask whoever gave it out for a reverse name.",
    )


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as “v=DKIM1; p=…”."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}
