"""Rate-limited APIs to measure the pacing against, on virtual time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

import httpx

from tests.telnyx.virtual import LoopClock

Headers = Callable[["Limiter", int], dict[str, str]]
Kind = Literal["fixed windows", "windows from a request", "token bucket"]

REFUSED = 429


class Limiter:
    """An API that takes `rate` requests a second and answers each after `latency` seconds.

    Fixed windows count anew with every second of the clock; windows from a request last a second
    and begin with the first request after the last; a bucket of `rate` tokens is refilled all
    the time. `headers` are what it says about its limit in a reply of a given status.
    """

    def __init__(
        self,
        clock: LoopClock,
        headers: Headers,
        *,
        rate: int = 50,
        latency: float = 0.05,
        kind: Kind = "fixed windows",
    ) -> None:
        self.clock = clock
        self.rate = rate
        self.created: list[bytes] = []
        self.refused = 0
        self._headers = headers
        self._latency = latency
        self._kind = kind
        self._window_start = -math.inf
        self._tokens = float(rate)
        self._filled_at = 0.0

    @property
    def remaining(self) -> int:
        """Requests that would be taken right now."""
        return math.floor(self._tokens)

    @property
    def reset(self) -> float:
        """Seconds until the next window, or until the bucket has a token."""
        if self._kind != "token bucket":
            return self._window_start + 1 - self.clock.monotonic()
        return max(0.0, 1 - self._tokens) / self.rate

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one POST."""
        await asyncio.sleep(self._latency / 2)
        taken = self._take()
        if taken:
            self.created.append(request.content)
        else:
            self.refused += 1
        headers = self._headers(self, 201 if taken else REFUSED)
        await asyncio.sleep(self._latency / 2)
        if taken:
            return httpx.Response(201, json={"data": {"id": "1"}}, headers=headers)
        error = {"errors": [{"code": "10011", "title": "Too many requests"}]}
        return httpx.Response(REFUSED, json=error, headers=headers)

    def _take(self) -> bool:
        now = self.clock.monotonic()
        if self._kind == "token bucket":
            grown = self._tokens + (now - self._filled_at) * self.rate
            self._tokens, self._filled_at = min(float(self.rate), grown), now
        elif now >= self._window_start + 1:
            self._window_start = math.floor(now) if self._kind == "fixed windows" else now
            self._tokens = float(self.rate)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def whole_seconds(limiter: Limiter, status: int) -> dict[str, str]:
    """All three headers, the reset in seconds from now, rounded up; Retry-After on a 429."""
    seconds = str(math.ceil(limiter.reset))
    return _limit(limiter, seconds) | ({"retry-after": seconds} if status == REFUSED else {})


def epoch(limiter: Limiter, _status: int) -> dict[str, str]:
    """All three headers, the reset as an epoch in whole seconds, and no Retry-After."""
    now = limiter.clock.now()
    reset = math.ceil(now.timestamp() + limiter.reset)
    date = {"date": format_datetime(now, usegmt=True)}
    return _limit(limiter, str(reset)) | date


def retry_after_date(limiter: Limiter, status: int) -> dict[str, str]:
    """Nothing but Retry-After, as a date."""
    now = limiter.clock.now()
    moment = datetime.fromtimestamp(math.ceil(now.timestamp() + limiter.reset), UTC)
    date = {"date": format_datetime(now, usegmt=True)}
    return date | (
        {"retry-after": format_datetime(moment, usegmt=True)} if status == REFUSED else {}
    )


def retry_after_only(limiter: Limiter, status: int) -> dict[str, str]:
    """Nothing but Retry-After, in whole seconds."""
    return {"retry-after": str(math.ceil(limiter.reset))} if status == REFUSED else {}


def silence(_limiter: Limiter, _status: int) -> dict[str, str]:
    """A limit that the API says nothing about."""
    return {}


def _limit(limiter: Limiter, reset: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limiter.rate),
        "x-ratelimit-remaining": str(limiter.remaining),
        "x-ratelimit-reset": reset,
    }
