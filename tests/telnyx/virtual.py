"""A client on a loop whose time is virtual: waits take no time and are counted exactly."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import httpx

from faxops.telnyx.answers import Answer
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.observer import Observer

Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
Result = TypeVar("Result")

KEY = "KEY0123456789_secret"
START = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


class _SkippingSelector(selectors.SelectSelector):
    """Where a loop would wait for its next timer, time jumps there instead."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.skipped += timeout or 0.0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that is never idle. Only for code that does no real I/O."""

    def __init__(self) -> None:
        self._selector_of_time = _SkippingSelector()
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._selector_of_time.skipped


class LoopClock:
    """A `Clock` on the running loop's time; `waited` are the sleeps it was asked for."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(seconds)


class JumpingClock(LoopClock):
    """A `Clock` for tests on a real loop: it sleeps by moving itself forward."""

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(0)

    def monotonic(self) -> float:
        return sum(self.waited)


def seeded(seed: int) -> Random:
    """Randomness that is the same in every run."""
    return Random(seed)  # noqa: S311 -- jitter of waits, no secret


def run_virtual(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, run on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


@asynccontextmanager
async def open_client(
    handler: Handler,
    *,
    clock: LoopClock | None = None,
    parallelism: int = 8,
    observer: Observer | None = None,
) -> AsyncGenerator[TelnyxClient]:
    """A client whose requests `handler` answers."""
    async with TelnyxClient(
        base_url="http://api.example/v2",
        api_key=KEY,
        clock=clock or LoopClock(),
        random=seeded(7),
        parallelism=parallelism,
        transport=httpx.MockTransport(handler),  # pyright: ignore[reportArgumentType] -- it takes async functions too; the union of both is not in its type
        observer=observer,
    ) as client:
        yield client


def answer_of(
    handler: Handler,
    method: str = "GET",
    path: str = "/fax_applications",
    *,
    clock: LoopClock | None = None,
    json: Mapping[str, Any] | None = None,
) -> Answer:
    """The answer, or the raised error, of one request on virtual time."""

    async def ask() -> Answer:
        async with open_client(handler, clock=clock) as client:
            return await client.request(method, path, json=json)

    return run_virtual(ask())
