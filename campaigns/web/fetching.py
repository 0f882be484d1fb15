"""Fetching one page of the web that somebody named, without letting them look inside our network.

The host is looked up once and every address it has is checked; the connection goes to one of those
and nowhere else, and each redirect begins anew. A wall clock runs over all of it. Whatever fails,
the answer is the same: it never tells what is, or is not, at an address.
"""

import fcntl
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

import urllib3
from urllib3.connection import HTTPConnection

from campaigns.web.destinations import (
    PORTS,
    AddressRefused,
    Destination,
    leads_outside,
    parse_destination,
)

T = TypeVar("T")

SECONDS = 5.0
MOST_REDIRECTS = 3
LARGEST_PAGE = 1_000_000
# Bytes, once it is unpacked.
CHUNK = 32_768
LOCK = "fetching.lock"
MOST_AT_ONCE = 4
# In each process: a look-up cannot be cut off, and goes on in its thread.
AGENT = "Mozilla/5.0 (compatible; page metadata)"
REDIRECTS = frozenset((301, 302, 303, 307, 308))
_running = threading.BoundedSemaphore(MOST_AT_ONCE)


class NotFetched(Exception):
    """The page could not be fetched, for whatever reason."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was answered."""

    address: str
    # Where it was found, after redirects.
    content: bytes
    charset: str | None
    # As the answer names it.


def look_up(host: str, port: int) -> Sequence[str]:
    """Return every IP address of a host, in the order to try them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached, and how it is found."""

    look_up: Callable[[str, int], Sequence[str]] = look_up
    allows: Callable[[str], bool] = leads_outside
    ports: frozenset[int] = PORTS
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    seconds: float = SECONDS


OUTSIDE = Reach()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Fetch for one only of those who share an instance's folder. Raises NotFetched for the others.

    A web process answers nobody else while it waits for a slow site: one of them stays free.
    """
    turn = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise NotFetched from None
    finally:
        os.close(turn)


def fetch(address: str, read: Callable[[Page], T], reach: Reach | None = None) -> T:
    """Fetch a page of HTML and return what `read` makes of it, within SECONDS altogether.

    `read` runs in another thread and must touch neither request nor database. Raises NotFetched.
    """
    reach = reach or OUTSIDE
    if not _running.acquire(blocking=False):
        raise NotFetched
    clock = _Clock(reach.seconds)
    answers: list[T] = []
    # A look-up cannot be interrupted, so that it must not be waited for by the request itself.
    worker = threading.Thread(
        target=_work, args=(address, read, reach, clock, answers), name="fetch", daemon=True
    )
    try:
        worker.start()
    except RuntimeError:
        _running.release()
        raise NotFetched from None
    worker.join(reach.seconds)
    clock.stop()
    if not answers:
        raise NotFetched
    return answers[0]


def _work(
    address: str, read: Callable[[Page], T], reach: Reach, clock: "_Clock", answers: list[T]
) -> None:
    try:
        answers.append(read(_fetch(address, reach, clock)))
    except Exception:  # noqa: S110 - whatever it was: the one answer is that there is none
        pass
    finally:
        clock.stop()
        _running.release()


class _Clock:
    """The time that is left, and an end to the connection when there is none."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._stopped = False

    @property
    def left(self) -> float:
        """The seconds left. Raises TimeoutError when there are none."""
        seconds = self._until - time.monotonic()
        if seconds <= 0 or self._stopped:
            raise TimeoutError
        return seconds

    def watch(self, connection: socket.socket) -> None:
        """Cut a connection when the time is over, however slowly it goes on answering."""
        timer = threading.Timer(self.left, self.stop)
        timer.daemon = True
        with self._lock:
            # A descriptor of its own: TLS takes the other one over.
            self._line, self._timer = connection.dup(), timer
        timer.start()

    def unwatch(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._line is not None:
                self._line.close()
            self._line = self._timer = None

    def stop(self) -> None:
        """Cut what is still connected; nothing begins any more."""
        self._stopped = True
        with self._lock:
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
        self.unwatch()


def _fetch(address: str, reach: Reach, clock: _Clock) -> Page:
    for _ in range(MOST_REDIRECTS + 1):
        destination = parse_destination(address, reach.ports)
        found = _ask(address, destination, reach, clock)
        if isinstance(found, Page):
            return found
        address = found
    raise NotFetched


def _ask(address: str, destination: Destination, reach: Reach, clock: _Clock) -> Page | str:
    """Return the page at a destination, or the address it sends us to."""
    connection = HTTPConnection(destination.host, destination.port, timeout=clock.left)
    answer: urllib3.BaseHTTPResponse | None = None
    try:
        connection.sock = _connect(destination, reach, clock)
        clock.watch(connection.sock)
        if destination.secure:
            # Only whoever can prove to be this host is asked.
            connection.sock = reach.trust().wrap_socket(
                connection.sock, server_hostname=destination.host
            )
        connection.request(
            "GET", destination.target, headers=_headers(destination), preload_content=False
        )
        answer = connection.getresponse()
        if answer.status in REDIRECTS:
            return urljoin(address, answer.headers["Location"])
        page = _page(address, answer)
        # A page without a length ends where its connection does, even if it was cut by the clock.
        _ = clock.left
        return page
    finally:
        if answer is not None:
            answer.close()
        connection.close()
        clock.unwatch()


def _connect(destination: Destination, reach: Reach, clock: _Clock) -> socket.socket:
    addresses = reach.look_up(destination.host, destination.port)
    # One inside is enough to refuse all: the name is somebody's trick, or an accident.
    if not addresses or not all(map(reach.allows, addresses)):
        raise AddressRefused
    for ip in addresses[:-1][:2]:
        with suppress(OSError):
            return socket.create_connection((ip, destination.port), timeout=clock.left / 3)
    return socket.create_connection((addresses[-1], destination.port), timeout=clock.left)


def _headers(destination: Destination) -> dict[str, str]:
    return {
        "Host": destination.host_header,
        "User-Agent": AGENT,
        "Accept": "text/html",
        "Accept-Encoding": "gzip",
    }


def _page(address: str, answer: urllib3.BaseHTTPResponse) -> Page:
    mimetype, _, parameters = answer.headers.get("Content-Type", "").partition(";")
    if answer.status != 200 or mimetype.strip().lower() != "text/html":
        raise NotFetched
    parts: list[bytes] = []
    size = 0
    # In small pieces: how much a compressed piece unpacks to is known only then.
    while piece := answer.read(CHUNK, decode_content=True):
        size += len(piece)
        if size > LARGEST_PAGE:
            raise NotFetched
        parts.append(piece)
    return Page(address, b"".join(parts), _charset(parameters))


def _charset(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \t\"'") or None
    return None
