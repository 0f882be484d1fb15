"""Taking a name out of texts: wherever it stands, something else does."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from campaigns.cases.names import comparable, words_of

ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"]+")


class _Word(NamedTuple):
    """A word of a text as it compares, and where it stands."""

    word: str
    start: int
    end: int


class NameReplacer:
    """Finds names in texts as `NameFinder` does, those of one word too, and replaces them.

    Whoever withdraws a name says which words are meant: no everyday word is guessed at here.
    """

    def __init__(self, names: Iterable[str], replacement: str) -> None:
        self._replacement = replacement
        # The longest first: a first name alone is replaced only where no full one stands.
        found = {words for name in names if (words := words_of(name))}
        self._names = sorted(found, key=lambda it: (-len(it), it))
        self._joined = ["".join(words) for words in self._names]
        # As in #FreeShirinCanaria; a single word is part of too many others.
        self._glued = ["".join(words) for words in self._names if len(words) > 1]

    def replace(self, value: Any) -> Any:
        """Return a text without the names, or a value of JSON without them in any text of it."""
        if isinstance(value, str):
            return self._replace_in(value)
        if isinstance(value, dict):
            return {key: self.replace(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replace(item) for item in value]
        return value

    def stands_in_address(self, address: str) -> bool:
        """Whether a name stands in a slug, ref or address, also with nothing between its words.

        One of three letters or fewer counts as a word of its own alone.
        """
        words = words_of(address)
        joined = "".join(words)
        return any(
            (len(name) > 3 and name in joined) or name in words for name in self._joined if name
        )

    def _replace_in(self, text: str) -> str:
        text = ADDRESS.sub(
            lambda it: self._replacement if self.stands_in_address(it[0]) else it[0], text
        )
        words = list(_words_in(text))
        pieces, done, index = [], 0, 0
        while index < len(words):
            length = self._name_at(words, index)
            if length:
                pieces += [text[done : words[index].start], self._replacement]
                done = words[index + length - 1].end
            index += length or 1
        return "".join([*pieces, text[done:]]) if pieces else text

    def _name_at(self, words: list[_Word], index: int) -> int:
        """Return of how many words the name is that begins there; 0 when none does."""
        for name in self._names:
            if tuple(it.word for it in words[index : index + len(name)]) == name:
                return len(name)
        return int(any(name in words[index].word for name in self._glued))


def _words_in(text: str) -> Iterator[_Word]:
    word, start = "", 0
    for position, sign in enumerate(text):
        letters = comparable(sign)
        if letters.isspace():
            if word:
                yield _Word(word, start, position)
            word = ""
        else:
            # A mark or an invisible sign belongs to the word it stands in.
            start = start if word else position
            word += letters
    if word:
        yield _Word(word, start, len(text))
