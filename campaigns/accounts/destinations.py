"""Where somebody is led after signing in or typing the password again: into the console only."""

import re
from urllib.parse import urlsplit

from flask import request, url_for

# A redirect leads into the console and nowhere else.
CONSOLE_ADDRESS = re.compile(r"/console(?:[/?][^\\\s\x00-\x1f\x7f]*)?")


def wanted() -> str | None:
    """Return the page of the console somebody was on their way to, as the address says."""
    asked = request.args.get("next", "")
    return asked if CONSOLE_ADDRESS.fullmatch(asked) else None


def destination() -> str:
    """Return where a request to sign in leads: a page of the console, whatever it asks for."""
    return wanted() or url_for("dashboard.start")


def asked_page() -> str | None:
    """Return the page this request asks for, to come back to; None when it is no page."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def came_from() -> str | None:
    """Return the page of the console a form was sent from, as the browser tells."""
    referrer = urlsplit(request.referrer or "")
    page = f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path
    ours = referrer.netloc == request.host and CONSOLE_ADDRESS.fullmatch(page)
    return page if ours else None
