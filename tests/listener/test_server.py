"""Clients that stretch what may be stretched, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
import uvicorn

from faxops.emulator.signing import PUBLIC_KEY
from faxops.errors import UsageError
from faxops.listener import server as server_module
from faxops.listener.counts import Counts
from faxops.listener.receiver import MAX_BODY_BYTES, create_receiver
from faxops.listener.reception import Reception
from faxops.listener.server import MAX_HEADER_BYTES, MOST_CONNECTIONS, address, open_socket, server
from tests.listener.deliveries import FakeClock, body, signed

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Site:
    """A running server."""

    port: int
    counts: Counts
    serving: uvicorn.Server

    async def connect(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def exchange(self, *pieces: bytes) -> bytes:
        """Send and read until the server closes the connection."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
        answer = await _to_the_end(reader)
        writer.close()
        return answer


async def _to_the_end(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    try:
        while piece := await reader.read(65536):
            answer += piece
    except ConnectionError:
        pass  # a server that did not read everything resets
    return answer


def at_site(visit: Callable[[Site], Awaitable[None]]) -> Counts:
    """The counts after a visit to a server that is stopped after it."""
    counts = Counts()
    listener = open_socket("127.0.0.1", 0)
    app = create_receiver(Reception(PUBLIC_KEY, FakeClock(), counts=counts))

    async def run() -> None:
        serving = server(app)
        task = asyncio.create_task(serving.serve(sockets=[listener]))
        await visit(Site(listener.getsockname()[1], counts, serving))
        serving.should_exit = True
        await task

    asyncio.run(run())
    return counts


def request(content: bytes, *headers: bytes) -> bytes:
    """A delivery on the wire."""
    pairs = [name + b": " + value for name, value in signed(content)]
    lines = [b"POST / HTTP/1.1", b"host: site", *pairs, *headers]
    length = b"content-length: %d" % len(content)
    return b"\r\n".join([*lines, length, b"", b""]) + content


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may take a fifth of a second only."""
    monkeypatch.setattr(server_module, "REQUEST_SECONDS", 0.2)


def test_many_deliveries_come_on_one_connection() -> None:
    async def visit(site: Site) -> None:
        contents = [body(f"event-{number}") for number in range(3)]
        pieces = [request(each) for each in contents[:2]]
        answer = await site.exchange(*pieces, request(contents[2], b"connection: close"))
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3

    assert at_site(visit) == Counts(events=3)


def _sent_without_end(port: int) -> tuple[int, bytes]:
    """How much of 100 MB the server took, and its answer."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: site\r\ntransfer-encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            while sent < 100 * MAX_BODY_BYTES:
                client.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        return sent, client.recv(65536)


def test_a_body_of_100_mb_is_closed_at_the_limit() -> None:
    async def visit(site: Site) -> None:
        sent, answer = await asyncio.to_thread(_sent_without_end, site.port)
        # What the two systems hold between them is some megabytes.
        assert sent < 20 * MAX_BODY_BYTES
        assert answer.startswith(b"HTTP/1.1 413 ")

    assert at_site(visit) == Counts(too_large=1)


def test_a_length_over_the_limit_is_refused_before_the_body() -> None:
    async def visit(site: Site) -> None:
        head = b"POST / HTTP/1.1\r\nhost: site\r\ncontent-length: 104857600\r\n\r\n"
        assert (await site.exchange(head)).startswith(b"HTTP/1.1 413 ")

    assert at_site(visit) == Counts(too_large=1)


def test_headers_over_the_limit_are_refused() -> None:
    async def visit(site: Site) -> None:
        head = b"POST / HTTP/1.1\r\nhost: site\r\nx-long: " + b"x" * (4 * MAX_HEADER_BYTES)
        assert (await site.exchange(head)).startswith(b"HTTP/1.1 400 ")

    assert at_site(visit) == Counts()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("sent", "cut_short"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"POST / HTTP/1.1\r\nhost:", 0, id="half the headers"),
        pytest.param(request(body())[:-1], 1, id="all but a byte"),
        pytest.param(request(body("a")) + request(body("b"))[:-1], 1, id="the second request"),
    ],
)
def test_a_client_that_is_too_slow_is_sent_away(sent: bytes, cut_short: int) -> None:
    async def visit(site: Site) -> None:
        answer = await site.exchange(sent)
        assert b"HTTP/1.1 408 Request Timeout\r\n" in answer

    assert at_site(visit).cut_short == cut_short


@pytest.mark.usefixtures("hasty")
def test_a_client_that_drips_is_sent_away_too() -> None:
    async def visit(site: Site) -> None:
        reader, writer = await site.connect()
        reading = asyncio.create_task(_to_the_end(reader))
        for number in range(1000):
            writer.write(b"POST / HTTP/1.1\r\n" if number == 0 else b"x-drip: 1\r\n")
            done, _ = await asyncio.wait({reading}, timeout=0.02)
            if done:
                break
        assert (await reading).startswith(b"HTTP/1.1 408 ")
        assert number < 100  # pyright: ignore[reportPossiblyUnboundVariable] - the range is not empty
        writer.close()

    assert at_site(visit) == Counts()


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS"),
        pytest.param(b"EHLO mail.example\r\n\r\n", id="another protocol"),
        pytest.param(b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", id="a negative length"),
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            id="bad chunk",
        ),
    ],
)
def test_what_is_no_http_is_refused_without_a_word_on_the_screen(
    garbage: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async def visit(site: Site) -> None:
        answer = await site.exchange(garbage)
        assert answer.startswith(b"HTTP/1.1 400 ")

    at_site(visit)
    assert capfd.readouterr() == ("", "")


def test_more_connections_than_it_bears_are_told_to_come_again() -> None:
    async def visit(site: Site) -> None:
        idle = [await site.connect() for _ in range(MOST_CONNECTIONS)]
        answer = await site.exchange(request(body(), b"connection: close"))
        assert answer.startswith(b"HTTP/1.1 503 ")
        for _, writer in idle:
            writer.close()

    assert at_site(visit) == Counts()


def test_what_is_in_flight_is_answered_before_the_end() -> None:
    async def visit(site: Site) -> None:
        whole = request(body(), b"expect: 100-continue")
        reader, writer = await site.connect()
        writer.write(whole[:-1])
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        site.serving.should_exit = True
        # No longer listening, so the end has begun.
        while True:
            try:
                (await site.connect())[1].close()
            except ConnectionError:
                break
        writer.write(whole[-1:])
        assert (await _to_the_end(reader)).startswith(b"HTTP/1.1 200 OK\r\n")

    assert at_site(visit) == Counts(events=1)


def test_a_port_that_is_taken_is_wrong_usage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port}: "):
            open_socket("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid", "x" * 300, ":::"])
def test_an_address_that_is_not_this_machine_s_is_wrong_usage(host: str) -> None:
    with pytest.raises(UsageError, match="cannot listen"):
        open_socket(host, 0)


def test_the_address_is_a_url() -> None:
    with open_socket("127.0.0.1", 0) as listener:
        assert address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"
