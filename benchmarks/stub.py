"""A server of prepared pages, so fast that the programs in front of it are what is measured.

`python benchmarks/stub.py` prints its port and serves until its standard input is closed. The base
URL chooses the account and the delay of every answer: `http://127.0.0.1:PORT/10000/50` is an
account of 10,000 applications, each answer 50 ms late. `GET /counts` tells how many requests
each base URL has had for each path, and starts counting anew. `writable.py` tells of the accounts
that can be written to.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from functools import cache
from typing import Any, Final

from fleet import PUBLIC_KEY, account
from writable import PAGE_SIZE, Accounts, Headers

_TARGET: Final = re.compile(rb"GET /(\d+)/(\d+)(/\w+)\S* HTTP/1\.1\r\n")
_NUMBER: Final = re.compile(rb"page(?:%5B|\[)number(?:%5D|\])=(\d+)", re.IGNORECASE)

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

_accounts: Final = Accounts(time.monotonic)
_counts: Counter[str] = Counter()


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:  # noqa: PLR2004 (found)
            head = self._received[: end - 2]
            length = _LENGTH.search(head)
            end_of_body = end + (int(length[1]) if length else 0)
            if len(self._received) < end_of_body:
                return
            body, self._received = self._received[end:end_of_body], self._received[end_of_body:]
            delay, answer = _answer(head, body)
            if delay:
                asyncio.get_running_loop().call_later(delay, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _answer(request: bytes, body: bytes) -> tuple[float, bytes]:
    """How many seconds to wait, and the whole reply."""
    if request.startswith(b"GET /counts "):
        told = json.dumps(_counts).encode()
        _counts.clear()
        return 0, _reply(told)
    found = _TARGET.match(request)
    if found is None:
        method, target, _ = request.split(b" ", 2)
        if made := _accounts.answer(method.decode(), target.decode(), body):
            document = json.dumps(made.document).encode()
            return made.delay, _reply(document, made.status, made.headers)
        return 0, _reply(b'{"errors": [{"code": "10005", "title": "Not found"}]}', 404)
    size, delay, path = int(found[1]), int(found[2]) / 1000, found[3].decode()
    _counts[f"/{size}/{int(found[2])}{path}"] += 1
    if path == "/public_key":
        return delay, _reply(json.dumps(PUBLIC_KEY).encode())
    number = _NUMBER.search(request)
    listed = size if path == "/fax_applications" else 0
    return delay, pages(listed)[int(number[1]) - 1 if number else 0]


@cache
def pages(size: int) -> list[bytes]:
    """The replies that make up the listing of an account."""
    items = list(account(size))
    total = max(1, -(-size // PAGE_SIZE))
    return [
        _reply(
            json.dumps(
                {
                    "data": items[PAGE_SIZE * page : PAGE_SIZE * (page + 1)],
                    "meta": {
                        "page_number": page + 1,
                        "page_size": PAGE_SIZE,
                        "total_pages": total,
                        "total_results": size,
                    },
                },
                separators=(",", ":"),
            ).encode()
        )
        for page in range(total)
    ]


def _reply(body: bytes, status: int = 200, headers: Headers = ()) -> bytes:
    head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    more = "".join(f"\r\n{name}: {value}" for name, value in headers)
    return head.encode() + more.encode() + b"\r\n\r\n" + body


async def serve() -> None:
    """Serve until standard input ends, which it does when the driver is gone."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
