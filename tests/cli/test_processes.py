"""Processes of the real command: they start, are started again, and end without a trace."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from campaigns.config import Settings
from tests.fixtures.servers import environment_of, kill_with_children, still_running

pytestmark = pytest.mark.database("sqlite")

PROGRAM = Path(sys.executable).with_name("campaigns")
# A loaded machine may take long; an idle one is asserted on in the benchmarks.
PATIENCE = 30.0
# What is asked to stop does so within this, whatever its visitors do.
STOPS_WITHIN = 8.0


@dataclass
class Site:
    """A command that is running, and what it has said."""

    process: subprocess.Popen[bytes]
    settings: Settings
    log: Path

    def answers(self) -> bool:
        """Whether a request is answered now."""
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=5)
        ) as connection:
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def child(self, name: str) -> psutil.Process | None:
        """The process that is shown as `… campaigns NAME`."""
        for child in psutil.Process(self.process.pid).children():
            if child.status() != psutil.STATUS_ZOMBIE and f"campaigns {name}" in " ".join(
                child.cmdline()
            ):
                return child
        return None

    def all_processes(self) -> list[psutil.Process]:
        """The command and everything it has started."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def assert_gone(self, processes: list[psutil.Process]) -> None:
        """Nothing is left of it: no process, no listening port."""
        assert not still_running(processes, STOPS_WITHIN), self.log.read_text()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", self.settings.port))


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def running(settings: Settings, log: Path, *arguments: str) -> Iterator[Site]:
    """Start a command, and leave nothing of it behind."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            env=environment_of(settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(process, settings, log)
    try:
        yield site
        said = log.read_text()
        assert "Traceback" not in said, said
        assert "WARNING" not in said, said
    finally:
        kill_with_children(process)


@contextmanager
def running_site(settings: Settings, log: Path) -> Iterator[Site]:
    """Run the whole site until it is complete."""
    with running(settings, log, "run") as site:
        until(lambda: "Press Ctrl-C to stop." in log.read_text(), "it says where it is")
        assert site.answers()
        until(lambda: site.child("worker"), "the worker is started")
        yield site


def test_what_is_killed_is_started_again_and_a_signal_ends_it_all(
    settings: Settings, tmp_path: Path
) -> None:
    with running_site(settings, tmp_path / "run.log") as site:
        for name in ("web", "worker"):
            child = site.child(name)
            assert child
            child.kill()
            until(partial(_is_another, site, name, child), f"{name} is started again")
        until(site.answers, "the new web process answers")
        web = site.child("web")
        assert web
        # One of the server's own processes.
        web.children()[0].kill()
        until(lambda: len(web.children()) == 1 and site.answers(), "it is replaced")
        assert site.child("web") == web
        with _half_a_request(site):
            processes = site.all_processes()
            site.process.send_signal(signal.SIGTERM)
            assert site.process.wait(STOPS_WITHIN) == 0
            site.assert_gone(processes)


def _is_another(site: Site, name: str, earlier: psutil.Process) -> bool:
    child = site.child(name)
    return child is not None and child != earlier


def test_ctrl_c_ends_it_all(settings: Settings, tmp_path: Path) -> None:
    with running_site(settings, tmp_path / "run.log") as site:
        processes = site.all_processes()
        assert len(processes) >= 4
        # As a terminal does: to every process of the group.
        os.killpg(site.process.pid, signal.SIGINT)
        assert site.process.wait(STOPS_WITHIN) == 0
        site.assert_gone(processes)


def test_nothing_outlives_a_killed_command(settings: Settings, tmp_path: Path) -> None:
    with running_site(settings, tmp_path / "run.log") as site:
        processes = site.all_processes()
        site.process.kill()
        site.process.wait()
        site.assert_gone(processes)


@contextmanager
def _half_a_request(site: Site) -> Iterator[None]:
    """Promise a form and send half of it."""
    with socket.create_connection(("127.0.0.1", site.settings.port), timeout=5) as connection:
        connection.sendall(
            b"POST /campaigns/nobody/sign HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\nname=A"
        )
        time.sleep(0.2)
        yield


def test_web_alone_answers_what_a_browser_would_not_send(
    settings: Settings, tmp_path: Path
) -> None:
    with running(settings, tmp_path / "web.log", "web") as site:
        until(site.answers, "it answers")
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        chunked = f"Transfer-Encoding: chunked\r\n{form}\r\n6\r\nname=A\r\n0\r\n\r\n"
        assert _status(site, "POST /campaigns/x/sign", chunked) == 411
        large = f"Content-Length: 2000000\r\n{form}\r\n" + "x" * 20_000
        assert _status(site, "POST /campaigns/x/sign", large) == 413
        assert _status(site, "GET /healthz", "\r\n", host="evil.example") == 400
        # The addresses' own rules hold behind the real server too.
        assert _status(site, "POST /campaigns/x/sign", "Sec-Fetch-Site: cross-site\r\n\r\n") == 403
        processes = site.all_processes()
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(STOPS_WITHIN) == 0
        site.assert_gone(processes)


def _status(site: Site, request: str, rest: str, host: str = "127.0.0.1") -> int:
    """Send a request by hand and return the status of its answer."""
    with socket.create_connection(("127.0.0.1", site.settings.port), timeout=10) as connection:
        head = f"{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{rest}"
        connection.sendall(head.encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_alone_ends_when_asked(
    settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    with running(settings, tmp_path / "worker.log", "worker") as site:
        until(lambda: _catches_signals(site.process.pid), "it is ready for signals")
        site.process.send_signal(number)
        assert site.process.wait(STOPS_WITHIN) == 0
        assert site.log.read_text() == ""


def _catches_signals(pid: int) -> bool:
    """Whether a process has put a handler of its own in the place of a signal's usual effect."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    # Python itself catches SIGINT; SIGTERM says that the command does.
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("missing", ["key-encryption.key", "mailer.key"])
def test_a_site_that_cannot_be_complete_says_why_once_and_ends(
    settings: Settings, tmp_path: Path, missing: str
) -> None:
    path = settings.keys_path / missing
    path.unlink()
    with running(settings, tmp_path / "run.log", "run") as site:
        assert site.process.wait(PATIENCE) == 1
        lines = site.log.read_text().splitlines()
        assert [line for line in lines if str(path) in line] == [lines[-1]]
        assert len(lines) == (1 if missing == "key-encryption.key" else 4)
        with pytest.raises(psutil.NoSuchProcess):
            psutil.Process(site.process.pid)
