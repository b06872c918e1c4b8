"""What follows a delivery and is not waited for: a bounded queue and a few workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Self

from faxops.listener.delivery import Delivery

WORKERS: Final = 4
MOST_WAITING: Final = 1_000
GRACE_SECONDS: Final = 5.0

Work = Callable[[Delivery], Awaitable[bool]]
"""Does what follows a delivery; False if that failed."""


class Backlog:
    """Deliveries waiting for `work`, four at a time. Use it as an async context manager.

    At most 1,000 wait; more are not taken. At the end what waits gets five seconds. `ended` is
    called once for each delivery with how it ended.
    """

    def __init__(self, work: Work, ended: Callable[[bool], None]) -> None:
        self._work = work
        self._ended = ended
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue(MOST_WAITING)
        self._unfinished = 0
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._run()) for _ in range(WORKERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._queue.join()
        for worker in self._workers:
            worker.cancel()
        for worker in self._workers:
            with suppress(asyncio.CancelledError):
                await worker
        for _unfinished in range(self._unfinished):
            self._ended(False)  # noqa: FBT003 - the one argument

    def add(self, delivery: Delivery) -> None:
        """Have the work done soon, or count it as failed if too much waits already."""
        try:
            self._queue.put_nowait(delivery)
        except asyncio.QueueFull:
            self._ended(False)  # noqa: FBT003 - the one argument
        else:
            self._unfinished += 1

    async def _run(self) -> None:
        while True:
            delivery = await self._queue.get()
            good = await self._work(delivery)
            self._unfinished -= 1
            self._ended(good)
            self._queue.task_done()
