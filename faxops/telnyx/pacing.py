"""The gate that every request of a client passes, so that a rate limit slows all of them.

Two sources tell how fast to go. `Budget` follows the `x-ratelimit-*` headers and slows down
before a 429. `LearnedRate` works where those headers are missing or wrong: it measures how many
requests were accepted until a 429, and then keeps just below that rate.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

from faxops.model.clock import Clock
from faxops.telnyx.waits import RateLimit

# Requests that were late to start (timers are coarse) may be caught up by this many seconds.
_CATCH_UP_SECONDS: Final = 0.05
# A measured rate is trusted a little less than wholly: one request too many costs a whole wait.
_MARGIN: Final = 0.96
# A learned rate has doubled this many seconds after the last 429 and is soon forgotten then.
_DOUBLING_SECONDS: Final = 20.0


class Budget:
    """How many requests the API said are left, and until when.

    The first half of a limit is spent freely; the second half is spread evenly over what is left
    of its period, so that a long job never runs into the wall and a short one is never slowed.
    """

    def __init__(self) -> None:
        self._limit = 0
        self._left = 0
        self._ends = -math.inf

    def started(self) -> None:
        """One more request is on its way."""
        self._left -= 1

    def told(self, told: RateLimit, *, in_flight: int, now: float) -> None:
        """A reply said how much is left; `in_flight` others may not be counted in it yet."""
        left = told.remaining - in_flight
        # Replies overtake each other, so only a larger rise is a new period.
        renewed = now >= self._ends or left > self._left + in_flight + 1
        ends = now + told.reset_seconds
        # Whole seconds are rounded up: within a period the earliest end is the closest.
        self._ends = ends if renewed else min(self._ends, ends)
        self._limit, self._left = told.limit, left

    def next_start(self, previous: float, now: float) -> float:
        """When the next request may start, on the clock of `now`, the last being `previous`."""
        if now >= self._ends or self._left > self._limit / 2:
            return now
        if self._left <= 0:
            return self._ends
        return previous + (self._ends - now) / self._left


class LearnedRate:
    """The rate, in requests a second, that the API was seen to accept; none before a 429."""

    def __init__(self) -> None:
        self._rate: float | None = None
        self._accepted = 0
        self._counted_from = 0.0
        self._resumed_at = -math.inf
        self._count_anew = True

    def accepted(self, started: float) -> None:
        """The request that started at `started` was not refused with 429."""
        if started < self._resumed_at:
            return
        if self._count_anew:
            self._accepted, self._counted_from, self._count_anew = 0, started, False
        self._accepted += 1

    def refused(self, started: float, now: float, wait: float) -> None:
        """The request that started at `started` got a 429; everyone waits `wait` seconds."""
        if started < self._resumed_at:
            return  # sent before the last slow-down, so it says nothing about the rate since
        self._resumed_at = now + wait
        self._count_anew = True
        if self._accepted == 0:
            return
        # A long wait was rounded up by up to one second, sometimes by two.
        rounding = 1.0 if wait >= 1 else 0.0
        span = max(now - self._counted_from + wait - rounding, min(wait, 1.0), 0.001)
        rate = _MARGIN * self._accepted / span
        if self._rate is not None:
            # One short span can be far off: a second 429 costs from an eighth to half of the speed.
            rate = min(max(rate, self._rate / 2), self._rate * 0.88)
        self._rate = rate

    def next_start(self, previous: float, now: float) -> float:
        """When the next request may start, on the clock of `now`, the last being `previous`."""
        if self._rate is None:
            return now
        quiet = max(now - self._resumed_at, 0.0)
        # Slow at first: near the limit a little more speed gains little and costs a 429.
        growth = 1 + (quiet / _DOUBLING_SECONDS) ** 3
        return previous + 1 / (self._rate * growth)


class Pace:
    """The gate. `turn` before each request, then exactly one of `answered` and `lost`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Waiting under the lock keeps requests in their order and lets only one hold a timer.
        self._gate = asyncio.Lock()
        self._in_flight = 0
        self._held_until = -math.inf
        self._previous = -math.inf
        self._budget = Budget()
        self._learned = LearnedRate()

    async def turn(self) -> float:
        """Wait until a request may start; the moment it did, on the monotonic clock."""
        async with self._gate:
            while (start := self._next_start()) > (now := self._clock.monotonic()):
                await self._clock.sleep(start - now)
            self._previous = max(start, now - _CATCH_UP_SECONDS)
        self._in_flight += 1
        self._budget.started()
        return now

    def lost(self) -> None:
        """A request ended without a reply."""
        self._in_flight -= 1

    def answered(self, started: float, told: RateLimit | None) -> None:
        """A reply other than 429 arrived for the request that started at `started`."""
        self._in_flight -= 1
        self._hear(told)
        self._learned.accepted(started)

    def refused(self, started: float, told: RateLimit | None, wait: float) -> None:
        """A 429 arrived: nobody starts within the next `wait` seconds."""
        self._in_flight -= 1
        now = self._clock.monotonic()
        self._held_until = max(self._held_until, now + wait)
        self._hear(told)
        self._learned.refused(started, now, wait)

    def _hear(self, told: RateLimit | None) -> None:
        if told is not None:
            self._budget.told(told, in_flight=self._in_flight, now=self._clock.monotonic())

    def _next_start(self) -> float:
        now = self._clock.monotonic()
        return max(
            self._held_until,
            self._budget.next_start(self._previous, now),
            self._learned.next_start(self._previous, now),
        )
