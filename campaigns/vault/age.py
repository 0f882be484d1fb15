"""age files (age-encryption.org/v1): key-holders' identities, and what is encrypted to them.

It alone knows `pyrage`, and it needs no installation: a holder's own machine can use it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedReader
from typing import IO, TypeAlias

import pyrage

from campaigns.vault.errors import CannotOpen, IdentityUnusable, NotARecipient, WrongIdentity

BINARY = b"age-encryption.org/v1"
ARMORED = b"-----BEGIN AGE ENCRYPTED FILE-----"
SECRET = "AGE-SECRET-KEY-1"  # noqa: S105 — what every identity begins with
LONGEST_LINE = 4 * 1024 * 1024

Identity: TypeAlias = pyrage.x25519.Identity


def new_identity(passphrase: str) -> tuple[bytes, str]:
    """Return the file of a new identity, encrypted with a passphrase, and its recipient.

    Takes about a second, so that guessing the passphrase takes as long each time.
    """
    identity = Identity.generate()
    recipient = str(identity.to_public())
    text = f"# public key: {recipient}\n{identity}\n"
    encrypted: bytes = pyrage.passphrase.encrypt(text.encode(), passphrase, armored=True)
    return encrypted, recipient


def has_passphrase(file: bytes) -> bool:
    """Return whether an identity's file is encrypted with a passphrase."""
    return file.lstrip().startswith((BINARY, ARMORED))


def read_identities(file: bytes, passphrase: str | None = None) -> Sequence[Identity]:
    """Return the identities in a file made by `campaigns keys create`, `age-keygen` or `age -p`.

    Raises IdentityUnusable.
    """
    if has_passphrase(file):
        try:
            file = pyrage.passphrase.decrypt(file.lstrip(), passphrase or "")
        except pyrage.DecryptError:
            raise IdentityUnusable("The passphrase does not open the identity's file.") from None
    try:
        lines = [line.strip() for line in file.decode("ascii", "replace").splitlines()]
        found = [Identity.from_str(line) for line in lines if line.startswith(SECRET)]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise IdentityUnusable(
            "The file holds no age identity, or a damaged one: it begins with AGE-SECRET-KEY-1."
        )
    return found


def check_recipient(text: str) -> str:
    """Return an age recipient without the space around it. Raises NotARecipient."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError:
        # It may be an identity, handed in by mistake.
        raise NotARecipient(
            "That is not an age recipient: hand in the line that begins with age1."
        ) from None


def encrypt_to(recipients: Iterable[str], plaintext: bytes) -> bytes:
    """Encrypt something short to recipients; takes about a millisecond."""
    encrypted: bytes = pyrage.encrypt(plaintext, _recipients(recipients))
    return encrypted


def decrypt_with(identities: Sequence[Identity], encrypted: bytes) -> bytes:
    """Decrypt something short. Raises WrongIdentity."""
    try:
        decrypted: bytes = pyrage.decrypt(encrypted, identities)
    except pyrage.DecryptError:
        raise WrongIdentity("This identity is none of those it was encrypted to.") from None
    return decrypted


def encrypt_lines(recipients: Iterable[str], lines: Iterator[bytes], file: IO[bytes]) -> None:
    """Write lines, which end in a line feed each, to an age file as they come."""
    source, target = _LinesToRead(lines), _FileToWrite(file)
    try:
        pyrage.encrypt_io(source, target, _recipients(recipients))
    except pyrage.EncryptError:
        # It tells in its own words what the lines' maker or a full disk raised.
        if (failure := source.failure or target.failure) is None:
            raise
        raise failure from None


def decrypt_lines(
    identities: Sequence[Identity], file: BufferedReader, take: Callable[[bytes], None]
) -> None:
    """Hand each line of an age file to `take`, as soon as it is decrypted and found genuine.

    Raises WrongIdentity, and CannotOpen when the file is none or was damaged or cut, which may be
    found only after many lines.
    """
    if not file.peek(len(BINARY)).startswith((BINARY, ARMORED)):
        raise CannotOpen("This is not an age file.")
    lines = _LinesWritten(take)
    try:
        pyrage.decrypt_io(file, lines, identities)
    except pyrage.DecryptError:
        raise WrongIdentity("This identity is none of those the file was encrypted to.") from None
    except OSError as error:
        # Those of the system have a number, the library's own have none.
        if error.errno is not None:
            raise
        raise CannotOpen("The file was damaged or cut: get it anew.") from None
    lines.require_end()


class _LinesToRead:
    """Lines as a file to read from."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.failure: Exception | None = None
        self._lines = lines
        self._left = b""

    def read(self, size: int) -> bytes:
        """Return up to so many bytes, none at the end."""
        found = [self._left]
        length = len(self._left)
        try:
            while length < size and (line := next(self._lines, None)) is not None:
                found.append(line)
                length += len(line)
        except Exception as error:
            self.failure = error
            raise
        joined = b"".join(found)
        self._left = joined[size:]
        return joined[:size]


class _FileToWrite:
    """A file that remembers why it could not be written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.failure: Exception | None = None
        self._file = file

    def write(self, data: bytes) -> int:
        """Write all of it."""
        try:
            return self._file.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """Do nothing: whoever opened the file makes it durable."""


class _LinesWritten:
    """A file to write to that hands on what is written line by line."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._left = b""

    def write(self, data: bytes) -> int:
        """Hand on the lines that are whole. Raises CannotOpen for one that does not end."""
        *lines, self._left = (self._left + data).split(b"\n")
        if len(self._left) > LONGEST_LINE:
            raise CannotOpen("The file holds something else than it should.")
        for line in lines:
            self._take(line)
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing waits but what has no end yet."""

    def require_end(self) -> None:
        """Raise CannotOpen when the last line has no end."""
        if self._left:
            raise CannotOpen("The file holds something else than it should.")


def _recipients(texts: Iterable[str]) -> list[pyrage.x25519.Recipient]:
    return [pyrage.x25519.Recipient.from_str(text) for text in texts]
