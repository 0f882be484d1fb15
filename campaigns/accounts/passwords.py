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
# What the analysis takes at most: its time grows faster than the text.
JUDGED = 48
# It tries every reading of the signs that stand for letters: of more than these, too many at once.
MOST_DISGUISES = 2
DISGUISES = str.maketrans("@({[<!|$+%", "accccilstx")
# Of 4: less means fewer than 10^8 guesses, of the words without what is around them 10^6.
LOWEST_SCORE, LOWEST_SCORE_OF_WORDS = 3, 2
# What people here reach for first, and the lists of words, which are English, do not know.
FAVOURITES = (
    "azadi",
    "inqilab",
    "zindabad",
    "bismillah",
    "pakistan",
    "karachi",
    "lahore",
    "campaign",
    "campaigns",
    "organiser",
    "solidarity",
    "correcthorsebatterystaple",
)
_hasher = PasswordHasher()


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
    plain = _normal(password).casefold()[:LONGEST]
    if len(set(plain)) < FEWEST_DIFFERENT_CHARACTERS or _repeats(plain):
        return True
    # Digits and signs around words, and signs between them, are what everybody tries.
    words = re.sub(r"[\W_]+", "", re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain))
    known = _known(names)
    return (
        not words
        or _score(_normal(password), known) < LOWEST_SCORE
        or _score(words, known) < LOWEST_SCORE_OF_WORDS
    )


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


def _known(names: tuple[str, ...]) -> list[str]:
    """Return what to try first: the names, whole and by their words, and the favourites."""
    plain = [_normal(name)[:JUDGED].casefold() for name in names]
    words = [word for name in plain for word in re.findall(r"[^\W\d_]{3,}", name)]
    joined = [re.sub(r"[\W_]+", "", name) for name in plain]
    return [*plain, *joined, *words, *FAVOURITES]


def _score(text: str, known: list[str]) -> int:
    from zxcvbn import zxcvbn

    judged = text[:JUDGED]
    if sum(ord(sign) in DISGUISES for sign in set(judged)) > MOST_DISGUISES:
        judged = judged.translate(DISGUISES)
    score: int = zxcvbn(judged, user_inputs=known)["score"]
    return score
