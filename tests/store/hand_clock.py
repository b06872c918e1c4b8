"""A clock whose time passes only when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


class HandClock:
    """A `Clock`; who sleeps on it wakes when the test has moved it far enough."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, woken))
        await woken

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self._passed]
        for sleeper in due:
            self._sleepers.remove(sleeper)
            if not sleeper[1].done():
                sleeper[1].set_result(None)

    async def until_someone_sleeps(self) -> None:
        """Return once all who work have come to wait for this clock."""
        await until(lambda: any(not woken.done() for _, woken in self._sleepers))


async def until(condition: Callable[[], bool]) -> None:
    """Return once it is so; for what a thread or another process brings about."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - they set no event of this loop
            await asyncio.sleep(0.005)
