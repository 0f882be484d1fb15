"""Where sessions exist: on the console and on the way into it, and nowhere else.

Reading a session makes Flask answer with `Vary: Cookie`, which would spoil every cache of the
public pages.
"""

from typing import NoReturn

from flask import Flask, Request
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface

CONSOLE = "/console"
SESSION_PATHS = (CONSOLE, "/login", "/logout", "/invitation")


class NoSession(NullSession):
    """The session of a public page: always empty, and writing to it is a mistake."""

    def _fail(self, *args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError(
            f"Only {', '.join(SESSION_PATHS)} have a session, and only with a secret key."
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _fail


class ConsoleSessionInterface(SecureCookieSessionInterface):
    """Signed cookies, as Flask's own, but on the paths that have a session only."""

    null_session_class = NoSession

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of this request, or None on a public path."""
        return super().open_session(app, request) if has_session(request.path) else None


def has_session(path: str) -> bool:
    """Return whether this path belongs to the console or to the way into it."""
    return any(is_within(path, root) for root in SESSION_PATHS)


def is_within(path: str, root: str) -> bool:
    """Return whether a path is this root or lies below it."""
    return path == root or path.startswith(root + "/")
