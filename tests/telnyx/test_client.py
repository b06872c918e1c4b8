from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from faxops import __version__
from faxops.errors import ApiError, MalformedAnswer, UsageError
from faxops.telnyx.client import MAX_REPLY_BYTES, TelnyxClient
from faxops.telnyx.observer import Exchange
from tests.telnyx.virtual import (
    KEY,
    START,
    LoopClock,
    answer_of,
    open_client,
    run_virtual,
    seeded,
)


def make(base_url: str = "http://api.example/v2", api_key: str = KEY) -> TelnyxClient:
    return TelnyxClient(base_url=base_url, api_key=api_key, clock=LoopClock(), random=seeded(1))


def test_a_request_carries_the_key_and_says_who_asks() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    answer_of(handle)
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert seen[0].headers["user-agent"] == f"faxops/{__version__}"
    assert seen[0].headers["accept"] == "application/json"
    assert str(seen[0].url) == "http://api.example/v2/fax_applications"


def test_a_redirect_is_not_followed_and_named() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(MalformedAnswer, match=r"a redirect to https://elsewhere\.example/"):
        answer_of(handle)
    assert asked == ["api.example"]


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    now = most = 0

    async def handle(_request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(1)
        now -= 1
        return httpx.Response(200, json={})

    async def work() -> None:
        async with open_client(handle, parallelism=3) as client:
            await asyncio.gather(*(client.request("GET", "/x") for _ in range(20)))

    run_virtual(work())
    assert most == 3


def test_a_reply_that_drips_is_given_up_after_the_timeout() -> None:
    async def handle(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        return httpx.Response(200)

    with pytest.raises(ApiError, match="not complete after 30 s") as caught:
        answer_of(handle, "POST", json={})
    assert caught.value.processed == "maybe"


def test_a_reply_without_end_is_cut_off() -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b" " * 1024 * 1024

    def handle(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    with pytest.raises(MalformedAnswer, match=f"more than {MAX_REPLY_BYTES // 1024**2} MiB"):
        answer_of(handle)


def test_every_try_is_counted_and_observed() -> None:
    statuses = [503, 429, 200]
    seen: list[Exchange] = []

    class Log:
        def exchanged(self, exchange: Exchange) -> None:
            seen.append(exchange)

    def handle(_request: httpx.Request) -> httpx.Response:
        if not statuses:
            raise httpx.ReadError("reset")
        return httpx.Response(statuses.pop(0), content=b"{}", headers={"x-request-id": f"r-{KEY}"})

    async def work() -> TelnyxClient:
        async with open_client(handle, observer=Log()) as client:
            await client.request("GET", "/x", params={"page[number]": 1})
            with pytest.raises(ApiError):
                await client.request("POST", "/x", json={})
            return client

    counts = run_virtual(work()).requests
    assert counts == {
        ("GET", 503): 1,
        ("GET", 429): 1,
        ("GET", 200): 1,
        ("POST", None): 1,
    }
    assert [(each.status, each.attempt) for each in seen] == [
        (503, 1),
        (429, 2),
        (200, 3),
        (None, 1),
    ]
    assert {each.path for each in seen} == {"/x"}
    assert KEY not in repr(seen)


def test_the_offset_of_the_clocks_is_read_from_the_date_of_a_reply() -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        ahead = format_datetime(START + timedelta(minutes=5), usegmt=True)
        return httpx.Response(200, json={}, headers={"date": ahead})

    async def work() -> tuple[float | None, float | None]:
        async with open_client(handle) as client:
            before = client.clock_offset
            await client.request("GET", "/x")
            return before, client.clock_offset

    assert run_virtual(work()) == (None, pytest.approx(300.0))


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("KEY 1", id="a-space"),
        pytest.param("KEY1\n", id="a-line-end-from-a-file"),
        pytest.param("KEY1\r\nX-Other: 1", id="a-header-smuggled-in"),
        pytest.param("KÉY1", id="not-ascii"),
        pytest.param("KEY\x00", id="a-nul-byte"),
    ],
)
def test_a_key_that_fits_no_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(api_key=key)
    assert caught.value.hint
    assert not key or key not in caught.value.message


@pytest.mark.parametrize(
    "base_url",
    [
        pytest.param("", id="empty"),
        pytest.param("api.telnyx.com/v2", id="no-scheme"),
        pytest.param("ftp://api.telnyx.com/v2", id="another-scheme"),
        pytest.param("https://", id="no-host"),
        pytest.param("http://api.example:port/", id="no-port"),
        pytest.param("https://me:secret-word@api.example/", id="a-password-would-replace-the-key"),
        pytest.param("https://api.example/v2?x=1", id="a-query"),
        pytest.param("https://api.example/v2#x", id="a-fragment"),
    ],
)
def test_an_unusable_base_url_is_refused(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(base_url)
    assert "https://api.telnyx.com/v2" in caught.value.hint
    assert "secret-word" not in caught.value.message


@pytest.mark.parametrize("proxy", ["socks5://localhost:1", "ftp://localhost:1", "http://h:port"])
def test_an_unusable_proxy_is_a_wrong_usage_and_no_traceback(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)

    async def work() -> None:
        async with make() as client:
            await client.request("GET", "/x")

    with pytest.raises(UsageError, match="A proxy named in the environment"):
        run_virtual(work())
