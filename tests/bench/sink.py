"""A relay that takes everything at once and keeps nothing: what mail is sent to when measured.

Run as a process of its own: `python -m tests.bench.sink` prints its port, serves until its standard
input ends, and prints what it took as JSON.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

GREETING = b"220 sink\r\n"
ANSWERS = {
    b"EHLO": b"250-sink\r\n250 PIPELINING\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"QUIT": b"221 bye\r\n",
}
TAKEN = b"250 2.0.0 taken\r\n"
END = b"\r\n.\r\n"
MESSAGE_ID = b"\r\nMessage-ID: "
CHUNK = 262_144
BACKLOG = 256


@dataclass
class Taken:
    """What a sink took: times are seconds of the machine's monotonic clock."""

    mails: int = 0
    octets: int = 0
    first: float = 0.0
    last: float = 0.0
    ids: set[bytes] = field(default_factory=set)

    def note(self, payload: bytes) -> None:
        """Note one mail."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.mails += 1
        self.octets += len(payload)
        self.ids.add(payload.partition(MESSAGE_ID)[2].partition(b"\r\n")[0])


@dataclass(frozen=True)
class Figures:
    """The same as a number each."""

    mails: int
    distinct: int
    seconds: float
    octets: int

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds if self.seconds else 0.0


class Sink:
    """A running sink: its port, and once it has ended what it took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.figures = Figures(0, 0, 0.0, 0)


class Session:
    """One connection to the sink."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._received = b""
        self._in_text = False

    def answer(self, chunk: bytes) -> bytes:
        """Return the replies to what has come in."""
        self._received += chunk
        replies = b""
        while True:
            end = END if self._in_text else b"\r\n"
            line, found, rest = self._received.partition(end)
            if not found:
                return replies
            self._received = rest
            if self._in_text:
                self._taken.note(line)
                replies += TAKEN
            else:
                replies += ANSWERS.get(line[:4].upper(), TAKEN)
            self._in_text = not self._in_text and line.upper() == b"DATA"


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run a sink in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.sink"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    sink = Sink(int(process.stdout.readline()))
    try:
        yield sink
        sink.figures = Figures(**json.loads(process.communicate(timeout=30)[0]))
    finally:
        process.kill()
        process.wait()


def serve() -> Taken:
    """Take mail until standard input ends."""
    taken = Taken()
    with (
        socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as server,
        selectors.DefaultSelector() as selector,
    ):
        print(server.getsockname()[1], flush=True)
        selector.register(server, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is sys.stdin:
                    return taken
                if key.fileobj is server:
                    connection, _ = server.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connection.sendall(GREETING)
                    selector.register(connection, selectors.EVENT_READ, Session(taken))
                else:
                    _converse(selector, key)


def _converse(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    connection, session = key.fileobj, key.data
    assert isinstance(connection, socket.socket)
    try:
        chunk = connection.recv(CHUNK)
        if chunk:
            connection.sendall(session.answer(chunk))
    except ConnectionError:
        chunk = b""
    if not chunk:
        selector.unregister(connection)
        connection.close()


if __name__ == "__main__":
    taken = serve()
    seconds = taken.last - taken.first
    print(json.dumps(Figures(taken.mails, len(taken.ids), seconds, taken.octets).__dict__))
