"""How a detainee may be called in public, and finding a name where it must not stand."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from campaigns.cases.vocabulary import NamePolicy

_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Persian and Urdu keyboards write these letters with other code points than Arabic ones do.
_SAME_LETTERS = str.maketrans(
    {"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9", "\u0647": "\u06c1", "\u0640": ""}
)


class PublicName(NamedTuple):
    """What visitors may read of a name."""

    name: str
    name_romanised: str | None


def public_name(
    name: str,
    name_romanised: str | None,
    policy: NamePolicy,
    *,
    withheld: str,
    position: int,
    siblings: int,
) -> PublicName:
    """Return what visitors may read of a detainee's name.

    Of a name shown by its initials only those of the romanised form are given where there is one.
    `withheld` is the wording for a name that is not shown; with several detainees in the campaign
    (`siblings` counts them all) it is followed by the position, from 1, to tell them apart.
    """
    if policy == NamePolicy.FULL:
        return PublicName(name, name_romanised)
    if policy == NamePolicy.INITIALS and (letters := initials(name_romanised or name)):
        return PublicName(letters, None)
    return PublicName(f"{withheld} ({position})" if siblings > 1 else withheld, None)


def public_ref(ref: str, policy: NamePolicy, position: int) -> str:
    """Return a ref visitors may read: one that says nothing unless the full name is shown."""
    return ref if policy == NamePolicy.FULL else f"detainee-{position}"


def initials(name: str) -> str:
    """Return a name's initials: "R. A.", "J.-L. M."; empty when it has no letter.

    Each word gives its first letter without the signs that may be set above or below it.
    """
    words = []
    for word in name.split():
        letters = [_first_letter(piece) for piece in re.split(r"[-\u2010\u2011]", word)]
        if any(letters):
            words.append("-".join(f"{letter}." for letter in letters if letter))
    return " ".join(words)


def _first_letter(word: str) -> str:
    composed = unicodedata.normalize("NFC", word)
    return next((letter for letter in composed if unicodedata.category(letter)[0] == "L"), "")


class NameFinder:
    """Finds names of two words or more in texts, whatever their case, accents or hidden signs.

    A name of one word is not looked for: it may be anybody's, or an everyday word. Nor are other
    spellings or parts of a name: this catches slips, it cannot read.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self._joined: list[str] = []
        for name in names:
            if len(words := words_of(name)) > 1:
                self._by_first.setdefault(words[0], []).append(words)
                self._joined.append("".join(words))

    def stands_in(self, text: str) -> bool:
        """Whether one of the names stands in a text, word by word."""
        if not self._by_first:
            return False
        words = words_of(text)
        return any(
            words[start : start + len(name)] == name
            for start, word in enumerate(words)
            for name in self._by_first.get(word, ())
        )

    def stands_in_address(self, text: str) -> bool:
        """Whether one of the names stands in a slug, ref or address, also with nothing between."""
        joined = "".join(words_of(text))
        return any(name in joined for name in self._joined)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they compare: no case, accents, vowel or invisible signs."""
    if text.isascii():
        return tuple(_ASCII_WORD.findall(text.lower()))
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return tuple("".join(map(_comparable, decomposed)).translate(_SAME_LETTERS).split())


def comparable(sign: str) -> str:
    """Return one sign of a text as `words_of` compares it; a space where it ends a word."""
    decomposed = unicodedata.normalize("NFKD", sign).casefold()
    letters = "".join(map(_comparable, decomposed)).translate(_SAME_LETTERS)
    return " " if " " in letters else letters


@lru_cache(maxsize=4096)
def _comparable(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Mn", "Cf"):
        return ""
    return sign if category[0] in "LNM" else " "
