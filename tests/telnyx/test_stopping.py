"""What a client still sends after the run was told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from faxops.errors import ApiError, RateLimited, ServerFailed, Withheld
from faxops.telnyx.client import TelnyxClient
from tests.telnyx.virtual import open_client, run_virtual

STOP_AFTER_SECONDS = 1.0
PATH = "/fax_applications/1"


def refused(status: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, headers={"retry-after": "20"})


async def error_of(client: TelnyxClient, method: str) -> ApiError | None:
    try:
        await client.request(method, PATH, json=None if method == "GET" else {})
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_waits_to_be_sent_again_fails_at_once_with_what_was_answered(method: str) -> None:
    async def work() -> None:
        async with open_client(refused(503)) as client:
            client.stop_with(stop_soon())
            assert isinstance(await error_of(client, method), ServerFailed)
            assert asyncio.get_running_loop().time() == STOP_AFTER_SECONDS
            assert sum(client.requests.values()) == 1

    run_virtual(work())


def test_what_waits_for_its_turn_is_not_sent() -> None:
    async def work() -> None:
        async with open_client(refused(429)) as client:
            client.stop_with(stop_soon())
            first = asyncio.create_task(error_of(client, "PATCH"))
            await asyncio.sleep(STOP_AFTER_SECONDS / 2)  # told to wait, and so is everyone
            errors = await asyncio.gather(first, error_of(client, "POST"), error_of(client, "GET"))
            assert [type(each) for each in errors] == [RateLimited, Withheld, Withheld]
            assert [each.processed for each in errors if each] == ["no", "no", "no"]
            assert asyncio.get_running_loop().time() == STOP_AFTER_SECONDS
            assert sum(client.requests.values()) == 1

    run_virtual(work())


def test_after_the_stop_a_read_is_sent_and_a_write_is_not() -> None:
    async def work() -> None:
        stop = asyncio.Event()
        stop.set()
        async with open_client(lambda _: httpx.Response(200, json={"data": {}})) as client:
            client.stop_with(stop)
            assert await error_of(client, "GET") is None
            write = await error_of(client, "PATCH")
            assert isinstance(write, Withheld)
            assert write.message == f"PATCH {PATH} was not sent: the run was interrupted."
            assert [method for method, _ in client.requests] == ["GET"]

    run_virtual(work())


def stop_soon() -> asyncio.Event:
    """An event that is set a second later."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(STOP_AFTER_SECONDS, stop.set)
    return stop
