"""Refusing unsafe requests that another site made a visitor's browser send.

Public pages carry no CSRF token, so that they can be cached: the browser's own word decides.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_origin_check(app: Flask, base_url: str | None) -> None:
    """Refuse cross-site unsafe requests with 403."""
    # A proxy may end TLS, so that the scheme a request came with says nothing of the browser's.
    scheme = urlsplit(base_url or "http:").scheme

    @app.before_request
    def check_origin() -> None:
        if request.method in SAFE_METHODS or _is_one_click():
            return
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site is not None:
            allowed = site in ("same-origin", "none")
        else:
            allowed = origin in (None, base_url, f"{scheme}://{request.host}")
        if not allowed:
            abort(403)


def _is_one_click() -> bool:
    """RFC 8058: a mail provider posts this on a reader's behalf; the token is its authority."""
    return (
        request.endpoint == "updates.unsubscribe_now"
        and request.form.get("List-Unsubscribe") == "One-Click"
    )
