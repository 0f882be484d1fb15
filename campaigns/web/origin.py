"""Refusing unsafe requests that another site made a visitor's browser send.

Public pages carry no CSRF token, so that they can be cached: the browser's own word decides.
"""

from flask import Flask, abort, request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_origin_check(app: Flask, base_url: str | None) -> None:
    """Refuse cross-site unsafe requests with 403."""

    @app.before_request
    def check_origin() -> None:
        if request.method in SAFE_METHODS or _is_one_click():
            return
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        # A proxy may end TLS, so our own scheme is not known; our host was checked already.
        ours = (base_url, f"https://{request.host}", f"http://{request.host}")
        if site not in ("same-origin", "none") if site else origin and origin not in ours:
            abort(403)


def _is_one_click() -> bool:
    """RFC 8058: a mail provider posts this on a reader's behalf; the token is its authority."""
    return (
        request.endpoint == "updates.unsubscribe_now"
        and request.form.get("List-Unsubscribe") == "One-Click"
    )
