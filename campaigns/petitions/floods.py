"""Floods of signatures from one network: they are taken like all others, and held."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case

from campaigns.db import insert_into, prepared
from campaigns.petitions.models import NetworkCount

A_MINUTE, AN_HOUR = 60, 600


def is_flooding(network: bytes, now: datetime, connection: Connection | None = None) -> bool:
    """Count one more signing from a network; True when it is one too many to count by itself.

    `network` is its blind index under a key that lives one day. Minutes and hours are the clock's.
    """
    minute = int(now.timestamp()) // 60
    counted = _count.first(
        {
            "network": network,
            "day": now.date(),
            "minute": minute,
            "in_minute": 1,
            "hour": minute // 60,
            "in_hour": 1,
        },
        connection,
    )
    return counted is not None and (counted.in_minute > A_MINUTE or counted.in_hour > AN_HOUR)


@prepared
def _count() -> Any:
    new = insert_into(NetworkCount)
    old, again = NetworkCount.__table__.c, new.excluded
    return new.on_conflict_do_update(
        index_elements=["network"],
        set_={
            "in_minute": case((old.minute == again.minute, old.in_minute + 1), else_=1),
            "minute": again.minute,
            "in_hour": case((old.hour == again.hour, old.in_hour + 1), else_=1),
            "hour": again.hour,
        },
    ).returning(old.in_minute, old.in_hour)
