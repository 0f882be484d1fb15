"""What every mail must be, whatever it says (RFC 5321 and 5322)."""

from email import message_from_bytes, policy
from email.message import EmailMessage


def parse(payload: bytes) -> EmailMessage:
    return message_from_bytes(payload, policy=policy.default)


def assert_well_formed(payload: bytes) -> EmailMessage:
    lines = payload.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert payload.isascii()
    mail = parse(payload)
    assert not mail.defects
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(mail.get_all(name, [])) == 1, name
        assert not mail[name].defects, name
    parts = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert parts == ["text/plain", "text/html"]
    return mail
