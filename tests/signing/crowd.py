"""Many visitors at once, each with connections of its own to a server in another process."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from campaigns.config import Settings
from campaigns.db import db

ANSWER_SECONDS = 60.0
BROKEN = (OSError, http.client.HTTPException)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """What came back: a status, or None when the connection broke before there was one."""

    status: int | None
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Visitor:
    """One visitor's browser: it keeps its connection and its cookie, and begins anew when cut."""

    port: int
    cookie: str = ""
    _connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> Reply:
        """Send one request, never twice, and wait for its answer."""
        begun = time.perf_counter()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=ANSWER_SECONDS
            )
        try:
            self._connection.request(method, path, _encoded(data), self._headers(data))
            response = self._connection.getresponse()
            body = response.read()
        except BROKEN:
            self.leave()
            return Reply(None, time.perf_counter() - begun)
        headers = {name.lower(): value for name, value in response.getheaders()}
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return Reply(response.status, time.perf_counter() - begun, headers, body)

    def leave(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    # So that it can be closed like a file.
    close = leave

    def _headers(self, data: dict[str, str] | None) -> dict[str, str]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        if data is not None:
            headers["Content-Type"] = FORM
        if self.cookie:
            headers["Cookie"] = self.cookie
        return headers


def _encoded(data: dict[str, str] | None) -> bytes | None:
    return None if data is None else urlencode(data).encode("ascii")


def signing(slug: str, email: str) -> tuple[str, str, dict[str, str]]:
    """What a browser sends to sign."""
    return "POST", f"/campaigns/{slug}/sign", {"name": "Amal Signer", "email": email}


def end_of_reading() -> None:
    """End the test's own transaction: on SQLite it holds the lock, whatever it does."""
    db.session.commit()


def all_at_once(
    settings: Settings, works: Iterable[Callable[[Visitor], Reply]], *, visitors: int
) -> list[Reply]:
    """Have visitors share a list of works, each taking the next as soon as it has done one."""
    end_of_reading()
    waiting, replies, turn = iter(works), list[Reply](), threading.Lock()

    def visit() -> None:
        with closing(Visitor(settings.port)) as visitor:
            while True:
                with turn:
                    work = next(waiting, None)
                if work is None:
                    return
                replies.append(work(visitor))

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


@contextmanager
def busy(
    settings: Settings, work: Callable[[Visitor], object], *, visitors: int
) -> Iterator[Counter[str]]:
    """Have visitors do one thing again and again while the block runs; count what went wrong."""
    end_of_reading()
    over, failures = threading.Event(), Counter[str]()

    def visit() -> None:
        with closing(Visitor(settings.port)) as visitor:
            while not over.is_set():
                try:
                    work(visitor)
                except Exception as error:
                    failures[repr(error)] += 1
                    return

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        over.set()
        for thread in threads:
            thread.join()
