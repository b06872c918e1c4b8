"""A network between a batch and its account: slow, and able to kill the sender.

What was on its way when the sender died arrives all the same, sometimes well into the next run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Literal

import httpx

Moment = Literal["before", "after"]

LONGEST_TRIP_SECONDS = 0.5
LATEST_ARRIVAL_SECONDS = 20.0


class Killed(BaseException):
    """The process was killed: nothing in it may take this for a failure to deal with."""


class Network(httpx.AsyncBaseTransport):
    """The way to the account `way`.

    The sender is killed at its request `number`, before or after that was done; 0 is never.
    `strays` are requests of a dead sender that are still on their way. `dying` is called at the
    moment of death.
    """

    def __init__(
        self,
        way: httpx.AsyncBaseTransport,
        random: Random,
        *,
        number: int = 0,
        moment: Moment = "before",
        strays: list[httpx.Request] | None = None,
        dying: Callable[[], None] = lambda: None,
    ) -> None:
        self.on_their_way: list[httpx.Request] = []
        self._way = way
        self._random = random
        self._number = number
        self._moment = moment
        self._strays = strays or []
        self._dying = dying
        self._seen = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request there and its answer back."""
        self._seen += 1
        number = self._seen
        while self._strays:
            self._tasks.append(asyncio.create_task(self._arrive(self._strays.pop())))
        if number == self._number and self._moment == "before":
            self._kill()
        self.on_their_way.append(request)
        await self._trip()
        self.on_their_way.remove(request)
        response = await self._way.handle_async_request(request)
        if number == self._number:
            self._kill()
        await self._trip()
        return response

    async def _trip(self) -> None:
        await asyncio.sleep(self._random.uniform(0, LONGEST_TRIP_SECONDS))

    async def _arrive(self, stray: httpx.Request) -> None:
        self.on_their_way.append(stray)
        await asyncio.sleep(self._random.uniform(0, LATEST_ARRIVAL_SECONDS))
        self.on_their_way.remove(stray)
        await self._way.handle_async_request(stray)

    def _kill(self) -> None:
        self._dying()
        raise Killed
