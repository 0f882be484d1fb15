"""Organisers."""

from functools import cache
from itertools import count
from typing import Any

from argon2 import PasswordHasher
from flask_security.utils import get_hmac

from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import give_role
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db

ORGANISER_PASSWORD = "correct horse battery staple"
_number = count(1)


def make_organiser(
    username: str | None = None,
    *,
    password: str | None = ORGANISER_PASSWORD,
    site_admin: bool = False,
    roles: dict[Campaign, Role] | None = None,
    **fields: Any,
) -> Organiser:
    """Make an organiser who can sign in, unless the password is None."""
    organiser = Organiser(
        username=username or f"organiser{next(_number)}",
        password=_hash(password) if password else None,
        site_admin=site_admin,
        **fields,
    )
    db.session.add(organiser)
    db.session.flush()
    for campaign, role in (roles or {}).items():
        give_role(organiser, campaign.id, role)
    db.session.commit()
    return organiser


@cache
def _hash(password: str) -> str:
    """Checking costs what the hash says: little here, for few tests are about the cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return cheap.hash(get_hmac(password))
