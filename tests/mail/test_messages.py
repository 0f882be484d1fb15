"""Mails are well-formed whatever people typed, and say the same however often they are built."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from flask import Flask, url_for
from flask_mail import BadHeaderError
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ChoiceLoader, DictLoader

from campaigns.db import utcnow
from campaigns.mail.headers import (
    AddressUnusable,
    encode_mailbox,
    encode_text,
    one_line,
    wire_address,
)
from campaigns.mail.messages import (
    MailingList,
    RenderedMail,
    build_message,
    message_id_for,
    render_mail,
    thread_id,
    tidy,
    writing_in,
)
from tests.mail.wellformed import assert_well_formed, parse

# Words are put into messages without asking the database.
pytestmark = pytest.mark.database("sqlite")

ARABIC = "رسالة عن معتقلي الرأي في كراتشي "
LIST = MailingList(
    name="Freiheit für die Sieben",
    list_id="seven-of-karachi.campaigns.example.org",
    unsubscribe_url="http://127.0.0.1:8000/unsubscribe/" + "t" * 120,
    archive_url="http://127.0.0.1:8000/campaigns/seven-of-karachi/updates",
    thread="<thread@example.org>",
    unsubscribe_mailbox="contact@example.org",
)


def build(
    subject: str = "Note", text: str = "Text\n", html: str = "<p>Text</p>", **given: object
) -> bytes:
    message = build_message(
        RenderedMail(subject, text, html),
        **{"recipient": "a@example.org", "message_id": "<1@example.org>"} | given,  # type: ignore[arg-type]
    )
    return message.as_bytes()


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_the_text_comes_before_the_html(app: Flask) -> None:
    mail = assert_well_formed(build(text="Plain\n", html="<p>Rich</p>"))
    assert part(mail, "plain") == "Plain\n"
    assert part(mail, "html") == "<p>Rich</p>\n"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs(mail["Date"].datetime - utcnow()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "typed",
    [
        "Freedom\r\nBcc: everybody@example.org",
        "Freedom\nBcc: everybody@example.org",
        "Freedom\r\n\r\n<p>another body</p>",
        "Freedom\x00\x0b\x1b[31m",
        "Freedom\u2028Bcc: everybody@example.org",
    ],
)
def test_no_typed_text_becomes_a_header(app: Flask, typed: str) -> None:
    mail = assert_well_formed(build(subject=typed, sender_name=typed))
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Freedom")
    assert len(mail["From"].addresses) == 1


def test_a_line_break_in_an_address_is_refused(app: Flask) -> None:
    for address in (
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nDATA",
        "a b@example.org",
    ):
        with pytest.raises(AddressUnusable) as refused:
            build(recipient=address)
        assert "example" not in str(refused.value)
        with pytest.raises(AddressUnusable):
            build(reply_to=address)


def test_a_line_break_in_an_extra_header_is_refused(app: Flask) -> None:
    words = RenderedMail("Note", "Text", "")
    message = build_message(words, recipient="a@example.org", message_id="<1@example.org>")
    assert message.extra_headers is not None
    for value in ("x\r\nBcc: b@example.org", "x\nBcc: b@example.org", "x\n\n body", "x\n \n y"):
        message.extra_headers["X-Note"] = value
        with pytest.raises(BadHeaderError):
            message.as_bytes()


def test_a_long_arabic_subject_arrives_whole(app: Flask) -> None:
    subject = (ARABIC * 7)[:200].strip()
    payload = build(subject=subject)
    mail = assert_well_formed(payload)
    assert mail["Subject"] == subject
    assert max(len(line) for line in payload.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 78


def test_long_lines_and_lone_dots_arrive_whole(app: Flask) -> None:
    text = "\n".join(["x" * 2000, ".", "..", ". not the end", "ü" * 2000, "", "From here"]) + "\n"
    mail = assert_well_formed(build(text=text, html=f"<p>{text}</p>"))
    assert part(mail, "plain") == text


def test_ascii_texts_stay_readable_in_their_source(app: Flask) -> None:
    link = "http://127.0.0.1:8000/confirm/" + "a" * 150
    assert link.encode() in build(text=f"Confirm:\n{link}\n")


def test_international_domains_are_written_as_the_wire_takes_them(app: Flask) -> None:
    mail = assert_well_formed(build(recipient="jan@bücher.example"))
    assert mail["To"] == "jan@xn--bcher-kva.example"
    assert wire_address("jan@straße.example") == "jan@xn--strae-oqa.example"
    with pytest.raises(AddressUnusable):
        wire_address("jän@example.org")


def test_the_sender_is_shown_under_the_name_given(app: Flask) -> None:
    for name in ('The "Free them" campaign', "آزادی کے لیے مہم " * 3, "Ünïted, Friends <x@y.org>"):
        payload = build(sender_name=name)
        (shown,) = assert_well_formed(payload)["From"].addresses
        assert shown.addr_spec == "campaigns@localhost"
        # The newer parser leaves spaces between encoded words (RFC 2047, 6.2, joins them).
        source = message_from_bytes(payload)["From"]
        shown_name = str(make_header(decode_header(source))).removesuffix("<campaigns@localhost>")
        assert shown_name.strip(' "').replace("\\", "") == one_line(name)


def test_mails_to_many_say_how_to_leave(app: Flask) -> None:
    payload = build(mailing_list=LIST)
    mail = assert_well_formed(payload)
    assert f"<{LIST.unsubscribe_url}>".encode() in payload
    assert mail["List-Unsubscribe"].split() == [
        f"<{LIST.unsubscribe_url}>,",
        "<mailto:contact@example.org?subject=unsubscribe>",
    ]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "Freiheit für die Sieben <seven-of-karachi.campaigns.example.org>"
    assert mail["List-Archive"] == f"<{LIST.archive_url}>"
    assert mail["References"] == "<thread@example.org>"


def test_a_message_id_is_the_same_each_time_and_tells_nothing(app: Flask) -> None:
    first = message_id_for("petition.confirm:17")
    assert first == message_id_for("petition.confirm:17")
    assert first != message_id_for("petition.confirm:18")
    assert re.fullmatch(r"<[0-9a-f]{40}@localhost>", first)


def test_each_campaign_has_one_thread(app: Flask) -> None:
    assert thread_id(1) == thread_id(1) != thread_id(2)
    assert thread_id(1) != message_id_for("1")


@given(st.text(max_size=400))
def test_any_subject_survives(typed: str) -> None:
    encoded = encode_text("Subject", typed)
    assert all(re.fullmatch(r"[\t\x20-\x7e]*", line) for line in encoded.split("\n"))
    assert all(line.startswith(" ") for line in encoded.split("\n")[1:])
    raw = f"Subject: {encoded}\n\n".replace("\n", "\r\n").encode("ascii")
    assert "".join(parse(raw)["Subject"].split()) == "".join(one_line(typed).split())


@given(st.text(max_size=100))
def test_any_name_leaves_the_address_alone(typed: str) -> None:
    value = encode_mailbox("From", typed, "campaigns@example.org")
    raw = f"From: {value}\n\n".replace("\n", "\r\n").encode("ascii")
    (shown,) = parse(raw)["From"].addresses
    assert shown.addr_spec == "campaigns@example.org"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=500))
def test_one_line_is_one_line(typed: str) -> None:
    line = one_line(typed)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


def test_a_mail_is_rendered_in_its_readers_language(app: Flask) -> None:
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader(TEMPLATES)])  # type: ignore[list-item]
    app.jinja_env.loader = app.jinja_loader
    with writing_in(None):
        rendered = render_mail("room/note", name="A & B <C>")
    assert rendered.subject == "A note for A & B <C>"
    assert rendered.text.startswith("Dear A & B <C>,\n\nhello.\n")
    assert rendered.text.endswith(f"{app.extensions['settings'].base_url}\n")
    assert "Dear A &amp; B &lt;C&gt;" in rendered.html
    assert "<style" not in rendered.html
    assert 'style="' in rendered.html
    assert '<html lang="en" dir="ltr"' in rendered.html


@pytest.mark.settings(LOCALES="en,ur")
def test_links_in_a_mail_lead_to_its_readers_language(app: Flask) -> None:
    app.add_url_rule("/somewhere", "somewhere", lambda: "here")
    base_url = app.extensions["settings"].base_url
    with writing_in("ur"):
        assert url_for("somewhere", _external=True) == f"{base_url}/somewhere?locale=ur"
    for locale in ("en", None, "xx"):
        with writing_in(locale):
            assert url_for("somewhere", _external=True) == f"{base_url}/somewhere"


def test_rendered_text_has_no_heaps_of_empty_lines() -> None:
    assert tidy("\n\n a  \n\n\n\n\nb\n\n--  \nc") == "a\n\nb\n\n-- \nc\n"


TEMPLATES = {
    "mail/room/note/subject.txt": "\n A note for\n {{ name }}\n",
    "mail/room/note/body.txt": '{% extends "layouts/mail.txt" %}{% block content %}'
    "Dear {{ name }},  \n\n\n\n\nhello.{% endblock %}",
    "mail/room/note/body.html": '{% extends "layouts/mail.html" %}{% block content %}'
    "<p>Dear {{ name }}</p>{% endblock %}",
}
