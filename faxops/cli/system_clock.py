"""The real clock; everything above and below takes a `Clock` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's time (`faxops.model.clock.Clock`)."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        import asyncio  # noqa: PLC0415 - commands that send nothing read the clock, too

        await asyncio.sleep(seconds)
