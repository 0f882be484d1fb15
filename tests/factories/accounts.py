"""Organisers."""

from functools import cache
from itertools import count
from typing import Any

from campaigns.accounts.models import Organiser
from campaigns.accounts.operations import give_role
from campaigns.accounts.passwords import hash_of
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
    """Hashing is slow on purpose: once for all tests of a process."""
    return hash_of(password)
