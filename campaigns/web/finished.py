"""Finished pages: rendered and compressed once, kept in memory, answered without rendering again.

A page is kept by its address and the version of what it shows. The version is asked of the
database at most once a second per process: within that second the same bytes are answered before
the application is even asked.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.http import http_date

from campaigns.web.codings import Coded, choose_coding, code, is_known, respond
from campaigns.web.links import ARGUMENTS

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Kept = TypeVar("Kept")

FRESH_SECONDS = 1.0
# Ages inside a text ("3 days ago", an embargo's end) move on without any change of the version.
RENDERED_SECONDS = 30.0
LARGEST_STORE = 16_000_000
# Bytes, in each process and store.
HTML = "text/html"
FRESH_UNTIL = "campaigns.fresh_until"


class Store(Generic[Kept]):
    """What the threads of one process keep, the longest kept dropped first."""

    def __init__(self) -> None:
        self._items: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._size = 0
        self._changing = Lock()

    def get(self, key: Hashable) -> Kept | None:
        """Return what is kept under a key."""
        kept = self._items.get(key)
        return kept[0] if kept else None

    def put(self, key: Hashable, item: Kept, size: int) -> None:
        """Keep something of so many bytes under a key."""
        with self._changing:
            self._size += size - self._items.pop(key, (item, 0))[1]
            self._items[key] = item, size
            while self._size > LARGEST_STORE and len(self._items) > 1:
                self._size -= self._items.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything."""
        with self._changing:
            self._items.clear()
            self._size = 0


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page of one version, and until when it may be answered."""

    version: Hashable
    coded: Coded
    rendered_until: float
    since: int
    # The second in which this process first had exactly these bytes, by the clock on the wall.


@dataclass(frozen=True, slots=True)
class FreshAnswer:
    """A whole response, headers and all, and until when nothing needs to be asked for it."""

    headers: list[tuple[str, str]]
    etag: str
    modified: str | None
    body: bytes
    fresh_until: float


class FreshAnswers:
    """Answers for a second what the application has just answered, without asking it."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self.kept: Store[FreshAnswer] = Store()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer from what is kept, or ask the application (PEP 3333)."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        key = (
            environ.get("wsgi.url_scheme"),
            environ.get("HTTP_HOST"),
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            choose_coding(environ.get("HTTP_ACCEPT_ENCODING", "")),
        )
        answer = self.kept.get(key)
        if answer is None or time.monotonic() >= answer.fresh_until:
            return self._ask(key, environ, start_response)
        asked = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
        if is_known(answer.etag, answer.modified, *asked):
            lengthless = [it for it in answer.headers if it[0].lower() != "content-length"]
            start_response("304 NOT MODIFIED", lengthless)
            return []
        start_response("200 OK", answer.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _ask(
        self, key: Hashable, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            started.append((status, headers))
            return start_response(status, headers, *error)

        answer = self._app(environ, start)
        fresh_until = environ.get(FRESH_UNTIL)
        if fresh_until is None or environ["REQUEST_METHOD"] == "HEAD":
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = started[-1]
        if status.startswith("200"):
            named = {name.lower(): value for name, value in headers}
            fresh = FreshAnswer(
                headers, named["etag"], named.get("last-modified"), body, fresh_until
            )
            self.kept.put(key, fresh, len(body))
        return [body]


def init_finished(app: Flask) -> None:
    """Give the application its stores; call it first, so that it answers before all else."""
    fresh = FreshAnswers(app.wsgi_app)
    app.wsgi_app = fresh  # type: ignore[method-assign]
    app.extensions["finished"] = Store[FinishedPage]()
    app.extensions["fresh"] = fresh.kept


def expire_finished() -> None:
    """Have the versions of all finished pages asked for anew in this process."""
    current_app.extensions["fresh"].clear()


def answer_finished(
    version: Hashable, render: Callable[[], str], *, mimetype: str = HTML
) -> Response:
    """Answer the request with its page of this version, rendering it only when it is not kept.

    HTML is then answered for a second without asking again; data is always of the latest version.
    """
    store: Store[FinishedPage] = current_app.extensions["finished"]
    asked = tuple(request.args.get(name) for name in ARGUMENTS)
    key, now = (request.host_url, request.path, asked), time.monotonic()
    page = store.get(key)
    if page is None or page.version != version or now >= page.rendered_until:
        coded = code(render().encode(), f"{mimetype}; charset=utf-8")
        same = page is not None and page.coded.digest == coded.digest
        since = page.since if page is not None and same else int(time.time())
        page = FinishedPage(version, coded, now + RENDERED_SECONDS, since)
        store.put(key, page, sum(map(len, coded.bodies.values())))
    if mimetype == HTML:
        request.environ[FRESH_UNTIL] = now + FRESH_SECONDS
    # A second may have held two versions: only once it is over does it say which one this is.
    told = time.time() >= page.since + 1
    return respond(page.coded, "no-cache", http_date(page.since) if told else None)
