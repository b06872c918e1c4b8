"""Which events came already, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

# A delivery is accepted from 300 s before its timestamp until 300 s after it.
WINDOW_SECONDS: Final = 600.0
MOST_IDS: Final = 32_768


class Seen:
    """The ids of the events of the last ten minutes, the newest 32,768 of them at most.

    Ten minutes, because that is how long the same signature can be sent again and be accepted.
    """

    def __init__(self, *, most: int = MOST_IDS) -> None:
        self._most = most
        self._since: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._since

    def add(self, event_id: str, now: float) -> None:
        """Keep an id that came at `now` (seconds of a clock that never goes back)."""
        self._since[event_id] = now
        while len(self._since) > self._most or self._oldest() < now - WINDOW_SECONDS:
            self._since.popitem(last=False)

    def _oldest(self) -> float:
        return next(iter(self._since.values()))
