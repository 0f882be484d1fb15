"""The development mailbox: what would have been mailed, as files in instance/mail/."""

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from slugify import slugify

from campaigns.mail.composing import Letter
from campaigns.mail.connections import FAULT, SENT, LetterConnection, RelayFailed
from campaigns.mail.replies import Outcome

logger = logging.getLogger(__name__)

FILE_NAME = re.compile(r"\d{8}T\d{12}Z-[a-z0-9-]{1,60}\.eml")
SHOWN_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail in the mailbox, decoded for reading."""

    name: str
    headers: tuple[tuple[str, str], ...]
    subject: str
    recipient: str
    date: str
    text: str
    html: str


class MailboxConnection(LetterConnection):
    """Writes letters to files that only the owner can read."""

    def __init__(self, mail: Any, folder: Path) -> None:
        super().__init__(mail)
        self._folder = folder

    def configure_host(self) -> Any:
        """Make the folder; there is nothing to connect to. Raises RelayFailed."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self._complain(error)
            raise RelayFailed(FAULT) from None

    def begin(self, letter: Letter) -> Outcome:
        """Write one letter, whole or not at all; the same mail again replaces itself."""
        mail = _parse(letter.payload)
        key = hashlib.sha256(mail["Message-ID"].encode()).hexdigest()[:12]
        earlier = list(self._folder.glob(f"*-{key}.eml"))
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        slug = slugify(str(mail["Subject"]), max_length=40) or "mail"
        path = self._folder / f"{stamp}Z-{slug}-{key}.eml"
        try:
            _write_whole(earlier[0] if earlier else path, letter.payload)
        except OSError as error:
            self._complain(error)
            return FAULT
        return SENT

    def _complain(self, error: OSError) -> None:
        logger.error("The mailbox %s cannot be written: %s.", self._folder, error.strerror)


def list_mailbox(folder: Path) -> list[StoredMail]:
    """Return the newest mails of the mailbox, newest first, 200 at most."""
    names = sorted(_names(folder), reverse=True)[:SHOWN_AT_MOST]
    return [_read(folder / name) for name in names]


def read_mailbox(folder: Path, name: str) -> StoredMail | None:
    """Return one mail of the mailbox, or None when it has none of that name."""
    return _read(folder / name) if name in _names(folder) else None


def _names(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {entry.name for entry in folder.iterdir() if FILE_NAME.fullmatch(entry.name)}


def _parse(payload: bytes) -> EmailMessage:
    return message_from_bytes(payload, policy=policy.default)


def _read(path: Path) -> StoredMail:
    mail = _parse(path.read_bytes())
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return StoredMail(
        name=path.name,
        headers=tuple((name, str(value)) for name, value in mail.items()),
        subject=str(mail["Subject"]),
        recipient=str(mail["To"]),
        date=str(mail["Date"]),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
    )


def _write_whole(path: Path, payload: bytes) -> None:
    unfinished = path.with_suffix(".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
