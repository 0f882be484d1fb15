"""What holds for every test: no network, every warning an error, and nothing left out unsaid."""

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = [
    "tests.fixtures.databases",
    "tests.fixtures.application",
    "tests.fixtures.mail",
    "tests.fixtures.measured",
    "tests.fixtures.servers",
    "tests.fixtures.browser",
]

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 8 << 30
LEFT_OUT = ("skipped", "deselected", "xfailed", "xpassed")
MUST_RUN_ALL = os.environ.get("CI", "").lower() in ("1", "true", "yes")
NAMES_OF_THIS_MACHINE = frozenset({"localhost", "", "*", "0.0.0.0", "::"})


def pytest_configure(config: pytest.Config) -> None:
    """Spare the disk, and make the first attempt to leave this machine an error."""
    if _has_room(IN_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
    if not hasattr(sys, "_leaving_is_refused"):
        sys._leaving_is_refused = True  # type: ignore[attr-defined]
        sys.addaudithook(_refuse_to_leave)


def _has_room(folder: Path) -> bool:
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    return writable and shutil.disk_usage(folder).free > ENOUGH_BYTES


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or ""
    if host in NAMES_OF_THIS_MACHINE or _is_loopback(host):
        return
    raise AssertionError(f"A test tried to reach {host}: no test may reach the network.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say last what was left out, and why."""
    left_out = {name: terminalreporter.stats.get(name, []) for name in LEFT_OUT}
    if not any(left_out.values()):
        return
    terminalreporter.section("left out")
    for name, reports in left_out.items():
        reasons: dict[str, int] = {}
        for report in reports:
            reasons[_reason(report)] = reasons.get(_reason(report), 0) + 1
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{name}: {count} × {reason}")
    if MUST_RUN_ALL:
        terminalreporter.write_line("Under CI=true this fails the run.", red=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Under CI=true, fail a run that left anything out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    yield
    if not MUST_RUN_ALL or reporter is None or session.exitstatus:
        return
    if any(reporter.stats.get(name) for name in LEFT_OUT):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: Any) -> str:
    longrepr = getattr(report, "longrepr", None)
    if isinstance(longrepr, tuple):
        return str(longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "") or getattr(report, "nodeid", "no reason given"))
