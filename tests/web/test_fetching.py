"""A page somebody named is fetched from outside, within bounds, and nothing inside is asked."""

import gzip
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from campaigns.web.destinations import leads_outside
from campaigns.web.fetching import OUTSIDE, NotFetched, Page, Reach, fetch, one_at_a_time
from tests.web.certificates import make_certificate
from tests.web.outside import PAGE, Outside, page, sending_to, serving

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def whole(page: Page) -> Page:
    return page


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """Something that listens on this machine and must never be asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_page_is_fetched_with_its_charset_and_without_telling_who_asks() -> None:
    with serving(page()) as outside:
        found = outside.fetch("/story?id=7")
    assert (found.content.decode(), found.charset) == (PAGE, "utf-8")
    (asked,) = outside.asked
    assert asked.startswith("GET /story?id=7 HTTP/1.1\r\n")
    assert f"host: news.example.org:{outside.port}\r\n" in asked.lower()
    for header in ("cookie", "referer", "authorization", "python", "urllib3", "x-forwarded"):
        assert header not in asked.lower()


def test_redirects_are_followed_three_times_and_no_more() -> None:
    hops = [sending_to(f"/{number}") for number in range(3)]
    with serving(*hops, page()) as outside:
        assert outside.fetch().address.endswith("/2")
    with serving(*hops, sending_to("/3"), page()) as outside, pytest.raises(NotFetched):
        outside.fetch()
    assert outside.connected == 4


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "localhost.", "LOCALHOST", "127.1", "0x7f.1", "0x7f000001",
        "017700000001", "2130706433", "127.0.0.1.", "１２７.０.０.１", "127。0。0。1", "0",
        "0.0.0.0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "a.localhost",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1", "ⓛocalhost",
    ],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_asked(inside: socket.socket, host: str) -> None:
    port = inside.getsockname()[1]
    reach = replace(OUTSIDE, ports=frozenset({port}))
    with pytest.raises(NotFetched):
        fetch(f"http://{host}:{port}/", whole, reach)
    # Nor when some page outside sends us there.
    with serving(sending_to(f"http://{host}:{port}/")) as outside:
        reach = Reach(
            look_up=lambda name, at: (
                ["127.0.0.1"] if name == "news.example.org" else OUTSIDE.look_up(name, at)
            ),
            allows=lambda ip: ip == "127.0.0.1" and not outside.asked,
            ports=frozenset({port, outside.port}),
        )
        with pytest.raises(NotFetched):
            outside.fetch(reach=reach)
    assert outside.connected == 1


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.9.9.9",
        "0.0.0.0", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.1",
        "192.0.2.1", "198.18.0.1", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd12::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "100::1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "::10.0.0.1", "::8.8.8.8", "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "64:ff9b:1:0:a00:0:100::", "2002:a00:1::",
        "2002:7f00:1::1", "2001:0:808:808::f5ff:fffe", "2001:4860:1::5efe:10.0.0.1",
        "2001:4860:1::200:5efe:10.0.0.1", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_reached(address: str) -> None:
    assert not leads_outside(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
     "2002:808:808::1", "2001:4860:1::5efe:8.8.8.8"],
)  # fmt: skip
def test_addresses_outside_are_reached(address: str) -> None:
    assert leads_outside(address)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://news.example.org/", "file:///etc/passwd", "gopher://news.example.org/", "//host/",
        "news.example.org", "", "http://", "http:///path", "http://news.example.org:22/",
        "http://news.example.org:99999/", "http://user@news.example.org/",
        "http://user:pass@news.example.org/", "http://news.example.org\\@127.0.0.1/",
        "http://news.example.org/a b", "http://news.example.org/\r\nHost:x", "http://intranet/",
        "http://printer.local/", "http://a..b/", "http://[::1", "javascript:alert(1)",
        "http://news.example.org/" + "a" * 2_000,
    ],
)  # fmt: skip
def test_only_plain_addresses_of_the_web_are_asked(address: str) -> None:
    asked: list[str] = []

    def note(host: str, _port: int) -> list[str]:
        asked.append(host)
        return []

    with pytest.raises(NotFetched):
        fetch(address, whole, Reach(look_up=note))
    assert asked == []


def test_a_name_is_looked_up_once_and_only_that_address_is_asked(inside: socket.socket) -> None:
    """Whoever answers differently the second time gains nothing."""
    looked_up: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["127.0.0.2"]

    with serving(page()) as outside:
        reach = replace(outside.reach(), look_up=rebinding)
        assert outside.fetch(reach=reach).content.decode() == PAGE
    assert looked_up == ["news.example.org"]


def test_one_address_inside_among_several_refuses_all_of_them(inside: socket.socket) -> None:
    port = inside.getsockname()[1]
    reach = Reach(look_up=lambda _h, _p: ["8.8.8.8", "127.0.0.1"], ports=frozenset({port}))
    started = time.monotonic()
    with pytest.raises(NotFetched):
        fetch(f"http://news.example.org:{port}/", whole, reach)
    assert time.monotonic() - started < 1


def test_a_redirect_to_a_name_that_leads_inside_is_not_followed(inside: socket.socket) -> None:
    port = inside.getsockname()[1]
    with serving(sending_to(f"http://evil.example.org:{port}/")) as outside:
        reach = outside.reach(**{"evil.example.org": "10.0.0.1"})
        with pytest.raises(NotFetched):
            outside.fetch(reach=replace(reach, ports=reach.ports | {port}))


@pytest.mark.parametrize(
    "address", ["http://news.example.org:22/", "file:///etc/passwd", "http://u@news.example.org/"]
)
def test_a_redirect_obeys_the_same_rules(address: str) -> None:
    with serving(sending_to(address)) as outside, pytest.raises(NotFetched):
        outside.fetch()
    assert outside.connected == 1


def drip(line: socket.socket) -> None:
    line.sendall(HEAD + b"\r\n")
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def drip_head(line: socket.socket) -> None:
    while True:
        line.sendall(b"H")
        time.sleep(0.05)


def flood(line: socket.socket) -> None:
    line.sendall(HEAD + b"Content-Length: 1000000000\r\n\r\n")
    for _ in range(10_000):
        line.sendall(b"x" * 100_000)


def silence(line: socket.socket) -> None:
    line.recv(1)


BOMB = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
TWICE = gzip.compress(gzip.compress(b"\0" * 100_000_000, compresslevel=1))


@pytest.mark.parametrize("answer", [drip, drip_head, silence])
def test_whoever_answers_slowly_is_cut_off_by_the_clock(answer: object) -> None:
    with serving(answer) as outside:  # type: ignore[arg-type]
        started = time.monotonic()
        with pytest.raises(NotFetched):
            outside.fetch(reach=replace(outside.reach(), seconds=0.5))
        assert time.monotonic() - started < 4


def test_what_the_clock_cut_off_is_no_page() -> None:
    """Without a length, a page that is cut looks as if it ended."""

    def begun(line: socket.socket) -> None:
        line.sendall(HEAD + b"\r\n" + PAGE.encode())
        line.recv(1)

    with serving(begun) as outside:
        for _ in range(5):
            with pytest.raises(NotFetched):
                outside.fetch(reach=replace(outside.reach(), seconds=0.3))


def test_the_clock_runs_for_five_seconds_and_over_look_ups_too() -> None:
    assert OUTSIDE.seconds == 5

    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return ["8.8.8.8"]

    started = time.monotonic()
    with pytest.raises(NotFetched):
        fetch("http://news.example.org/", whole, Reach(look_up=slow, seconds=0.2))
    assert time.monotonic() - started < 0.9
    time.sleep(1)


@pytest.mark.parametrize(
    "answer",
    [
        flood,
        page(BOMB, more="Content-Encoding: gzip\r\n"),
        page(TWICE, more="Content-Encoding: gzip, gzip\r\n"),
        page("x" * 1_000_001),
        page(kind="application/pdf"),
        page(kind="text/plain"),
        page(kind="image/svg+xml"),
        lambda line: line.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n"),
        lambda line: line.sendall(b"HTTP/1.1 302 Found\r\n\r\n"),
        lambda line: line.sendall(b"220 mail.example.org ESMTP\r\n"),
        lambda line: line.sendall(HEAD + b"Content-Encoding: gzip\r\n\r\nno gzip"),
        lambda line: None,
    ],
)
def test_whatever_fails_there_is_one_answer_soon(answer: object) -> None:
    with serving(answer) as outside:  # type: ignore[arg-type]
        started = time.monotonic()
        with pytest.raises(NotFetched) as failed:
            outside.fetch()
        assert time.monotonic() - started < 10
    assert failed.value.args == ()


def test_a_packed_page_is_unpacked() -> None:
    with serving(page(gzip.compress(PAGE.encode()), more="Content-Encoding: gzip\r\n")) as outside:
        assert outside.fetch().content.decode() == PAGE


def test_a_reader_that_fails_or_never_ends_is_no_page() -> None:
    with serving(page()) as outside:
        address = f"http://news.example.org:{outside.port}/"
        with pytest.raises(NotFetched):
            fetch(address, lambda _page: 1 / 0, outside.reach())
        reach = replace(outside.reach(), seconds=0.3)
        with pytest.raises(NotFetched):
            fetch(address, lambda _page: time.sleep(0.8), reach)
    time.sleep(0.6)


def test_a_secured_page_must_be_of_the_host_that_was_named(tmp_path: Path) -> None:
    trusted, secured = make_certificate(tmp_path, "news.example.org")

    def ask(outside: Outside, host: str) -> Page:
        reach = replace(outside.reach(), trust=lambda: trusted)
        return fetch(f"https://{host}:{outside.port}/", whole, reach)

    with serving(page(), secured=secured) as outside:
        assert ask(outside, "news.example.org").content.decode() == PAGE
        with pytest.raises(NotFetched):
            ask(outside, "other.example.org")
        with pytest.raises(NotFetched):
            fetch(f"https://news.example.org:{outside.port}/", whole, outside.reach())
    assert len(outside.asked) == 1


def test_only_a_few_are_fetched_at_once() -> None:
    with serving(silence) as outside:
        reach = replace(outside.reach(), seconds=0.1)
        for _ in range(8):
            with pytest.raises(NotFetched):
                outside.fetch(reach=reach)
        assert isinstance(ssl.create_default_context(), ssl.SSLContext)
    with serving(page()) as outside:
        assert outside.fetch().content.decode() == PAGE


def test_one_page_at_a_time_is_fetched_for_an_instance(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path), pytest.raises(NotFetched), one_at_a_time(tmp_path):
        pytest.fail("two at once")
    with one_at_a_time(tmp_path):
        pass
