"""The measurements, each giving rows of the table."""

import http.client
import random
import re
import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from itertools import islice, repeat
from pathlib import Path

from sqlalchemy import create_engine, text

from campaigns.cases.dates import parse_edtf
from campaigns.cases.evidence import StatusEvent
from campaigns.cases.status import AXES_CHANGED, derive_statuses
from campaigns.cases.vocabulary import EventKind
from tests.bench.baseline import TABLE
from tests.bench.installation import (
    Installation,
    build_campaign,
    build_large_case,
    get_request,
    pending_signatures,
    post_request,
    sign_requests,
    tally_of,
)
from tests.bench.load import write_requests
from tests.bench.rows import Pace, Row, Target
from tests.bench.servers import seconds_to_first_answer, serving_baseline, serving_campaigns

SMALL, USUAL, LARGE = 1_000, 100_000, 1_000_000
# More than any machine answers, so that no run ends for want of them.
SENT_A_SECOND = 3_000
PAGE_BUDGET, WRITE_BUDGET = 0.6, 0.6
SIGNATURES_A_SECOND = 330
SAME_WITHIN = 0.05
START_SECONDS, PAGE_BYTES, EMBED_BYTES, REQUESTS, FOLD_SECONDS = 1.5, 30_000, 15_000, 6, 0.005
STARTS, FOLDS, DETAINEES, EVENTS = 3, 9, 50, 2_000
PAGE_PARTS = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]*|script[^>]+src=)[^>]*>')


def page_rows(site: Installation, folder: Path, pace: Pace) -> Iterator[Row]:
    """The campaign page against hello, with few and very many signatures, and its weight."""
    most = USUAL if pace.quick else LARGE
    for slug, signatures in (("usual", USUAL), ("small", SMALL), ("large", most)):
        build_campaign(site, slug, signatures)
    with serving_baseline("hello") as bare, serving_campaigns(site.settings) as port:
        hello = _reading(folder, bare, "/")
        usual, small, large = (
            _reading(folder, port, f"/campaigns/{slug}") for slug in ("usual", "small", "large")
        )
        pace.compare(hello, usual, small, large)
        yield _ratio("campaign page, requests/s", usual.rate, hello.rate, PAGE_BUDGET)
        rates = (small.rate, usual.rate, large.rate)
        apart = max(rates) / min(rates) - 1
        yield Row(
            f"… with {SMALL:,} and {most:,} signatures",
            f"{small.rate:,.0f} and {large.rate:,.0f}",
            f"{usual.rate:,.0f}",
            f"{apart:.1%} apart",
            f"≤ {SAME_WITHIN:.0%}",
            SAME_WITHIN / max(apart, 1e-9),
        )
        yield from _weights(port)
        build_large_case(site, "largest")
        yield _weight(port, "largest", f"… of {DETAINEES} detainees and {EVENTS:,} events")


def sign_rows(site: Installation, folder: Path, pace: Pace) -> Iterator[Row]:
    """Signing against a bare view that makes one row durable in the same database."""
    petition = build_campaign(site, "signed", USUAL)
    with _writing_baseline(site) as bare, serving_campaigns(site.settings) as port:
        insert = _inserting(folder, bare)
        requests = sign_requests(port, "signed", _enough(pace))
        sign = Target(port, _files(folder, "sign", requests, pace), False, "303")
        pace.compare(insert, sign)
        tokens = pending_signatures(site, petition, _enough(pace))
        pressed = (post_request(port, f"/confirm/{token}", {}) for token in tokens)
        confirm = Target(port, _files(folder, "confirm", pressed, pace), False, "303")
        again = _inserting(folder, bare)
        pace.compare(again, confirm)
    database = "PostgreSQL" if "postgresql" in site.settings.database_url else "SQLite"
    yield _ratio(
        f"sign, {database}, requests/s", sign.rate, insert.rate, WRITE_BUDGET, SIGNATURES_A_SECOND
    )
    yield _ratio(f"confirm, {database}, requests/s", confirm.rate, again.rate, WRITE_BUDGET)
    counted = tally_of(site, petition) - USUAL
    yield Row(
        f"… the tally, {database}",
        f"{counted:,} counted",
        f"{confirm.answered:,} confirmed",
        "–",
        "the same",
        float(counted == confirm.answered),
    )


def start_row(site: Installation) -> Iterator[Row]:
    """From starting `campaigns web` to its first answer."""
    own = statistics.median(seconds_to_first_answer(site.settings) for _ in range(STARTS))
    bare = statistics.median(seconds_to_first_answer(None) for _ in range(STARTS))
    yield Row(
        "start of the web process, s",
        f"{own:.2f}",
        f"{bare:.2f}",
        f"{own / bare:.1f}",
        f"≤ {START_SECONDS} s",
        START_SECONDS / own,
    )


def fold_rows() -> Iterator[Row]:
    """The status of every detainee of a large campaign, as most are and at the worst."""
    what = f"status of {DETAINEES} detainees, {EVENTS:,} events, ms"
    usual, worst = _fold_seconds(list(_usual_events())), _fold_seconds(list(_worst_events()))
    budget = f"< {FOLD_SECONDS * 1000:.0f} ms"
    yield Row(what, f"{usual * 1000:.1f}", "–", "–", budget, FOLD_SECONDS / usual)
    # No budget: it only says how far the usual is from the worst.
    yield Row(
        "… all of them custody and courts, in no order", f"{worst * 1000:.1f}", "–", "–", "–", 1
    )


def _fold_seconds(events: list[StatusEvent]) -> float:
    """The shortest of several times: what the machine did besides only ever adds."""
    detainees: dict[int, tuple[str, ...]] = dict.fromkeys(range(DETAINEES), ())
    day = date(2026, 1, 1)
    taken = []
    for _ in range(FOLDS):
        begun = time.perf_counter()
        derive_statuses(events, detainees, as_of=day, today=day)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _ratio(what: str, rate: float, base: float, budget: float, at_least: float = 0.0) -> Row:
    ratio = rate / base
    share = ratio / budget
    wanted = f"≥ {budget}"
    if at_least:
        share = min(share, rate / at_least)
        wanted += f" and ≥ {at_least:.0f}/s"
    return Row(what, f"{rate:,.0f}", f"{base:,.0f}", f"{ratio:.2f}", wanted, share)


def _weights(port: int) -> Iterator[Row]:
    yield _weight(port, "usual", "campaign page, compressed bytes")
    embed, _ = _fetch(port, "/campaigns/usual/embed", "identity")
    size = f"≤ {EMBED_BYTES:,}"
    yield Row("embed, bytes", f"{len(embed):,}", "–", "–", size, EMBED_BYTES / len(embed))


def _weight(port: int, slug: str, what: str) -> Row:
    body, headers = _fetch(port, f"/campaigns/{slug}", "br")
    page, _ = _fetch(port, f"/campaigns/{slug}", "identity")
    requests = 1 + len(PAGE_PARTS.findall(page.decode()))
    cookies = sum(name.lower() == "set-cookie" for name, _ in headers)
    return Row(
        what,
        f"{len(body):,} in {requests} requests, {cookies} cookies",
        "–",
        "–",
        f"≤ {PAGE_BYTES:,} in {REQUESTS}, 0",
        0.0 if cookies else min(PAGE_BYTES / len(body), REQUESTS / requests),
    )


def _fetch(port: int, path: str, encoding: str) -> tuple[bytes, list[tuple[str, str]]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Encoding": encoding})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != http.client.OK:
        raise RuntimeError(f"{path} was answered {response.status}.")
    return body, response.getheaders()


def _reading(folder: Path, port: int, path: str) -> Target:
    file = folder / f"read-{port}-{path.strip('/').replace('/', '-')}"
    write_requests(file, [get_request(port, path)])
    return Target(port, repeat(file), True, "200")


def _inserting(folder: Path, port: int) -> Target:
    file = folder / f"insert-{port}"
    write_requests(file, [post_request(port, "/", {})])
    return Target(port, repeat(file), True, "204")


def _writing_baseline(site: Installation) -> AbstractContextManager[int]:
    engine = create_engine(site.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
    engine.dispose()
    return serving_baseline("insert", site.settings.database_url)


def _enough(pace: Pace) -> int:
    return int(SENT_A_SECOND * pace.seconds) * pace.runs


def _files(folder: Path, name: str, requests: Iterable[bytes], pace: Pace) -> Iterator[Path]:
    """One file a run, each with as many requests as could be sent in its time."""
    waiting = iter(requests)
    files = []
    for number in range(pace.runs):
        file = folder / f"{name}-{number}"
        write_requests(file, islice(waiting, int(SENT_A_SECOND * pace.seconds)))
        files.append(file)
    return iter(files)


def _usual_events() -> Iterator[StatusEvent]:
    """Fifty arrested together; a quarter of the entries tell of one of them, most of protest."""
    chance = random.Random(1)
    own = list(AXES_CHANGED)
    talk = [kind for kind in EventKind if kind not in AXES_CHANGED]
    for number in range(EVENTS):
        one = frozenset({chance.randrange(DETAINEES)}) if number % 4 == 0 and number else None
        kind = chance.choice(own if one else talk) if number else EventKind.ARRESTED
        yield _event(number, kind, _day(chance, number), one)


def _worst_events() -> Iterator[StatusEvent]:
    """Every entry changes a status, a fifth of them everybody's, in no order of dates."""
    chance = random.Random(1)
    for number in range(EVENTS):
        one = frozenset({chance.randrange(DETAINEES)}) if number % 5 else None
        kind = chance.choice(list(AXES_CHANGED))
        yield _event(number, kind, _day(chance, chance.randrange(EVENTS)), one)


def _day(chance: random.Random, number: int) -> str:
    """Entries come in the order of their dates, but one in twenty comes late."""
    late = 30 if chance.randrange(20) == 0 else 0
    return date.fromordinal(date(2020, 1, 1).toordinal() + max(0, number - late)).isoformat()


def _event(number: int, kind: EventKind, day: str, detainees: frozenset[int] | None) -> StatusEvent:
    return StatusEvent(
        id=number, entered=number, kind=kind, date=parse_edtf(day), detainees=detainees
    )
