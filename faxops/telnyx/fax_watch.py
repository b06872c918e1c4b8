"""A fax followed to its end, by asking for it again and again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from faxops.model.clock import Clock
from faxops.model.fax import Fax
from faxops.telnyx.faxes import Faxes

FIRST_WAIT_SECONDS: Final = 2.0
LONGEST_WAIT_SECONDS: Final = 10.0
_GROWTH: Final = 1.5


async def follow(
    faxes: Faxes, fax_id: str, clock: Clock, *, limit_seconds: float
) -> AsyncGenerator[Fax]:
    """The fax as it is now, and again each time its status has changed, until its end.

    It is asked for every 2 s at first and every 10 s later. After `limit_seconds` it is asked for
    a last time; then the last fax given is not final. Raises an `ApiError` when it can't be read,
    `ObjectNotFound` also when it is deleted meanwhile.
    """
    deadline = clock.monotonic() + limit_seconds
    wait = FIRST_WAIT_SECONDS
    status = None
    while True:
        fax = await faxes.get(fax_id)
        if fax.status != status:
            status = fax.status
            yield fax
        left = deadline - clock.monotonic()
        if fax.is_final or left <= 0:
            return
        await clock.sleep(min(wait, left))
        wait = min(wait * _GROWTH, LONGEST_WAIT_SECONDS)
