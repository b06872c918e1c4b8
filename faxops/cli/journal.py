"""One apply in the history of a store, from right before its first write to its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from faxops.errors import ExitCode, StoreFailed
from faxops.system_clock import SystemClock
from faxops.telnyx.observer import Exchange

if TYPE_CHECKING:
    from faxops.store.runs import Run, Runs

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Writes:
    """Remembers the requests that were no GET, with the ids by which Telnyx finds them."""

    sent: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def exchanged(self, exchange: Exchange) -> None:
        """Remember it (`faxops.telnyx.observer.Observer`)."""
        if exchange.method != "GET":
            names = ("method", "path", "status", "request_id")
            self.sent.append({name: getattr(exchange, name) for name in names})


@dataclass(frozen=True, slots=True)
class Journal:
    """Where the run is written down. `tell` is told when its end could not be."""

    runs: Runs
    run: Run
    writes: Writes
    tell: Callable[[str], None]

    async def begin(self, report: Document) -> None:
        """Write down what is about to be done. Raises `StoreFailed`: then nothing is done."""
        await self.runs.keep(self.run, report)

    async def end(self, report: Document, code: ExitCode) -> bool:
        """Write down what became of it; whether that could be done.

        What was done stays done, so a store that is gone by now must not hide it.
        """
        ended = replace(self.run, finished_at=SystemClock().now(), exit_code=int(code))
        try:
            await self.runs.keep(ended, report, tuple(self.writes.sent))
        except StoreFailed as error:
            self.tell(f"The history does not show the end of this run: {error.message}")
            return False
        return True
