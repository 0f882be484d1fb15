"""Finished pages: rendered and compressed once, kept in memory, answered without rendering again.

A page is kept by its address and the version of what it shows. The version is asked of the
database at most once a second per process: within that second the same bytes are answered.
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import brotli
from flask import Flask, Response, current_app, request

FRESH_SECONDS = 1.0
# Ages inside a text ("3 days ago", an embargo's end) move on without any change of the version.
RENDERED_SECONDS = 30.0
LARGEST_STORE = 512
BROTLI_QUALITY = 5


@dataclass(slots=True)
class FinishedPage:
    """The bytes of a page, as they are and compressed, and until when they may be answered."""

    version: Hashable
    etag: str
    bodies: dict[str, bytes]
    headers: dict[str, str]
    fresh_until: float
    rendered_until: float


class Store:
    """The finished pages of one process, the least lately used dropped first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, FinishedPage] = OrderedDict()

    def get(self, key: Hashable) -> FinishedPage | None:
        """Return a page that is kept under a key."""
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def put(self, key: Hashable, page: FinishedPage) -> None:
        """Keep a page under a key."""
        self._pages[key] = page
        while len(self._pages) > LARGEST_STORE:
            self._pages.popitem(last=False)

    def expire(self) -> None:
        """Have every page's version asked for anew: this process has just changed something."""
        for page in list(self._pages.values()):
            page.fresh_until = 0.0


def init_finished(app: Flask) -> None:
    """Give the application its store of finished pages."""
    app.extensions["finished"] = Store()


def expire_finished() -> None:
    """Have the versions of all finished pages asked for anew in this process."""
    current_app.extensions["finished"].expire()


def answer_fresh() -> Response | None:
    """Answer the request from the store when its page's version was asked for within a second."""
    page = current_app.extensions["finished"].get(_key())
    if page is None or time.monotonic() >= page.fresh_until:
        return None
    return _respond(page)


def answer_finished(
    version: Hashable,
    render: Callable[[], str],
    *,
    mimetype: str = "text/html",
) -> Response:
    """Answer the request with its page of this version, rendering it only when it is not kept."""
    store: Store = current_app.extensions["finished"]
    now = time.monotonic()
    page = store.get(_key())
    if page is None or page.version != version or now >= page.rendered_until:
        page = _finish(version, render().encode(), mimetype, now)
        store.put(_key(), page)
    page.fresh_until = now + FRESH_SECONDS
    return _respond(page)


def _key() -> tuple[str, bytes]:
    return request.host, request.full_path.encode()


def _finish(version: Hashable, body: bytes, mimetype: str, now: float) -> FinishedPage:
    return FinishedPage(
        version=version,
        etag=hashlib.sha256(body).hexdigest()[:20],
        bodies={
            "br": brotli.compress(body, quality=BROTLI_QUALITY),
            "gzip": gzip.compress(body, mtime=0),
            "identity": body,
        },
        headers={
            "Content-Type": f"{mimetype}; charset=utf-8",
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
        },
        fresh_until=now + FRESH_SECONDS,
        rendered_until=now + RENDERED_SECONDS,
    )


def _respond(page: FinishedPage) -> Response:
    accepted = request.headers.get("Accept-Encoding", "")
    encoding = next((name for name in ("br", "gzip") if name in accepted), "identity")
    etag = f'W/"{page.etag}"'
    asked = request.headers.get("If-None-Match")
    if asked and etag in (asked, *(part.strip() for part in asked.split(","))):
        response = Response(status=304, headers=page.headers)
    else:
        response = Response(page.bodies[encoding], headers=page.headers)
        if encoding != "identity":
            response.headers["Content-Encoding"] = encoding
    response.headers["ETag"] = etag
    return response
