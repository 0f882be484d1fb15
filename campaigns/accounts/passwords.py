"""Passwords: which are refused, and how they are hashed (argon2id).

Hashing takes about a tenth of a second: never do it inside a transaction.
Which to refuse: NIST SP 800-63B-4, section 3.1.1 (length and blocklist, no rules of composition).
"""

import hmac
import re
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

SHORTEST = 12
LONGEST = 256
FEWEST_DIFFERENT_CHARACTERS = 5
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm")
# What people reach for first, before the digits and signs they put around it.
FAVOURITES = frozenset(
    re.findall(
        r"\w+",
        """
        password passwort motdepasse contrasena parola changeme letmein welcome iloveyou admin
        administrator secret mypassword trustnoone dragon monkey sunshine princess football cricket
        pakistan karachi lahore liberty freedom solidarity campaign campaigns organiser organizer
        azadi inqilab zindabad bismillah qwerty qwertyuiop qazwsxedc asdfghjkl
        """,
    )
)
_hasher = PasswordHasher()
DISGUISES = str.maketrans("013457@$!", "oieastasi")


def hash_of(password: str) -> str:
    """Return the hash to store of a password."""
    return _hasher.hash(peppered(password))


def matches(password: str, stored: str | None) -> bool:
    """Return whether a password is the one hashed, in the same time when there is no hash."""
    if stored is None or len(password) > LONGEST:
        hash_of(password[:LONGEST])
        return False
    try:
        return _hasher.verify(stored, peppered(password))
    except (VerificationError, InvalidHashError):
        return False


def is_guessable(password: str, *names: str) -> bool:
    """Return whether somebody would guess a password early, knowing these names."""
    plain = _normal(password).casefold()
    if len(set(plain)) < FEWEST_DIFFERENT_CHARACTERS or _repeats(plain) or _is_run(plain):
        return True
    known = FAVOURITES | {letters for name in names if (letters := _letters(name.casefold()))}
    undisguised = re.sub(r"[\W\d_]+$", "", plain).translate(DISGUISES)
    return any(_is_made_of(_letters(text), known) for text in (plain, undisguised))


def peppered(password: str) -> bytes:
    """Mix the installation's secret in: a stolen database alone cannot even be guessed at."""
    pepper: bytes = current_app.config["PASSWORD_PEPPER"]
    return b64encode(hmac.digest(pepper, _normal(password).encode(), "sha512"))


def _normal(password: str) -> str:
    # One spelling of what can be typed in several: NIST SP 800-63B-4, section 3.1.1.2.
    return unicodedata.normalize("NFKD", password)


def _repeats(text: str) -> bool:
    """Whether it is one piece over and over, as in abcabcabcabc."""
    return text in (text + text)[1:-1]


def _is_run(text: str) -> bool:
    """Whether it walks along a row of keys or the alphabet, forwards or backwards."""
    return any(text in row * 3 or text[::-1] in row * 3 for row in ROWS)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _is_made_of(letters: str, known: frozenset[str]) -> bool:
    """Whether it is nothing but known words, as in adminpassword; only digits count as known."""
    return not letters or any(
        letters.startswith(word) and _is_made_of(letters[len(word) :], known) for word in known
    )
