"""`make run` as a newcomer meets it: it starts, stops without a trace, and keeps the data."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.architecture.source import PROJECT
from tests.fixtures.databases import free_port
from tests.fixtures.servers import kill_with_children, still_running

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass
class Run:
    """A `make run` that is going on."""

    make: subprocess.Popen[bytes]
    url: str
    log: Path

    def page(self, path: str = "/") -> str:
        """Fetch a page."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())


@contextmanager
def make_run(instance: Path, port: int) -> Iterator[Run]:
    """Start it, wait until it says where it is, and leave nothing of it behind."""
    log = instance.with_suffix(".log")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CAMPAIGNS_")},
        "CAMPAIGNS_INSTANCE_PATH": str(instance),
        "PORT": str(port),
    }
    with log.open("wb") as output:
        # What it would install is there, or this test would not run.
        make = subprocess.Popen(
            ["make", "--old-file=runtime", "run"],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        run = Run(make, f"http://127.0.0.1:{port}", log)
        _wait_until_it_answers(run)
        yield run
    finally:
        kill_with_children(make)


def test_it_starts_stops_without_a_trace_and_keeps_its_data(tmp_path: Path) -> None:
    instance, port = tmp_path / "instance", free_port()
    with make_run(instance, port) as run:
        assert run.url in run.log.read_text()
        assert "/login" in run.log.read_text()
        slugs = _slugs(run.page())
        assert "example-campaign" in slugs
        _assert_it_ends(run, lambda: os.killpg(run.make.pid, signal.SIGINT))
    keys = {path.name: path.read_bytes() for path in (instance / "keys").iterdir()}
    with make_run(instance, port) as run:
        assert _slugs(run.page()) == slugs
        _assert_it_ends(run, lambda: run.make.send_signal(signal.SIGTERM))
    assert {path.name: path.read_bytes() for path in (instance / "keys").iterdir()} == keys


def _assert_it_ends(run: Run, ask: object) -> None:
    """Neither Ctrl-C, which reaches every process, nor SIGTERM to make alone leaves a process."""
    assert callable(ask)
    started = _descendants(run.make)
    assert len(started) >= 3
    ask()
    run.make.wait(STOP_SECONDS)
    assert not still_running(started, STOP_SECONDS)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", int(run.url.rsplit(":", 1)[1])))
    assert "Traceback" not in run.log.read_text()


def _descendants(make: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(make.pid).children(recursive=True))
    return []


def _slugs(page: str) -> set[str]:
    return set(re.findall(r'href="/campaigns/([a-z0-9-]+)"', page))


def _wait_until_it_answers(run: Run) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert run.make.poll() is None, run.log.read_text()
        # The last line it prints.
        if "Press Ctrl-C to stop." in run.log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(run.log.read_text())
