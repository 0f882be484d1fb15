"""Ctrl-C ends a command as an interrupt, wherever it hits."""

import click
import pytest

from campaigns import cli


@pytest.mark.parametrize(("interrupted", "code"), [(True, 130), (False, 1)])
def test_what_a_library_makes_of_an_interrupt_is_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    interrupted: bool,
    code: int,
) -> None:
    def fail(**_given: object) -> None:
        try:
            raise KeyboardInterrupt if interrupted else click.UsageError("nothing")
        except (KeyboardInterrupt, click.UsageError):
            raise AssertionError("a transaction is in a state of its own")  # noqa: B904

    monkeypatch.setattr(cli.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert ("should not happen" in capsys.readouterr().err) is not interrupted
