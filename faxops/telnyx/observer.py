"""What happened on the wire, for `-v` and for metrics; never with a header or the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """One try of one request.

    `path` has no query. `status` is None when no whole reply came. `seconds` counts from the
    moment the request was let through to the end of the reply. `attempt` counts from 1.
    """

    method: str
    path: str
    status: int | None
    seconds: float
    request_id: str
    attempt: int


class Observer(Protocol):
    """Is told of every exchange as soon as it ended, retries included."""

    def exchanged(self, exchange: Exchange) -> None:
        """`exchange` has ended."""
        ...


class SilentObserver:
    """Does nothing with what it is told."""

    def exchanged(self, exchange: Exchange) -> None:
        """Ignore `exchange`."""
