"""Response headers of the safe kind, on every response, errors included.

Sources: OWASP Secure Headers, the CSP Level 3 and Fetch Metadata specifications.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request

View = TypeVar("View", bound=Callable[..., Any])

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)
ONE_YEAR = 31_536_000


def frameable(view: View) -> View:
    """Mark a view whose page other sites may show in a frame."""
    view.frameable = True  # type: ignore[attr-defined]
    return view


def open_data(view: View) -> View:
    """Mark a view whose answer any site's scripts may read."""
    view.open_data = True  # type: ignore[attr-defined]
    return view


def init_headers(app: Flask, *, https: bool) -> None:
    """Set the headers on every response of the application."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        framed, shared = hasattr(view, "frameable"), hasattr(view, "open_data")
        headers = response.headers
        headers["Content-Security-Policy"] = PAGE_POLICY.format(
            ancestors="*" if framed else "'none'"
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = (
            "cross-origin" if framed or shared else "same-origin"
        )
        if not framed:
            headers["X-Frame-Options"] = "DENY"
        if shared:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = "ETag"
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, HEAD"
                headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
        if https:
            headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"
        if request.method == "POST" or "token" in (request.view_args or {}):
            headers["Cache-Control"] = "no-store"
        headers.setdefault("Cache-Control", "no-cache")
        return response
