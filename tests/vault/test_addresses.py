"""Every spelling of a mailbox has one canonical form, and no two people's mailboxes share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.vault.addresses import PROVIDERS, canonical_address

SAME = {
    "amal@example.org": ["amal@example.org", " Amal@Example.ORG ", "amal+petition@example.org",
                         "AMAL+a+b@example.org.", "amal+@example.org"],
    "amalsigner@gmail.com": ["amalsigner@gmail.com", "Amal.Signer@gmail.com",
                             "a.m.a.l.signer+x@googlemail.com", "amalsigner@GoogleMail.com"],
    "amalsigner@proton.me": ["amal.signer@proton.me", "amal-signer@protonmail.com",
                             "Amal_Signer+x@pm.me", "amalsigner@protonmail.ch"],
    "amal@yahoo.com": ["amal@yahoo.com", "amal-petitions@yahoo.com"],
    "amal@icloud.com": ["amal@icloud.com", "amal@me.com", "amal+x@mac.com"],
    "amal@yandex.ru": ["amal@yandex.ru", "amal@ya.ru", "amal@yandex.com", "amal@yandex.kz"],
    "amal@xn--bcher-kva.example": ["amal@bücher.example", "amal@BÜCHER.example",
                                   "amal@bu\u0308cher.example", "amal@xn--bcher-kva.example"],
    "jürgen@example.org": ["jürgen@example.org", "JÜRGEN@example.org", "ju\u0308rgen@example.org"],
}  # fmt: skip
DIFFERENT = [
    ("amal.signer@example.org", "amalsigner@example.org"),
    ("amal-x@example.org", "amal@example.org"),
    ("amal_x@gmail.com", "amalx@gmail.com"),
    ("amal@yahoo.com", "amal@ymail.com"),
    ("amal@fastmail.com", "amal@fastmail.fm"),
    ("amal@outlook.com", "amal@hotmail.com"),
    ("strasse@example.org", "straße@example.org"),
    ("amal@strasse.example", "amal@straße.example"),
    ("+x@example.org", "+y@example.org"),
    ("amal@example.org", "amal@example.com"),
]


@pytest.mark.parametrize("canonical", SAME)
def test_every_spelling_of_a_mailbox_is_one(canonical: str) -> None:
    assert {canonical_address(spelling) for spelling in SAME[canonical]} == {canonical}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_mailboxes_that_may_belong_to_two_people_stay_two(one: str, other: str) -> None:
    assert canonical_address(one) != canonical_address(other)


def test_a_mailbox_that_is_nothing_but_ignored_characters_is_kept() -> None:
    assert canonical_address("...@gmail.com") == "...@gmail.com"
    assert canonical_address("-x@yahoo.com") == "-x@yahoo.com"


def test_the_rules_lead_to_domains_that_have_the_same_rule() -> None:
    for rule in PROVIDERS.values():
        assert PROVIDERS[rule.canonical_domain] == rule


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_typed_makes_it_fail(local: str, domain: str) -> None:
    assert "@" in canonical_address(f"{local}@{domain}")


@given(st.from_regex(r"[a-z.+_-]{1,20}", fullmatch=True), st.sampled_from(sorted(PROVIDERS)))
def test_a_canonical_form_is_its_own(local: str, domain: str) -> None:
    canonical = canonical_address(f"{local}@{domain}")
    assert canonical_address(canonical) == canonical
