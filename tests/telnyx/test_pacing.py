from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from faxops.telnyx.pacing import Pace
from faxops.telnyx.waits import RateLimit
from tests.telnyx.limits import (
    Headers,
    Kind,
    Limiter,
    epoch,
    retry_after_date,
    retry_after_only,
    silence,
    whole_seconds,
)
from tests.telnyx.virtual import LoopClock, open_client, run_virtual

CREATES = 300
RATE = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """How an apply of many creates went; `seconds` is until the last was answered."""

    seconds: float
    refused: int
    requests: int
    created: tuple[bytes, ...]


def create_many(
    headers: Headers, *, latency: float = 0.05, kind: Kind = "fixed windows", phase: float = 0.0
) -> Measured:
    async def measure() -> Measured:
        clock = LoopClock()
        limiter = Limiter(clock, headers, rate=RATE, latency=latency, kind=kind)
        # When in a second of the API's clock the work begins.
        await asyncio.sleep(phase)
        async with open_client(limiter.handle, clock=clock) as client:

            async def worker(numbers: Iterator[int]) -> None:
                for number in numbers:
                    await client.request("POST", "/fax_applications", json={"n": number})

            numbers = iter(range(CREATES))
            await asyncio.gather(*(worker(numbers) for _ in range(client.parallelism)))
            total = client.requests.total()
        return Measured(clock.monotonic() - phase, limiter.refused, total, tuple(limiter.created))

    return run_virtual(measure())


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        pytest.param(whole_seconds, "fixed windows", id="all-headers-fixed-windows"),
        pytest.param(whole_seconds, "windows from a request", id="all-headers-lazy-windows"),
        pytest.param(whole_seconds, "token bucket", id="all-headers-token-bucket"),
        pytest.param(epoch, "fixed windows", id="epoch-fixed-windows"),
        pytest.param(epoch, "token bucket", id="epoch-token-bucket"),
        pytest.param(retry_after_only, "fixed windows", id="retry-after-fixed-windows"),
        pytest.param(retry_after_only, "windows from a request", id="retry-after-lazy-windows"),
        pytest.param(retry_after_only, "token bucket", id="retry-after-token-bucket"),
        pytest.param(retry_after_date, "fixed windows", id="a-date-fixed-windows"),
        pytest.param(retry_after_date, "token bucket", id="a-date-token-bucket"),
    ],
)
@pytest.mark.parametrize("latency", [0.01, 0.05])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.95])
def test_300_creates_against_50_a_second_are_near_ideal_and_seldom_refused(
    headers: Headers, kind: Kind, latency: float, phase: float
) -> None:
    measured = create_many(headers, latency=latency, kind=kind, phase=phase)
    assert measured.seconds <= 1.25 * CREATES / RATE
    assert measured.refused <= 0.1 * measured.requests
    assert len(set(measured.created)) == len(measured.created) == CREATES


def test_a_limit_that_is_never_explained_slows_the_work_and_breaks_nothing() -> None:
    measured = create_many(silence, latency=0.0)
    assert measured.seconds <= 2 * CREATES / RATE
    assert measured.refused <= 0.1 * measured.requests
    assert len(set(measured.created)) == len(measured.created) == CREATES


def test_the_headers_alone_keep_every_request_from_being_refused() -> None:
    assert create_many(whole_seconds).refused == 0


def test_one_refusal_holds_every_request() -> None:
    starts: list[float] = []

    async def work() -> None:
        clock = LoopClock()

        def handle(request: httpx.Request) -> httpx.Response:
            starts.append(clock.monotonic())
            if len(starts) == 1:
                return httpx.Response(429, headers={"retry-after": "30"})
            return httpx.Response(200, json={"data": []}, request=request)

        async with open_client(handle, clock=clock) as client:
            first = asyncio.create_task(client.request("GET", "/a"))
            await clock.sleep(1)
            await asyncio.gather(first, *(client.request("GET", f"/{n}") for n in range(5)))

    run_virtual(work())
    assert starts[0] == 0.0
    assert len(starts) == 7
    assert min(starts[1:]) >= 30.0


def test_without_a_word_about_limits_nothing_is_slowed() -> None:
    async def work() -> float:
        pace = Pace(clock := LoopClock())
        for _ in range(1000):
            pace.answered(await pace.turn(), None)
        return sum(clock.waited)

    assert run_virtual(work()) == 0.0


def test_the_first_half_of_a_limit_is_spent_freely_and_the_second_is_spread() -> None:
    async def work() -> list[float]:
        pace = Pace(LoopClock())
        starts: list[float] = []
        for used in range(1, 101):
            starts.append(await pace.turn())
            pace.answered(starts[-1], RateLimit(100, 100 - used, 60.0))
        return starts

    starts = run_virtual(work())
    assert starts[:50] == [0.0] * 50
    assert starts[-1] <= 60.0
    gaps = [after - before for before, after in itertools.pairwise(starts[50:])]
    assert min(gaps) > 1.0  # 60 s for 50 requests, less the first of them


def test_when_nothing_is_left_everyone_waits_for_the_reset() -> None:
    async def work() -> float:
        pace = Pace(LoopClock())
        pace.answered(await pace.turn(), RateLimit(100, 0, 20.0))
        return await pace.turn()

    assert run_virtual(work()) == pytest.approx(20.0)


def test_requests_start_in_the_order_in_which_they_were_asked_for() -> None:
    async def work() -> list[int]:
        pace = Pace(LoopClock())
        pace.refused(await pace.turn(), None, 5.0)
        order: list[int] = []

        async def one(number: int) -> None:
            await pace.turn()
            order.append(number)

        await asyncio.gather(*(one(number) for number in range(20)))
        return order

    assert run_virtual(work()) == list(range(20))


def test_a_request_that_is_given_up_at_the_gate_does_not_close_it() -> None:
    async def work() -> float:
        pace = Pace(LoopClock())
        pace.refused(await pace.turn(), None, 5.0)
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(1)
        waiting.cancel()
        return await pace.turn()

    assert run_virtual(work()) == pytest.approx(5.0)


def test_a_learned_rate_is_forgotten_when_nothing_is_refused_for_long() -> None:
    async def work() -> list[float]:
        pace = Pace(clock := LoopClock())
        for _ in range(10):
            pace.answered(await pace.turn(), None)
        pace.refused(await pace.turn(), None, 1.0)
        await clock.sleep(200)
        starts: list[float] = []
        for _ in range(50):
            starts.append(await pace.turn())
            pace.answered(starts[-1], None)
        return starts

    starts = run_virtual(work())
    assert starts[-1] - starts[0] < 0.1
