"""What every request goes through before its view: whom it came from, and whether it reads."""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

from campaigns.config import IPNetwork
from campaigns.db import set_reading
from campaigns.web.origin import SAFE_METHODS

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LARGEST_REQUEST = 1_000_000
# More does not fit into the column that numbers rows, and asking for it would be an error.
LARGEST_NUMBER = 2**31 - 1


class RowNumber(IntegerConverter):
    """A number in an address that a row can have; with a larger one the page is missing."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST_NUMBER} | options)


def init_requests(app: Flask, trusted_proxies: tuple[IPNetwork, ...]) -> None:
    """Set what holds for every request of the application."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.url_map.converters["int"] = RowNumber
    if trusted_proxies:
        app.wsgi_app = believe_proxies(app.wsgi_app, trusted_proxies)  # type: ignore[method-assign,assignment]

    @app.before_request
    def begin() -> None:
        set_reading(request.method in SAFE_METHODS)
        # No text of the database can hold it, so that nothing can be at such an address.
        if "\0" in request.path:
            abort(404)
        # The server hands over a chunked body cut at its limit: half a form is worse than none.
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            abort(411)
        if (request.content_length or 0) > LARGEST_REQUEST:
            abort(413)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        set_reading(False)


def believe_proxies(app: WsgiApp, trusted: tuple[IPNetwork, ...]) -> WsgiApp:
    """Take the client's address and scheme from what trusted proxies forward, from nobody else."""

    def middleware(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        hops = [
            hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()
        ]
        address = environ.get("REMOTE_ADDR", "")
        if _is_trusted(address, trusted):
            if (scheme := environ.get("HTTP_X_FORWARDED_PROTO")) in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
            while hops and _is_trusted(address, trusted):
                address = hops.pop()
            environ["REMOTE_ADDR"] = address
        return app(environ, start_response)

    return middleware


def client_network(address: str | None) -> str:
    """Return the network (/24 or /48) an address lies in: limits are per network, never per person.

    An address that cannot be read counts as one network of its own.
    """
    ip = _parse(address or "")
    if ip is None:
        return "unknown"
    prefix = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))


def _is_trusted(address: str, trusted: tuple[IPNetwork, ...]) -> bool:
    ip = _parse(address)
    return ip is not None and any(ip in network for network in trusted)


def _parse(address: str) -> IPAddress | None:
    """Return an address, as IPv4 when it is one in the clothes of IPv6; None when it is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
