"""The client on real sockets, against a server that misbehaves on the level of bytes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from faxops.errors import ApiError, MalformedAnswer, Unreachable
from faxops.telnyx.client import TelnyxClient
from tests.telnyx.virtual import KEY, JumpingClock, seeded

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

BODY = b'{"data": {"id": "1"}}'
GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
SHORT_SECONDS = 0.3


@asynccontextmanager
async def served(
    serve: Serve, *, seconds: float = 5.0, parallelism: int = 8
) -> AsyncGenerator[TelnyxClient]:
    """A client of a server that calls `serve` for each connection, on a free local port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client_of(port, seconds, parallelism) as client:
        yield client


def client_of(port: int, timeout: float = 5.0, parallelism: int = 8) -> TelnyxClient:
    return TelnyxClient(
        base_url=f"http://127.0.0.1:{port}/v2",
        api_key=KEY,
        clock=JumpingClock(),
        random=seeded(1),
        timeout=timeout,
        parallelism=parallelism,
    )


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """The head of one request; its body is left unread."""
    return await reader.readuntil(b"\r\n\r\n")


def reset(writer: asyncio.StreamWriter) -> None:
    """Close the connection with RST instead of FIN."""
    writer.transport.abort()


class Answering:
    """A server that sends `data` after each request and then closes; counts requests."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        self.requests += 1
        writer.write(self.data)
        await writer.drain()
        writer.close()


def failing(serve: Serve, method: str = "POST", *, timeout: float = 5.0) -> ApiError:
    """The error of one request to `serve`."""

    async def ask() -> None:
        async with served(serve, seconds=timeout) as client:
            await client.request(method, "/x", json=None if method == "GET" else {})

    with pytest.raises(ApiError) as caught:
        asyncio.run(ask())
    return caught.value


CUT_SHORT = {
    "the-head": b"HTTP/1.1 201 Cre",
    "the-body-by-its-length": b'HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{"data',
    "the-body-in-chunks": b'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"dat',
    "all-of-it": b"",
    "no-http-at-all": b"SSH-2.0-OpenSSH_9.6\r\n",
}


@pytest.mark.parametrize("data", CUT_SHORT.values(), ids=CUT_SHORT.keys())
def test_a_reply_that_is_cut_short_is_repeated_for_a_read_and_ambiguous_for_a_post(
    data: bytes,
) -> None:
    reading, posting = Answering(data), Answering(data)
    assert type(failing(reading, "GET")) is Unreachable
    assert reading.requests == 5
    assert failing(posting, "POST").processed == "maybe"
    assert posting.requests == 1


def test_broken_compression_is_malformed() -> None:
    data = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope"
    error = failing(Answering(data))
    assert type(error) is MalformedAnswer
    assert error.processed == "maybe"


def test_a_reset_after_the_request_is_ambiguous_for_a_post() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        reset(writer)

    error = failing(serve)
    assert type(error) is Unreachable
    assert error.processed == "maybe"


def test_a_refused_connection_was_never_a_request() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def ask() -> None:
        async with client_of(port) as client:
            await client.request("POST", "/x", json={})

    with pytest.raises(Unreachable, match="no connection could be made") as caught:
        asyncio.run(ask())
    assert caught.value.processed == "no"


def test_a_server_that_hangs_is_given_up_after_the_timeout() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        await reader.read()
        writer.close()

    error = failing(serve, timeout=SHORT_SECONDS)
    assert type(error) is Unreachable
    assert error.processed == "maybe"


def test_a_server_that_drips_is_given_up_although_each_byte_is_in_time() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(SHORT_SECONDS / 10)

    error = failing(serve, timeout=SHORT_SECONDS)
    assert "not complete after 0.3 s" in error.message


def test_a_connection_that_breaks_once_does_not_fail_a_read() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request_of(reader)
        if connections == 1:
            reset(writer)
            return
        writer.write(GOOD)
        await writer.drain()
        writer.close()

    async def ask() -> object:
        async with served(serve) as client:
            return (await client.request("GET", "/x")).document

    assert asyncio.run(ask()) == {"data": {"id": "1"}}
    assert connections == 2


def test_connections_are_kept_and_there_are_no_more_than_allowed() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            try:
                await request_of(reader)
            except asyncio.IncompleteReadError:
                break
            writer.write(GOOD)
            await writer.drain()
        writer.close()

    async def ask() -> None:
        async with served(serve, parallelism=20) as client:
            await asyncio.gather(*(client.request("GET", "/x") for _ in range(200)))

    asyncio.run(ask())
    assert 1 <= connections <= 20


def test_proxies_of_the_environment_are_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_of(reader))
        writer.write(GOOD)
        await writer.drain()
        writer.close()

    async def ask() -> None:
        proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        client = TelnyxClient(
            base_url="http://api.invalid/v2", api_key=KEY, clock=JumpingClock(), random=seeded(1)
        )
        async with proxy, client:
            await client.request("GET", "/x")

    asyncio.run(ask())
    assert heads[0].startswith(b"GET http://api.invalid/v2/x HTTP/1.1")


def test_a_server_that_speaks_no_tls_is_unreachable_over_https() -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GOOD)
        await writer.drain()
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = TelnyxClient(
            base_url=f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v2",
            api_key=KEY,
            clock=JumpingClock(),
            random=seeded(1),
        )
        async with server, client:
            await client.request("POST", "/x", json={})

    with pytest.raises(Unreachable) as caught:
        asyncio.run(ask())
    assert caught.value.processed == "no"
