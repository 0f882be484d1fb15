"""Servers on loopback that stand for the web outside."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from campaigns.web.fetching import Page, Reach, fetch

Answer = Callable[[socket.socket], None]
PAGE = "<html lang='en'><title>Bail granted</title><p>Text</p></html>"


@dataclass
class Outside:
    """A server, and what was asked of it: the head of each request."""

    port: int
    asked: list[str] = field(default_factory=list)
    connected: int = 0

    def reach(self, **others: str) -> Reach:
        """A reach in which every name leads to this server, but those given lead elsewhere."""
        return Reach(
            look_up=lambda host, _port: [others.get(host, "127.0.0.1")],
            allows=lambda address: address == "127.0.0.1",
            ports=frozenset({self.port, 80, 443}),
        )

    def fetch(self, path: str = "/", reach: Reach | None = None) -> Page:
        """Fetch a page of the server as one of news.example.org."""
        address = f"http://news.example.org:{self.port}{path}"
        return fetch(address, lambda page: page, reach or self.reach())


@contextmanager
def serving(*answers: Answer, secured: ssl.SSLContext | None = None) -> Iterator[Outside]:
    """Serve these answers, one a connection, the last one again and again."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        outside = Outside(listening.getsockname()[1])
        waiting = list(answers)
        threads: list[threading.Thread] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                outside.connected += 1
                answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                thread = threading.Thread(target=_answer, args=(line, answer, outside, secured))
                threads.append(thread)
                thread.start()

        server = threading.Thread(target=serve)
        server.start()
        yield outside
        listening.shutdown(socket.SHUT_RDWR)
        server.join(5)
        for thread in threads:
            thread.join(5)


def _answer(
    line: socket.socket, answer: Answer, outside: Outside, secured: ssl.SSLContext | None
) -> None:
    # Whoever asked may have hung up.
    with suppress(OSError), line:
        line.settimeout(10)
        open_line = secured.wrap_socket(line, server_side=True) if secured else line
        with open_line:
            head = b""
            while b"\r\n\r\n" not in head and (more := open_line.recv(4096)):
                head += more
            outside.asked.append(head.decode("latin-1"))
            answer(open_line)


def page(
    content: str | bytes = PAGE, kind: str = "text/html; charset=utf-8", more: str = ""
) -> Answer:
    """Answer with a whole page."""
    body = content.encode() if isinstance(content, str) else content
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return lambda line: line.sendall(head.encode() + body)


def sending_to(address: str, status: str = "302 Found") -> Answer:
    """Answer with another address."""
    head = f"HTTP/1.1 {status}\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n"
    return lambda line: line.sendall(head.encode())
