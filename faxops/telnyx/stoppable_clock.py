"""Waits that end when the run is to end, so that nothing is sent after them."""

from __future__ import annotations

import asyncio
from datetime import datetime

from faxops.model.clock import Clock


class WaitEnded(Exception):
    """A wait was cut short by `StoppableClock.stop_with`; never reaches a user."""


class StoppableClock:
    """A `Clock` whose waits raise `WaitEnded` once its event is set; without one it is `clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stop: asyncio.Event | None = None

    def stop_with(self, stop: asyncio.Event) -> None:
        """End every wait when `stop` is set, those under way included."""
        self._stop = stop

    @property
    def is_stopped(self) -> bool:
        """Whether the event was set."""
        return self._stop is not None and self._stop.is_set()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`. Raises `WaitEnded`."""
        if self._stop is None:
            await self._clock.sleep(seconds)
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({sleeping, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopped.cancel()
        if self._stop.is_set():
            raise WaitEnded
