"""Passing a delivery on."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from faxops.emulator.signing import PUBLIC_KEY
from faxops.errors import UsageError
from faxops.listener.forwarding import Forwarder
from faxops.telnyx.webhooks import verify_webhook
from tests.listener.deliveries import START, FakeClock, body, delivery

DOWN = httpx.ConnectError("no")
URL = "http://127.0.0.1:8000/fax?app=intake"


def forwarded(*answers: int | Exception) -> tuple[bool, list[httpx.Request], list[float]]:
    """How it ended, the requests sent, and the waits between them."""
    coming = list(answers)
    requests: list[httpx.Request] = []
    clock = FakeClock()

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        given = coming.pop(0)
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given, text="anything", headers={"location": "http://b.example/"})

    async def run() -> bool:
        async with Forwarder(URL, clock, httpx.MockTransport(answer)) as forwarder:
            return await forwarder.forward(delivery(body(note="gr\u00fc\u00dfe")))

    return asyncio.run(run()), requests, clock.slept


def test_body_and_headers_go_on_as_they_came() -> None:
    taken, (request,), slept = forwarded(204)
    assert (taken, slept) == (True, [])
    assert (request.method, str(request.url)) == ("POST", URL)
    event = verify_webhook(request.content, request.headers, PUBLIC_KEY, now=START)
    assert event.id == "event-1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == "127.0.0.1:8000"


def test_nothing_is_added_to_the_headers_not_even_a_cookie_that_the_server_set() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, headers={"set-cookie": "a=1"})

    async def run() -> None:
        async with Forwarder(URL, FakeClock(), httpx.MockTransport(answer)) as forwarder:
            for _ in range(2):
                assert await forwarder.forward(delivery())

    asyncio.run(run())
    came = {name.decode() for name, _ in delivery().message_headers}
    for request in requests:
        assert set(request.headers) == {*came, "host", "content-length"}


@pytest.mark.parametrize(
    ("answers", "taken", "waits"),
    [
        pytest.param([500, 200], True, [1], id="the second time"),
        pytest.param([DOWN, httpx.ReadTimeout("no"), 201], True, [1, 2], id="down"),
        pytest.param([302, 404, 429, 503], False, [1, 2, 4], id="never"),
    ],
)
def test_it_is_tried_four_times(
    answers: list[int | Exception], *, taken: bool, waits: list[float]
) -> None:
    end, requests, slept = forwarded(*answers)
    assert (end, len(requests), slept) == (taken, len(answers), waits)
    assert len({request.content for request in requests}) == 1


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://a.example/", "http://", "http://a.example:x/"]
)
def test_a_url_that_is_none_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="--forward"):
        Forwarder(url, FakeClock())


def test_a_proxy_that_is_none_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy.example")
    with pytest.raises(UsageError, match="proxy"):
        Forwarder(URL, FakeClock())
