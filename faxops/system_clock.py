"""The real clock; everything above and below takes a `Clock` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

# A suspended machine must not take a lock for valid that has run out meanwhile: on Linux, the
# usual monotonic clock stands still then.
_BOOT_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's time (`faxops.model.clock.Clock`)."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, sleep of the machine included where it is counted."""
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        import asyncio  # noqa: PLC0415 - commands that send nothing read the clock, too

        await asyncio.sleep(seconds)
