"""What is done to second factors: authenticator apps, passkeys and recovery codes."""

import hmac
from pathlib import Path

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from campaigns.accounts import codes, passkeys
from campaigns.accounts.errors import CodeRefused, PasskeyKnown, PasskeyRefused, TotpKnown
from campaigns.accounts.models import Organiser, Passkey, RecoveryCode, Totp
from campaigns.accounts.passkeys import Challenge, NewKey, Site
from campaigns.accounts.queries import factors_of, passkey_by_credential, totp_of
from campaigns.db import db, utcnow
from campaigns.vault.keyring import derived_key, unwrap, wrap


def wrap_secret(folder: Path, organiser_id: int, secret: bytes) -> bytes:
    """Encrypt the secret of an organiser's authenticator app. Raises KeyMissing."""
    return wrap(folder, secret, _context(organiser_id))


def unwrap_secret(folder: Path, organiser_id: int, wrapped: bytes) -> bytes:
    """Decrypt what `wrap_secret` made for the same organiser. Raises KeyMissing."""
    return unwrap(folder, wrapped, _context(organiser_id))


def add_totp(folder: Path, organiser: Organiser, wrapped: bytes, typed: str) -> None:
    """Add an authenticator app whose first code was typed; that one is used up by it.

    Raises CodeRefused, TotpKnown and KeyMissing.
    """
    secret = unwrap_secret(folder, organiser.id, wrapped)
    step = codes.step_of(secret, typed, utcnow())
    if step is None:
        raise CodeRefused
    try:
        with db.session.begin_nested():
            db.session.add(Totp(organiser_id=organiser.id, wrapped=wrapped, last_step=step))
    except IntegrityError:
        raise TotpKnown from None


def use_totp(folder: Path, organiser_id: int, typed: str) -> None:
    """Accept a code of an organiser's app, once, by whoever comes first.

    Raises CodeRefused and KeyMissing.
    """
    totp = totp_of(organiser_id)
    if totp is None:
        raise CodeRefused
    secret = unwrap_secret(folder, organiser_id, totp.wrapped)
    step = codes.step_of(secret, typed, utcnow(), totp.last_step)
    if step is None:
        raise CodeRefused
    accepted = db.session.execute(
        update(Totp)
        .where(Totp.id == totp.id, Totp.last_step < step)
        .values(last_step=step)
        .returning(Totp.id)
    )
    if accepted.scalar() is None:
        raise CodeRefused


def remove_totp(organiser: Organiser) -> bool:
    """Take an organiser's app away; return whether there was one."""
    removed = db.session.execute(
        delete(Totp).where(Totp.organiser_id == organiser.id).returning(Totp.id)
    ).scalar()
    _forget_codes_without_factor(organiser)
    return removed is not None


def make_recovery_codes(folder: Path, organiser: Organiser) -> list[str]:
    """Return new recovery codes, which are stored nowhere; earlier ones end. Raises KeyMissing."""
    made = codes.new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.organiser_id == organiser.id))
    db.session.execute(
        insert(RecoveryCode),
        [
            {"organiser_id": organiser.id, "mac": _mac_of(folder, organiser.id, code)}
            for code in made
        ],
    )
    return made


def use_recovery_code(folder: Path, organiser_id: int, typed: str) -> int:
    """Accept one of an organiser's recovery codes, once; return how many are left.

    Raises CodeRefused and KeyMissing.
    """
    used = db.session.execute(
        delete(RecoveryCode)
        .where(
            RecoveryCode.organiser_id == organiser_id,
            RecoveryCode.mac == _mac_of(folder, organiser_id, typed),
        )
        .returning(RecoveryCode.id)
    )
    if used.scalar() is None:
        raise CodeRefused
    return factors_of(organiser_id).recovery_codes


def passkey_handle(folder: Path, organiser_id: int) -> bytes:
    """Return what a passkey knows an organiser by, which tells nobody who that is.

    Raises KeyMissing.
    """
    return hmac.digest(derived_key(folder, "passkeys"), str(organiser_id).encode(), "sha256")


def add_passkey(
    organiser: Organiser, site: Site, challenge: Challenge, *, answer: str, name: str
) -> Passkey:
    """Add a passkey that a browser has just made. Raises PasskeyRefused and PasskeyKnown."""
    made = passkeys.new_key(site, challenge, answer)
    try:
        with db.session.begin_nested():
            passkey = Passkey(
                organiser_id=organiser.id,
                name=name,
                credential_id=made.credential_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                asked_at=challenge.asked_at,
            )
            db.session.add(passkey)
    except IntegrityError:
        raise PasskeyKnown from None
    return passkey


def use_passkey(
    site: Site, challenge: Challenge, answer: str, *, organiser_id: int | None = None
) -> Passkey:
    """Accept a passkey's answer, once: as second factor of an organiser, or standing alone.

    Alone it counts as two, so that the device must have verified who uses it.
    Raises PasskeyRefused.
    """
    passkey = passkey_by_credential(passkeys.credential_of(answer))
    if passkey is None or organiser_id not in (None, passkey.organiser_id):
        raise PasskeyRefused
    known = NewKey(passkey.credential_id, passkey.public_key, passkey.sign_count)
    count = passkeys.sign_count_of(site, challenge, answer, known, alone=organiser_id is None)
    accepted = db.session.execute(
        update(Passkey)
        .where(
            Passkey.id == passkey.id,
            Passkey.sign_count == passkey.sign_count,
            Passkey.asked_at < challenge.asked_at,
        )
        .values(sign_count=count, asked_at=challenge.asked_at, used_at=utcnow())
        .returning(Passkey.id)
    )
    if accepted.scalar() is None:
        raise PasskeyRefused
    return passkey


def remove_passkey(organiser: Organiser, passkey: Passkey) -> None:
    """Take one of an organiser's passkeys away."""
    db.session.delete(passkey)
    db.session.flush()
    _forget_codes_without_factor(organiser)


def _forget_codes_without_factor(organiser: Organiser) -> None:
    """Recovery codes stand in for a factor: without one they would only be a second password."""
    if not factors_of(organiser.id):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.organiser_id == organiser.id))


def _mac_of(folder: Path, organiser_id: int, code: str) -> bytes:
    text = f"{organiser_id}|{codes.plain_recovery_code(code)}"
    return hmac.digest(derived_key(folder, "recovery codes"), text.encode(), "sha256")


def _context(organiser_id: int) -> str:
    return f"totp|{organiser_id}"
