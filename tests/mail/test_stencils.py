"""One message for many is the same mail as one written for each."""

import pytest
from flask import Flask

from campaigns.mail.messages import MailingList, RenderedMail, build_message
from campaigns.mail.stencils import MESSAGE_ID, RECIPIENT, Blank, Stencil, StencilError, filler

# Stencils never ask the database.
pytestmark = pytest.mark.database("sqlite")

TOKEN = Blank("token", filler("token", 110), in_headers=1, in_bodies=2)
BLANKS = (RECIPIENT, MESSAGE_ID, TOKEN)
VALUES = {"recipient": "a@example.org", "message_id": "<1@example.org>", "token": "tO-k_n." * 16}
VALUES["token"] = VALUES["token"][:110]


def payload(recipient: str, message_id: str, token: str, words: str) -> bytes:
    link = f"https://campaigns.example.org/unsubscribe/{token}"
    mailing_list = MailingList("Seven", "seven.example.org", link, "https://x.example", "<t@x.org>")
    message = build_message(
        RenderedMail("News", f"{words}\n\n{link}\n", f'<p>{words}</p><a href="{link}">Leave</a>'),
        recipient=recipient,
        message_id=message_id,
        mailing_list=mailing_list,
    )
    message.date = 0
    return message.as_bytes()


def stencil(words: str) -> Stencil:
    return Stencil(payload(RECIPIENT.text, MESSAGE_ID.text, TOKEN.text, words), BLANKS)


@pytest.mark.parametrize("words", ["Plain words.", "Wörter, die kodiert werden: آزادی " * 40])
def test_a_filled_stencil_is_the_message_itself(app: Flask, words: str) -> None:
    filled = stencil(words).fill(VALUES)
    written = payload(VALUES["recipient"], VALUES["message_id"], VALUES["token"], words)
    # Only the boundary between the parts comes from the Message-ID, and may differ.
    assert without_boundary(filled) == without_boundary(written)
    assert max(map(len, filled.split(b"\r\n"))) <= 998


def test_nothing_of_the_blanks_is_left(app: Flask) -> None:
    filled = stencil("آزادی " * 40).fill(VALUES).replace(b"=\r\n", b"")
    assert filled.count(VALUES["token"].encode()) == 3
    for blank in BLANKS:
        assert blank.text.encode() not in filled


@pytest.mark.parametrize(("in_headers", "in_bodies"), [(1, 1), (1, 3), (0, 2), (2, 2)])
def test_a_blank_in_the_wrong_number_of_places_is_refused(
    app: Flask, in_headers: int, in_bodies: int
) -> None:
    wrong = Blank("token", TOKEN.text, in_headers, in_bodies)
    message = payload(RECIPIENT.text, MESSAGE_ID.text, TOKEN.text, "Words")
    with pytest.raises(StencilError, match="token"):
        Stencil(message, (RECIPIENT, MESSAGE_ID, wrong))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "short"),
        ("token", "=" * 110),
        ("token", '"' * 110),
        ("token", "ü" * 110),
        ("recipient", "a@example.org\r\nBcc: b@example.org"),
        ("recipient", ""),
        ("message_id", "<1 @example.org>"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_not_quoted(
    app: Flask, name: str, value: str
) -> None:
    with pytest.raises(StencilError, match=name) as refused:
        stencil("Words").fill(VALUES | {name: value})
    assert not value or value not in str(refused.value)


def test_a_missing_value_is_refused(app: Flask) -> None:
    with pytest.raises(StencilError):
        stencil("Words").fill({"recipient": "a@example.org", "message_id": "<1@example.org>"})


def without_boundary(message: bytes) -> bytes:
    boundary = message.partition(b'boundary="')[2].partition(b'"')[0]
    assert boundary
    return message.replace(boundary, b"boundary")
