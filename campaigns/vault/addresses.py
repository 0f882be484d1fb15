"""The canonical form of a mail address, for blind indexes only: mail goes to it as typed.

Rules are versioned: a petition with signatures keeps the rules it began with.
"""

import unicodedata
from dataclasses import dataclass

import idna

RULES = 1


@dataclass(frozen=True, slots=True)
class ProviderRule:
    """How one provider tells mailboxes apart."""

    canonical_domain: str
    ignores_dots: bool = False
    separator: str = "+"


# Sources: each provider's own help pages on aliases and plus addressing.
PROVIDERS = {
    "gmail.com": ProviderRule("gmail.com", ignores_dots=True),
    "googlemail.com": ProviderRule("gmail.com", ignores_dots=True),
    "pm.me": ProviderRule("proton.me", ignores_dots=True),
    "proton.me": ProviderRule("proton.me", ignores_dots=True),
    "protonmail.ch": ProviderRule("proton.me", ignores_dots=True),
    "protonmail.com": ProviderRule("proton.me", ignores_dots=True),
    "yahoo.com": ProviderRule("yahoo.com", separator="-"),
    "ymail.com": ProviderRule("ymail.com", separator="-"),
    "me.com": ProviderRule("icloud.com"),
    "mac.com": ProviderRule("icloud.com"),
    "icloud.com": ProviderRule("icloud.com"),
    "ya.ru": ProviderRule("yandex.ru"),
    "yandex.com": ProviderRule("yandex.ru"),
    "yandex.ru": ProviderRule("yandex.ru"),
    "fastmail.fm": ProviderRule("fastmail.com"),
    "fastmail.com": ProviderRule("fastmail.com"),
}


def canonical_address(address: str) -> str:
    """Return the one form under which every spelling of a mailbox is found again.

    Trimmed, NFC, lower-case (never casefold: ß and ss are two mailboxes), the domain in IDNA's
    ASCII form, then the provider's rules; by default a `+tag` is cut.
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, _, domain = text.rpartition("@")
    domain = _ascii_domain(domain)
    rule = PROVIDERS.get(domain) or ProviderRule(domain)
    mailbox = local.split(rule.separator, 1)[0] or local
    if rule.ignores_dots:
        mailbox = mailbox.replace(".", "") or mailbox
    return f"{mailbox}@{rule.canonical_domain}"


def _ascii_domain(domain: str) -> str:
    domain = domain.rstrip(".")
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain
