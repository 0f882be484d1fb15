"""Writing mails: templates to texts, texts to well-formed messages.

A message is text first, then HTML, in lines of 998 octets at most; its id never changes, whatever
happens on the way. Sources: RFC 5322, 2045 to 2047, 2369, 2919, 3834 and 8058.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.charset import QP, Charset
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime
from time import time

import css_inline
from flask import current_app, render_template, url_for
from flask_babel import force_locale
from flask_mail import BadHeaderError, Message

from campaigns.config import current_settings
from campaigns.mail.headers import (
    deterministic_id,
    encode_mailbox,
    encode_text,
    one_line,
    split_sender,
    wire_address,
)
from campaigns.vault.keyring import current_keyring, suppression_index
from campaigns.vault.tokens import TokenPurpose, make_index_token

LONGEST_LINE = 998
# Headers come folded and encoded already: the standard library's own folding breaks long links.
WIRE = policy.SMTP.clone(refold_source="none", max_line_length=LONGEST_LINE)
BREAKS_OUT = re.compile(r"\n(?![ \t]+\S)|[^\t\n\x20-\x7e]")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """The words of one mail, without who it goes to."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class MailingList:
    """What the headers of a mail to many say about leaving (RFC 2369, 2919, 8058)."""

    name: str
    # What mail programs show: the campaign's title.
    list_id: str
    # A dotted name of the list's own, such as "seven-of-karachi.campaigns.example.org".
    unsubscribe_url: str
    archive_url: str
    thread: str
    # What `thread_id` returned: all of a list's mails hang together by it.
    unsubscribe_mailbox: str | None = None
    # An address people read, where leaving can be asked for as well.


class WellFormedMessage(Message):
    """A Flask-Mail message whose bytes keep every limit; made by `build_message` alone."""

    def as_bytes(self) -> bytes:
        """Return the message as it goes over the wire, lines ended by CRLF.

        Raises flask_mail.BadHeaderError when a header would reach beyond its line.
        """
        # Quoted-printable never has "=" before "_": this boundary cannot occur in a part.
        boundary = "=_" + re.sub(r"\W", "", self.msgId)[:40]
        message = MIMEMultipart("alternative", boundary=boundary)
        for name, value in self._headers():
            if BREAKS_OUT.search(value):
                raise BadHeaderError
            message[name] = value
        message.attach(_part("plain", self.body or ""))
        if self.html:
            message.attach(_part("html", self.html))
        return message.as_bytes(policy=WIRE)

    def as_string(self) -> str:
        """Return `as_bytes` as text."""
        return self.as_bytes().decode("ascii")

    def _headers(self) -> Iterator[tuple[str, str]]:
        (recipient,) = self.recipients
        sender_name, sender = split_sender(str(self.sender))
        yield "From", encode_mailbox("From", sender_name, sender)
        yield "To", wire_address(str(recipient))
        yield "Subject", encode_text("Subject", self.subject)
        yield "Date", format_datetime(datetime.fromtimestamp(self.date or time(), UTC))
        yield "Message-ID", self.msgId
        if self.reply_to:
            yield "Reply-To", wire_address(str(self.reply_to))
        yield from (self.extra_headers or {}).items()


def build_message(
    rendered: RenderedMail,
    *,
    recipient: str,
    message_id: str,
    sender_name: str | None = None,
    reply_to: str | None = None,
    mailing_list: MailingList | None = None,
) -> Message:
    """Build the message that carries these words to one recipient.

    The sender is the configured address, shown under `sender_name` (else its own or the site's
    name). Raises AddressUnusable when no mail can go to the recipient or the reply address.
    """
    settings = current_settings()
    configured_name, sender = split_sender(settings.mail_default_sender)
    name = one_line(sender_name or configured_name or settings.site_name)
    headers = {"Auto-Submitted": "auto-generated"}
    if mailing_list:
        headers |= _list_headers(mailing_list)
    wire_address(recipient)
    message = WellFormedMessage(
        subject=one_line(rendered.subject),
        recipients=[recipient],
        body=rendered.text,
        html=rendered.html or None,
        sender=_quoted(name, sender),
        reply_to=wire_address(reply_to) if reply_to else None,
        date=time(),
        extra_headers=headers,
    )
    message.msgId = message_id
    return message


def thread_id(campaign_id: int) -> str:
    """Return the id every update of a campaign refers to, so that they form one thread."""
    return _own_id("thread", str(campaign_id))


def message_id_for(dedupe_key: str) -> str:
    """Return the Message-ID of the mail that is queued under this key."""
    return _own_id("message", dedupe_key)


@contextmanager
def writing_in(locale: str | None) -> Iterator[None]:
    """Render what is inside in a supporter's language, with links to this site's public address.

    A language no longer offered gives way to the first one.
    """
    settings = current_settings()
    offered = locale if locale in settings.locales else settings.locales[0]
    query = {"locale": offered} if offered != settings.locales[0] else {}
    with (
        current_app.test_request_context(base_url=settings.base_url, query_string=query),
        # The language of a mail before this one in the same batch is still remembered.
        force_locale(offered),
    ):
        yield


def never_mail_url(token: str) -> str:
    """Return the link by which a mailbox ends all mail from this site; call it in `writing_in`."""
    return url_for("mail.never_mail", token=token, _external=True)


def never_mail_token(address: str) -> str:
    """Return what stands for an address in that link: its blind index, and not the address.

    Raises KeyMissing.
    """
    return make_index_token(TokenPurpose.NEVER_MAIL, suppression_index(current_keyring(), address))


def render_mail(name: str, /, **context: object) -> RenderedMail:
    """Render templates/mail/NAME/{subject.txt,body.txt,body.html}; call it inside `writing_in`.

    CSS comes from templates/layouts/mail.css and is written into the HTML's elements. The
    templates get `home_url` besides the context.
    """
    context = {"home_url": current_settings().base_url} | context
    subject = render_template(f"mail/{name}/subject.txt", **context)
    text = render_template(f"mail/{name}/body.txt", **context)
    html = render_template(f"mail/{name}/body.html", **context)
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False, extra_css=render_template("layouts/mail.css")
    )
    return RenderedMail(one_line(subject), tidy(text), inliner.inline(html))


def tidy(text: str) -> str:
    """Return a rendered plain text without trailing spaces and without heaps of empty lines."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    # Mail programs know where a signature begins by the space after the dashes.
    lines = re.sub(r"^--$", "-- ", lines, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


def _own_id(purpose: str, text: str) -> str:
    sender = current_settings().mail_default_sender
    return deterministic_id(current_app.config["SECRET_KEY"], sender, purpose, text)


def _quoted(name: str, address: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'


def _list_headers(mailing_list: MailingList) -> dict[str, str]:
    leave = f"<{_link(mailing_list.unsubscribe_url)}>"
    if mailing_list.unsubscribe_mailbox:
        mailbox = wire_address(mailing_list.unsubscribe_mailbox)
        leave += f",\n <mailto:{mailbox}?subject=unsubscribe>"
    return {
        "List-Id": f"{encode_text('List-Id', mailing_list.name)}\n <{mailing_list.list_id}>",
        "List-Unsubscribe": leave,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Archive": f"<{_link(mailing_list.archive_url)}>",
        "References": mailing_list.thread,
    }


def _link(url: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]{1,900}", url) or re.search(r"[<>]", url):
        raise ValueError("A link in a header must be plain ASCII.")
    return url


def _part(subtype: str, text: str) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    del part["MIME-Version"]
    lines = "\n".join(CONTROLS.sub("", line) for line in text.splitlines()) + "\n"
    if lines.isascii() and max(map(len, lines.split("\n"))) <= LONGEST_LINE:
        part["Content-Transfer-Encoding"] = "7bit"
        part.set_payload(lines)
    else:
        quoted = Charset("utf-8")
        quoted.body_encoding = QP
        part["Content-Transfer-Encoding"] = "quoted-printable"
        part.set_payload(quoted.body_encode(lines))
    return part
