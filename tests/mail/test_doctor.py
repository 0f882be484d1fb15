"""`campaigns mail doctor` finds what keeps mail from arriving, and says what to do."""

import socket
from collections.abc import Mapping, Sequence

import pytest
from flask import Flask

from campaigns.mail import cli
from campaigns.mail.doctor import (
    Finding,
    Lookup,
    LookupFailed,
    examine_bounces,
    examine_domain,
    examine_relay,
)
from tests.mail.conftest import RelayedApp
from tests.mail.relay import Relay

Records = Mapping[tuple[str, str], Sequence[str]]
GOOD: Records = {
    ("example.org", "TXT"): ["site-verification=1", "v=spf1 a:mail.example.org -all"],
    ("k1._domainkey.example.org", "TXT"): ["v=DKIM1; k=rsa; p=MIIB"],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
    ("example.org", "MX"): ["10 mail.example.org"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org"],
    ("mail.example.org", "A"): ["192.0.2.7"],
}


def knowing(records: Records) -> Lookup:
    """A DNS that knows these records alone."""

    def look_up(name: str, kind: str) -> Sequence[str]:
        return records.get((name.rstrip("."), kind), [])

    return look_up


def failing(name: str, kind: str) -> Sequence[str]:
    raise LookupFailed(f"The DNS gave no answer about {name}.")


def examined(changes: Records, selector: str | None = "k1") -> list[Finding]:
    return list(examine_domain("example.org", selector, knowing({**GOOD, **changes})))


def test_a_domain_with_all_of_it_is_well() -> None:
    assert [finding.well for finding in examined({})] == [True] * 3


@pytest.mark.parametrize(
    ("changes", "which", "words"),
    [
        ({("example.org", "TXT"): []}, 0, "no SPF record"),
        ({("example.org", "TXT"): ["v=spf1 -all", "v=spf1 mx -all"]}, 0, "2 SPF records"),
        ({("example.org", "TXT"): ["v=spf1 +all"]}, 0, "lets everybody send"),
        ({("k1._domainkey.example.org", "TXT"): []}, 1, "no DKIM key"),
        ({("k1._domainkey.example.org", "TXT"): ["v=DKIM1; p="]}, 1, "was taken back"),
        ({("_dmarc.example.org", "TXT"): []}, 2, "no DMARC record"),
        ({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none"]}, 2, "asks nobody to refuse"),
    ],
)
def test_each_thing_that_is_missing_is_named_with_what_to_do(
    changes: Records, which: int, words: str
) -> None:
    findings = examined(changes)
    assert [finding.well for finding in findings] == [it != which for it in range(3)]
    assert words in findings[which].what
    assert findings[which].advice


def test_without_a_selector_it_says_how_to_have_dkim_looked_at() -> None:
    assert "--selector" in str(examined({}, None)[1].advice)


def test_a_dns_that_does_not_answer_is_no_missing_record() -> None:
    findings = list(examine_domain("example.org", "k1", failing))
    assert all("gave no answer" in finding.what for finding in findings)


def test_an_address_of_the_relay_needs_a_name_that_leads_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: outside)
    (well,) = examine_relay("mail.example.org", knowing(GOOD))
    assert well.well
    elsewhere = {**GOOD, ("mail.example.org", "A"): ["192.0.2.1"]}
    (wrong,) = examine_relay("mail.example.org", knowing(elsewhere))
    assert "no name that leads back" in wrong.what


def test_a_relay_on_this_machine_needs_no_name_for_an_address_nobody_else_sees() -> None:
    assert list(examine_relay("127.0.0.1", knowing(GOOD))) == []
    assert list(examine_relay("::1", failing)) == []


def test_mail_that_comes_back_must_arrive_somewhere() -> None:
    assert examine_bounces("bounces@example.org", knowing(GOOD)).well
    assert "takes no mail" in examine_bounces("bounces@example.net", knowing(GOOD)).what
    assert "MAIL_BOUNCE_ADDRESS" in str(examine_bounces(None, knowing(GOOD)).advice)


def doctor(app: Flask, monkeypatch: pytest.MonkeyPatch, records: Records) -> tuple[int, str]:
    monkeypatch.setattr(cli, "ask_dns", knowing(records))
    result = app.test_cli_runner().invoke(cli.mail, ["doctor", "--selector", "k1"])
    return result.exit_code, result.output


def test_the_command_is_content_when_all_is_well(
    relayed_app: RelayedApp, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relayed_app(
        relay,
        mail_default_sender="News <news@example.org>",
        mail_bounce_address="bounces@example.org",
    ) as app:
        code, output = doctor(app, monkeypatch, GOOD)
    assert code == 0, output
    assert output.count("well  ") == 5
    assert not relay.received


def test_the_command_fails_when_something_is_to_be_mended(
    relayed_app: RelayedApp, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relayed_app(relay, mail_default_sender="news@example.org") as app:
        code, output = doctor(app, monkeypatch, {})
    assert code == 1
    assert "MEND  example.org has no SPF record." in output


def test_a_relay_that_cannot_be_reached_is_named(
    relayed_app: RelayedApp, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relayed_app(relay, mail_port=1, mail_default_sender="news@example.org") as app:
        code, output = doctor(app, monkeypatch, GOOD)
    assert code == 1
    assert "127.0.0.1 cannot be used" in output


def test_without_a_relay_there_is_nothing_to_look_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, output = doctor(app, monkeypatch, GOOD)
    assert code == 1
    assert "CAMPAIGNS_MAIL_SERVER" in output
