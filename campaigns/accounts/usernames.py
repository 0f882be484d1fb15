"""One spelling for each user name, so that nobody can have another's in capitals."""

import unicodedata

from campaigns.accounts.errors import UsernameInvalid

LONGEST = 40
SIGNS = frozenset("-_.")


def canonical_username(typed: str) -> str:
    """Return the one spelling a user name is stored and looked up by: NFKC, case folded.

    Raises UsernameInvalid unless that is 2 to 40 letters, digits, and -_. inside.
    """
    # Folding can undo the normal form (Unicode Standard, section 3.13), so it is made twice.
    folded = unicodedata.normalize("NFKC", typed.strip()[: 4 * LONGEST]).casefold()
    username = unicodedata.normalize("NFKC", folded)
    if not 2 <= len(username) <= LONGEST:
        raise UsernameInvalid
    if username[0] in SIGNS or not all(map(_is_allowed, username)):
        raise UsernameInvalid
    return username


def _is_allowed(character: str) -> bool:
    # Marks carry the vowels of many scripts.
    return (
        character.isalnum() or character in SIGNS or unicodedata.category(character) in ("Mn", "Mc")
    )
