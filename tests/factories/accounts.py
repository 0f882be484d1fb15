"""Organisers."""

from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from flask import current_app
from passlib.totp import TOTP
from sqlalchemy import update

from campaigns.accounts import passwords
from campaigns.accounts.factors import wrap_secret
from campaigns.accounts.models import Organiser, Totp
from campaigns.accounts.operations import give_role
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow

SECRET = b"twenty bytes to test"
ORGANISER_PASSWORD = "correct horse battery staple"
_number = count(1)


def make_organiser(
    username: str | None = None,
    *,
    password: str | None = ORGANISER_PASSWORD,
    site_admin: bool = False,
    second_factor: bool | None = None,
    roles: dict[Campaign, Role] | None = None,
    **fields: Any,
) -> Organiser:
    """Make an organiser who can sign in, unless the password is None.

    Site admins, who need a second factor for anything, have an authenticator app unless told
    otherwise; `code_of` tells what it shows. Exports need one too: `second_factor=True`.
    """
    organiser = Organiser(
        username=username or f"organiser{next(_number)}",
        password=_hash(password) if password else None,
        site_admin=site_admin,
        **fields,
    )
    db.session.add(organiser)
    db.session.flush()
    for campaign, role in (roles or {}).items():
        give_role(organiser, campaign.id, role, at_once=True)
    if site_admin if second_factor is None else second_factor:
        give_app(organiser)
    db.session.commit()
    return organiser


def give_app(organiser: Organiser) -> None:
    """Give an organiser an authenticator app, none of whose codes was used yet."""
    folder = current_app.extensions["settings"].keys_path
    wrapped = wrap_secret(folder, organiser.id, SECRET)
    db.session.add(Totp(organiser_id=organiser.id, wrapped=wrapped, last_step=0))
    db.session.flush()


def code_of(organiser: Organiser, secret: bytes | str = SECRET) -> str:
    """What an organiser's app shows now; that it was used before is forgotten.

    `secret` is bytes, or as a page shows it when the organiser has set the app up by hand.
    """
    db.session.execute(update(Totp).where(Totp.organiser_id == organiser.id).values(last_step=0))
    db.session.commit()
    return code_at(utcnow(), secret)


def code_at(moment: datetime, secret: bytes | str = SECRET) -> str:
    """What the app of an organiser shows at a moment."""
    totp = TOTP(key=secret, format="raw" if isinstance(secret, bytes) else "base32")
    return str(totp.generate(int(moment.timestamp())).token)


@cache
def _hash(password: str) -> str:
    """Checking costs what the hash says: little here, for few tests are about the cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return cheap.hash(passwords.peppered(password))
