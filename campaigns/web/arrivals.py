"""Forms that have arrived: the browser that sent them is told, and forgets what it kept of them."""

import re

from flask import session

ARRIVED = "arrived"
# Several: another tab may be told first.
TOLD = 5
_TOKEN = re.compile(r"[0-9a-f]{32}")


def note_arrival(token: str | None) -> None:
    """Note, once what a form asks for is stored, that the form with this token has arrived."""
    if not _TOKEN.fullmatch(token or ""):
        return
    before = [it for it in session.get(ARRIVED, ()) if it != token]
    session[ARRIVED] = [*before, token][-TOLD:]
