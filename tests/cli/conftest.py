"""Running commands as somebody at a terminal would."""

import contextvars
import gc
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from campaigns.cli import main
from campaigns.config import Settings
from tests.fixtures.servers import environment_of


@dataclass(frozen=True)
class Answer:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one sentence on standard error of a command that failed."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].endswith((".", "org."))
        return lines[0]


Command = Callable[..., Answer]


@pytest.fixture
def bare_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Run `campaigns …` in this process, with no settings but those given to it."""
    for name in list(os.environ):
        if name.startswith("CAMPAIGNS_") or name in ("PORT", "HOST"):
            monkeypatch.delenv(name)
    umask = os.umask(0o022)

    def run(*arguments: str, **environ: str) -> Answer:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["campaigns", *arguments])
            for name, value in environ.items():
                patch.setenv(name, value)
            engines = _engines_made(patch)
            # Loaded anew, as in a process of its own.
            patch.delitem(sys.modules, "campaigns.wsgi", raising=False)
            ended = _run_to_its_end()
        # A process of its own would have closed its connections with its end.
        for engine in engines:
            engine.dispose()
        out, err = capfd.readouterr()
        return Answer(int(ended.code or 0), out, err)

    yield run
    os.umask(umask)


def _engines_made(patch: pytest.MonkeyPatch) -> list[Engine]:
    """Return the engines that are made from now on, as they come."""
    engines: list[Engine] = []
    make = SQLAlchemy._make_engine

    def noted(*arguments: Any) -> Engine:
        engines.append(make(*arguments))
        return engines[-1]

    patch.setattr(SQLAlchemy, "_make_engine", noted)
    return engines


def _run_to_its_end() -> SystemExit:
    # What was there before is not looked through: that takes longer than most commands.
    gc.freeze()
    with warnings.catch_warnings():
        # What a process leaves open is closed with it.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(SystemExit) as ended:
            # A context of its own: not that of an application under test.
            contextvars.Context().run(main)
        exit_ = ended.value.with_traceback(None)
        exit_.__context__ = None
        del ended
        gc.collect()
    gc.unfreeze()
    return exit_


@pytest.fixture
def command(bare_command: Command, settings: Settings) -> Command:
    """Run `campaigns …` on this test's installation; settings may be changed by their names."""

    def run(*arguments: str, **changed: str) -> Answer:
        return bare_command(*arguments, **{**environment_of(settings), **changed})

    return run
