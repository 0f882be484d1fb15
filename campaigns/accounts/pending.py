"""What a browser's signed cookie keeps between two steps, each for some minutes.

Who has typed the right password and still owes a second factor (that is no session of the console);
the challenge a passkey must answer; the secret of an app that is being set up; codes shown once.
"""

import hashlib
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import session

from campaigns.accounts.access import leave_session
from campaigns.accounts.errors import PasskeyRefused
from campaigns.accounts.passkeys import Challenge, Site
from campaigns.accounts.queries import Credentials, credentials_by_id
from campaigns.config import current_settings
from campaigns.db import utcnow

LASTS = timedelta(minutes=5)
# Somebody may first have to install an app.
SECRET_LASTS = timedelta(minutes=30)
CHALLENGE_BYTES = 32
SIGN_IN, CHALLENGE, SECRET, CODES = "pending", "challenge", "totp", "codes"


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    at: datetime


def begin_sign_in(credentials: Credentials) -> None:
    """Note whose password was right; nothing of the browser's session before lives on."""
    leave_session()
    session.permanent = True
    _keep(SIGN_IN, f"{credentials.organiser_id}:{_proof_of(credentials)}")


def pending_organiser_id() -> int | None:
    """Return who has typed the right password here in the last minutes."""
    kept = _find(SIGN_IN)
    return int(kept.text.partition(":")[0]) if kept else None


def pending_credentials() -> Credentials | None:
    """Return what their sign-in goes on with, unless the password was changed meanwhile."""
    kept, organiser_id = _find(SIGN_IN), pending_organiser_id()
    if kept is None or organiser_id is None:
        return None
    found = credentials_by_id(organiser_id)
    same = found is not None and _proof_of(found) == kept.text.partition(":")[2]
    return found if same else None


def this_site() -> Site:
    """Return what this installation's passkeys are bound to."""
    settings = current_settings()
    return Site.at(settings.base_url or "", settings.site_name)


def ask() -> Challenge:
    """Return a new challenge for a passkey; the one before is forgotten."""
    text = secrets.token_bytes(CHALLENGE_BYTES)
    return Challenge(text, _keep(CHALLENGE, b64encode(text).decode()))


def asked() -> Challenge:
    """Return the challenge a passkey answers, once. Raises PasskeyRefused when it is too late."""
    kept = _find(CHALLENGE)
    session.pop(CHALLENGE, None)
    if kept is None:
        raise PasskeyRefused
    return Challenge(b64decode(kept.text), kept.at)


def keep_wrapped(name: str, wrapped: bytes) -> None:
    """Keep something that is encrypted already: a copy of the cookie must not tell it."""
    _keep(name, b64encode(wrapped).decode())


def find_wrapped(name: str) -> bytes | None:
    """Return what `keep_wrapped` has kept, if it is not too old."""
    kept = _find(name, SECRET_LASTS if name == SECRET else LASTS)
    return b64decode(kept.text) if kept else None


def forget(name: str) -> None:
    """Keep something no longer."""
    session.pop(name, None)


def _keep(name: str, text: str) -> datetime:
    now = utcnow()
    session[name] = [text, now.timestamp()]
    # As it is read again: a challenge is compared by its time.
    return datetime.fromtimestamp(now.timestamp(), UTC)


def _find(name: str, lasts: timedelta = LASTS) -> _Kept | None:
    if (kept := session.get(name)) is None:
        return None
    found = _Kept(kept[0], datetime.fromtimestamp(kept[1], UTC))
    return found if found.at > utcnow() - lasts else None


def _proof_of(credentials: Credentials) -> str:
    """What changes with the password, and tells nothing of it."""
    return hashlib.sha256((credentials.password_hash or "").encode()).hexdigest()[:32]
