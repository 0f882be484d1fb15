"""One message for many: written once with blanks, then filled for each recipient by joining bytes.

Rendering and encoding each recipient's mail costs about three milliseconds, joining a few
microseconds.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

SOFT_BREAK = b"=\r\n"
# In a text or a link only what needs no escaping, neither in HTML nor in quoted-printable.
BODY_VALUE = re.compile(r"[A-Za-z0-9._~-]+")
HEADER_VALUE = re.compile(r"[\x21-\x7e]+")


class StencilError(Exception):
    """A blank is not where it should be, or a value does not fit it."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A place in a message that differs for each recipient."""

    name: str
    text: str
    # What stands there until it is filled; where it stands in a body, as wide as the values.
    in_headers: int
    # How often it stands in the headers, and in the text and HTML together.
    in_bodies: int = 0


def filler(name: str, width: int) -> str:
    """Return letters and digits to stand for a value of this width (16 or more) in a message."""
    digits = hashlib.sha256(f"blank {name}".encode()).hexdigest()
    return ("Blank" + digits * (width // len(digits) + 1))[:width]


RECIPIENT = Blank("recipient", filler("recipient", 20) + "@blank.invalid", in_headers=1)
MESSAGE_ID = Blank("message_id", f"<{filler('message id', 20)}@blank.invalid>", in_headers=1)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Part of one blank: lines of quoted-printable text are cut wherever they are full."""

    name: str
    begin: int
    end: int | None


class Stencil:
    """A message whose blanks can be filled."""

    def __init__(self, payload: bytes, blanks: tuple[Blank, ...]) -> None:
        """Find the blanks in the bytes of a message.

        Raises StencilError when one does not occur exactly as often as it says: then some recipient
        would get another's link, or none.
        """
        self._widths = {blank.name: len(blank.text) for blank in blanks if blank.in_bodies}
        self._names = {blank.name for blank in blanks}
        headers, end, bodies = payload.partition(b"\r\n\r\n")
        self._pieces: list[bytes | _Gap] = [
            *_cut(headers, blanks, {blank.name: blank.in_headers for blank in blanks}),
            end,
            *_cut(bodies, blanks, {blank.name: blank.in_bodies for blank in blanks}),
        ]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Return the message with every blank filled.

        Raises StencilError when a value is missing, is not plain ASCII or, in a text, is not as
        wide as its blank; the message does not quote it.
        """
        if values.keys() != self._names:
            raise StencilError("Give a value for each blank, and for nothing else.")
        encoded = {name: self._encode(name, value) for name, value in values.items()}
        return b"".join(
            piece if isinstance(piece, bytes) else encoded[piece.name][piece.begin : piece.end]
            for piece in self._pieces
        )

    def _encode(self, name: str, value: str) -> bytes:
        width = self._widths.get(name)
        allowed = HEADER_VALUE if width is None else BODY_VALUE
        if not allowed.fullmatch(value):
            raise StencilError(f"The value for “{name}” has characters that cannot stand there.")
        if width is not None and len(value) != width:
            raise StencilError(f"The value for “{name}” is not as wide as its blank.")
        return value.encode("ascii")


def _cut(part: bytes, blanks: tuple[Blank, ...], expected: Mapping[str, int]) -> list[bytes | _Gap]:
    by_text = {blank.text.encode("ascii"): blank.name for blank in blanks}
    soft = b"(?:" + SOFT_BREAK + b")?"
    pattern = b"|".join(
        soft.join(re.escape(text[i : i + 1]) for i in range(len(text))) for text in by_text
    )
    found = dict.fromkeys(expected, 0)
    pieces: list[bytes | _Gap] = []
    at = 0
    for match in re.finditer(pattern, part) if by_text else ():
        lines = match[0].split(SOFT_BREAK)
        name = by_text[b"".join(lines)]
        found[name] += 1
        pieces += [part[at : match.start()], *_gaps(name, lines)]
        at = match.end()
    if found != dict(expected):
        wrong = next(name for name in expected if found[name] != expected[name])
        raise StencilError(f"“{wrong}” stands {found[wrong]} times, not {expected[wrong]}.")
    return [*pieces, part[at:]]


def _gaps(name: str, lines: list[bytes]) -> list[bytes | _Gap]:
    gaps: list[bytes | _Gap] = []
    begin = 0
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        gaps.append(_Gap(name, begin, None if last else begin + len(line)))
        if not last:
            gaps.append(SOFT_BREAK)
        begin += len(line)
    return gaps
