"""A load generator that costs little itself: one thread, plain sockets, one request at a time each.

Run as a process of its own: `python -m tests.bench.load PORT CONNECTIONS SECONDS REPEAT FILE`. FILE
holds ready requests, each after its length in four bytes; with REPEAT 1 they are sent again and
again. It stops by itself, after SECONDS or when the requests are used up, and prints JSON.
"""

import json
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

LENGTH = struct.Struct(">I")
GIVE_UP_SECONDS = 10.0


@dataclass(frozen=True)
class Load:
    """What came of a run: how many requests were answered, in how long, with which statuses."""

    answered: int
    seconds: float
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0


class Exchange:
    """One connection: sends a request, reads its answer to the end, sends the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._missing = -1

    def send(self, request: bytes) -> None:
        """Send a request; small enough to fit the socket's buffer."""
        self._received.clear()
        self._missing = -1
        self.socket.sendall(request)

    def receive(self) -> str | None:
        """Read what is there; the status once the answer is complete."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError("The server closed a connection.")
        self._received += chunk
        if self._missing < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._missing = end + 4 + _content_length(bytes(self._received[:end]))
        if len(self._received) < self._missing:
            return None
        return self._received[9:12].decode("ascii")


def drive(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    """Keep a number of connections busy until the time is over or no request is left."""
    statuses: Counter[str] = Counter()
    with selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        for request in _take(requests, connections):
            exchange = Exchange(port)
            selector.register(exchange.socket, selectors.EVENT_READ, exchange)
            exchange.send(request)
        while selector.get_map():
            ready = selector.select(GIVE_UP_SECONDS)
            if not ready:
                raise TimeoutError("The server stopped answering.")
            late = time.perf_counter() - begun > seconds
            for key, _ in ready:
                exchange = key.data
                status = exchange.receive()
                if status is None:
                    continue
                statuses[status] += 1
                following = None if late else next(requests, None)
                if following is None:
                    selector.unregister(exchange.socket)
                    exchange.socket.close()
                else:
                    exchange.send(following)
        taken = time.perf_counter() - begun
    return Load(sum(statuses.values()), taken, dict(statuses))


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write ready requests to a file for a load process to send."""
    with path.open("wb") as file:
        for request in requests:
            file.write(LENGTH.pack(len(request)) + request)


def run_load(
    port: int, file: Path, *, connections: int, seconds: float, repeat: bool = True
) -> Load:
    """Send a file's requests from a process of its own, and wait for what came of it."""
    command = [sys.executable, "-m", "tests.bench.load"]
    options = [str(port), str(connections), str(seconds), str(int(repeat)), str(file)]
    limit = seconds + 4 * GIVE_UP_SECONDS
    run = subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=limit, check=False
    )
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    return Load(**json.loads(run.stdout))


def _content_length(head: bytes) -> int:
    position = head.lower().find(b"content-length:")
    if position < 0:
        return 0
    return int(head[position + 15 :].split(b"\r\n", 1)[0])


def _take(requests: Iterator[bytes], number: int) -> Iterator[bytes]:
    for _ in range(number):
        request = next(requests, None)
        if request is None:
            return
        yield request


def _read_requests(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    position = 0
    while position < len(content):
        (length,) = LENGTH.unpack_from(content, position)
        position += LENGTH.size + length
        yield content[position - length : position]


def main() -> None:
    """Run as the command line says."""
    port, connections, seconds, repeat, file = sys.argv[1:]
    requests = _read_requests(Path(file))
    sent = cycle(list(requests)) if repeat == "1" else requests
    load = drive(int(port), sent, int(connections), float(seconds))
    print(
        json.dumps({"answered": load.answered, "seconds": load.seconds, "statuses": load.statuses})
    )


if __name__ == "__main__":
    main()
