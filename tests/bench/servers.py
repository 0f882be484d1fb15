"""Servers to measure, each a process tree of its own."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from campaigns.config import Settings
from tests.fixtures.databases import free_port
from tests.fixtures.servers import environment_of, kill_with_children

WORKERS = 2
START_SECONDS = 30.0


@contextmanager
def serving_campaigns(settings: Settings) -> Iterator[int]:
    """Run `campaigns web` of an installation and give its port."""
    command = [sys.executable, "-m", "campaigns.cli", "web", "--one-machine"]
    environment = {**environment_of(settings), "CAMPAIGNS_WORKERS": str(WORKERS)}
    with _serving(command, environment, settings.port, "/healthz"):
        yield settings.port


@contextmanager
def serving_baseline(name: str, database_url: str = "sqlite://") -> Iterator[int]:
    """Run a view of `baseline` on the same server with as many workers, and give its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.baseline", name, str(port), str(WORKERS)]
    environment = {**os.environ, "BENCH_DATABASE_URL": database_url}
    with _serving(command, environment, port, "/"):
        yield port


def seconds_to_first_answer(settings: Settings | None) -> float:
    """Start the application, or hello without settings, and time it until it answers."""
    begun = time.perf_counter()
    with serving_campaigns(settings) if settings else serving_baseline("hello"):
        return time.perf_counter() - begun


@contextmanager
def _serving(
    command: list[str], environment: Mapping[str, str], port: int, path: str
) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait(process, port, path)
        yield
    finally:
        kill_with_children(process)


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("A server to measure ended at its start.")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise TimeoutError("A server to measure did not start.")
