"""Measures the budgets and prints a table: `make bench`, or `make bench BENCH="sign --quick"`."""

import argparse
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.installation import Installation, build_installation
from tests.bench.mailing import mail_rows
from tests.bench.measures import fold_rows, page_rows, sign_rows, start_row
from tests.bench.rows import Pace, Row, print_table
from tests.bench.sealing import seal_rows
from tests.fixtures.postgresql import CANNOT_START, postgresql_server

NAMES = ("page", "sign", "mail", "seal", "start", "fold")


def main() -> None:
    """Measure what was asked for, everything if nothing was; never fail for a missed budget."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="what to measure")
    parser.add_argument("--quick", action="store_true", help="a glance, not a measurement")
    options = parser.parse_args()
    names = options.names or NAMES
    pace = Pace(rounds=1, seconds=1.0, quick=True) if options.quick else Pace(rounds=4, seconds=3.0)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="campaigns-bench-") as folder:
        for row in _measure(names, Path(folder), pace):
            print(f"{row.what}: {row.figure} (baseline {row.baseline})", flush=True)
            rows.append(row)
    print_table(rows, print)


def _measure(names: list[str] | tuple[str, ...], folder: Path, pace: Pace) -> Iterator[Row]:
    if "fold" in names:
        yield from fold_rows()
    new = _builder(folder)
    if "start" in names:
        yield from start_row(new(None))
    if "page" in names:
        yield from page_rows(new(None), folder, pace)
    if "seal" in names:
        yield from seal_rows(new(None), pace)
    measures: list[Callable[[Installation], Iterator[Row]]] = []
    if "sign" in names:
        measures.append(lambda site: sign_rows(site, folder, pace))
    if "mail" in names:
        measures.append(lambda site: mail_rows(site, pace))
    for measure in measures:
        yield from measure(new(None))
        yield from _on_postgresql(new, measure)


def _on_postgresql(
    new: Callable[[str | None], Installation], measure: Callable[[Installation], Iterator[Row]]
) -> Iterator[Row]:
    try:
        with postgresql_server(uuid.uuid4().hex, durable=True) as server:
            yield from measure(new(server.create_database()))
    except CANNOT_START as error:
        print(f"Not measured on PostgreSQL: {error}")


def _builder(folder: Path) -> Callable[[str | None], Installation]:
    def new(database_url: str | None) -> Installation:
        return build_installation(folder / uuid.uuid4().hex, database_url)

    return new


if __name__ == "__main__":
    main()
