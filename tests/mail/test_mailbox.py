"""The development mailbox: complete files only the owner can read, and pages to read them."""

import re
import stat
from dataclasses import replace

import pytest
from flask import Flask

from campaigns.app import create_app
from campaigns.config import Settings
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import letter
from campaigns.mail.delivery import deliver_due
from campaigns.mail.mailbox import list_mailbox, read_mailbox
from campaigns.mail.messages import RenderedMail, build_message
from campaigns.mail.models import Priority
from campaigns.mail.transport import mail
from tests.fixtures.auditing import AuditingClient
from tests.mail.notes import queue_notes, states

LINK = "http://127.0.0.1:8000/confirm/abc-DEF_123.456?locale=ur&x=1"


def put(subject: str = "Note", text: str = "Text\n", html: str = "", number: int = 1) -> None:
    """Send one letter to the mailbox."""
    claim = ClaimedDelivery(
        id=number,
        kind="test.note",
        about_id="one",
        recipient_id=None,
        campaign_id=None,
        message_id=f"<{number}@example.org>",
        priority=Priority.ASKED_FOR,
        attempts=0,
        counted=False,
        owner="worker",
    )
    message = build_message(
        RenderedMail(subject, text, html), recipient="a@example.org", message_id=claim.message_id
    )
    with mail.connect() as connection:
        connection.send_letter(letter(claim, "a@example.org", message))


@pytest.mark.database("sqlite")
def test_mails_are_files_only_their_owner_can_read(app: Flask, settings: Settings) -> None:
    put("Bitte bestätigen / ../../etc")
    (path,) = settings.mailbox_path.iterdir()
    assert re.fullmatch(r"\d{8}T\d{12}Z-bitte-bestatigen-etc-[0-9a-f]{12}\.eml", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.mailbox_path.stat().st_mode) == 0o700
    assert path.read_bytes().startswith(b"Content-Type: multipart/alternative")


@pytest.mark.database("sqlite")
def test_the_same_mail_sent_again_is_in_the_mailbox_once(app: Flask, settings: Settings) -> None:
    put("First")
    put("First")
    put("Second", number=2)
    assert [stored.subject for stored in list_mailbox(settings.mailbox_path)] == [
        "Second",
        "First",
    ]


@pytest.mark.database("sqlite")
def test_a_name_leads_nowhere_but_into_the_mailbox(app: Flask, settings: Settings) -> None:
    put()
    (settings.instance_path / "other.eml").write_text("secret")
    for name in ("../other.eml", "other.eml", "..", "", "../secret_key"):
        assert read_mailbox(settings.mailbox_path, name) is None


def test_the_queue_empties_into_the_mailbox(app: Flask, settings: Settings) -> None:
    queue_notes(["one", "two"])
    assert deliver_due() == 2
    assert states() == {"one": "sent", "two": "sent"}
    assert {stored.recipient for stored in list_mailbox(settings.mailbox_path)} == {
        "one@example.org",
        "two@example.org",
    }


@pytest.mark.database("sqlite")
def test_a_mailbox_that_cannot_be_written_loses_nothing(
    app: Flask, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    queue_notes(["one"])
    settings.mailbox_path.write_text("a file where the folder should be")
    assert deliver_due() == 0
    assert states() == {"one": "queued"}
    assert "example.org" not in caplog.text


@pytest.mark.database("sqlite")
def test_the_mailbox_page_lists_mails_newest_first(app: Flask, client: AuditingClient) -> None:
    empty = client.get("/dev/mail").get_data(as_text=True)
    assert "It is empty" in empty
    put("First")
    put("<b>Second</b>", number=2)
    page = client.get("/dev/mail").get_data(as_text=True)
    assert page.index("&lt;b&gt;Second") < page.index("First")
    assert "a@example.org" in page


@pytest.mark.database("sqlite")
def test_a_mails_page_has_links_to_follow_and_its_html_only_as_source(
    app: Flask, client: AuditingClient
) -> None:
    put("Confirm", f"Click:\n\n{LINK}\n", '<p onclick="alert(1)">x</p><script>alert(2)</script>')
    address = href(client.get("/dev/mail").get_data(as_text=True))
    response = client.get(address)
    page = response.get_data(as_text=True)
    assert LINK.replace("&", "&amp;") in re.findall(r'href="([^"]*)"', page)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.database("sqlite")
def test_an_unknown_mail_is_not_found(client: AuditingClient) -> None:
    assert client.get("/dev/mail/unknown.eml").status_code == 404
    assert client.get("/dev/mail/..%2Fsecret_key").status_code == 404


@pytest.mark.database("sqlite")
def test_the_mailbox_has_no_page_in_production(settings: Settings) -> None:
    app = create_app(
        replace(settings, env="production", mail_server="127.0.0.1", trusted_hosts=("localhost",))
    )
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dev")]


def href(page: str) -> str:
    """The address of the only mail a mailbox page lists."""
    (address,) = re.findall(r'href="(/dev/mail/[^"]+)"', page)
    return str(address)
