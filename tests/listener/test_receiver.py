"""What is answered to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from faxops.emulator.signing import PUBLIC_KEY
from faxops.listener.counts import Counts
from faxops.listener.delivery import Delivery
from faxops.listener.receiver import MAX_BODY_BYTES, create_receiver
from faxops.listener.reception import Reception
from tests.listener.deliveries import START, FakeClock, body, signed


class Site:
    """A receiver as an HTTP client sees it, and its counts."""

    def __init__(self, *, broken: bool = False) -> None:
        self.counts = Counts()
        followers = [_broken] if broken else []
        self._app = create_receiver(
            Reception(PUBLIC_KEY, FakeClock(), counts=self.counts, followers=followers)
        )

    def request(
        self, method: str, path: str = "/", content: bytes | AsyncIterator[bytes] = b"", **more: str
    ) -> httpx.Response:
        """One request; `more` are headers."""

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as http:
                return await http.request(method, path, content=content, headers=more)

        return asyncio.run(run())

    def deliver(self, content: bytes) -> httpx.Response:
        """POST with a signature."""
        headers = {name.decode(): value.decode() for name, value in signed(content, START)}
        return self.request("POST", content=content, **headers)


def _broken(_: Delivery) -> None:
    raise ZeroDivisionError


def test_a_delivery_is_answered_exactly_200_and_nothing_more() -> None:
    site = Site()
    first, again = site.deliver(body()), site.deliver(body())
    assert [(reply.status_code, reply.content) for reply in (first, again)] == [(200, b"")] * 2
    assert site.counts == Counts(events=1, duplicates=1)


def test_what_is_not_verified_is_not_repeated_in_the_answer() -> None:
    site = Site()
    replies = [
        site.request("POST", content=b"secret"),
        site.request("POST", content=body(), **{"telnyx-timestamp": "x"}),
        site.request("POST"),
    ]
    assert {(reply.status_code, reply.text) for reply in replies} == {
        (400, "The delivery is not verified.\n")
    }
    assert site.counts == Counts(unverified=3)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("HEAD", "/", 200), ("PUT", "/", 405), ("DELETE", "/", 405),
        ("POST", "/fax", 404), ("GET", "/favicon.ico", 404),
    ],
)  # fmt: skip
def test_only_a_post_to_the_root_is_a_delivery(method: str, path: str, status: int) -> None:
    site = Site()
    reply = site.request(method, path, content=body())
    assert (reply.status_code, site.counts) == (status, Counts())


def test_whoever_looks_with_a_browser_is_told_what_it_is() -> None:
    assert Site().request("GET").text.startswith("This is faxops webhook listen.")


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(MAX_BODY_BYTES // 1000 + 1):
        yield b"x" * 1000


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x" * (MAX_BODY_BYTES + 1), id="as its length says"),
        pytest.param(_pieces(), id="without a length"),
    ],
)
def test_a_body_over_the_limit_is_refused(content: bytes | AsyncIterator[bytes]) -> None:
    site = Site()
    reply = site.request("POST", content=content)
    assert (reply.status_code, reply.headers["connection"]) == (413, "close")
    assert site.counts == Counts(too_large=1)


def test_a_body_at_the_limit_is_taken() -> None:
    site = Site()
    padding = MAX_BODY_BYTES - len(body(note=""))
    assert site.deliver(body(note="x" * padding)).status_code == 200


def test_a_bug_is_counted_and_telnyx_sends_it_again() -> None:
    site = Site(broken=True)
    reply = site.deliver(body())
    assert (reply.status_code, reply.text) == (500, "faxops failed internally; send it again.\n")
    assert site.counts.failed == 1
