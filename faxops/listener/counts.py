"""What became of all that arrived."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Counted since the start.

    `events` is how many came for the first time and were taken, `duplicates` how often one of
    them came again. The others were refused: `unverified`, `too_large`, `cut_short` (the client
    went away or was too slow), `unsaved` (the file could not be written) and `failed` (a bug).

    `forwarded` and `executed` are of the events; `not_forwarded` and `not_executed` failed, or
    were too many to wait for.
    """

    events: int = 0
    duplicates: int = 0
    unverified: int = 0
    too_large: int = 0
    cut_short: int = 0
    unsaved: int = 0
    failed: int = 0
    forwarded: int = 0
    not_forwarded: int = 0
    executed: int = 0
    not_executed: int = 0

    @property
    def refused(self) -> int:
        """How many deliveries were not answered 200."""
        return self.unverified + self.too_large + self.cut_short + self.unsaved + self.failed

    def count_forward(self, good: bool) -> None:  # noqa: FBT001 - the one argument
        """One event was forwarded, or could not be."""
        self.forwarded += good
        self.not_forwarded += not good

    def count_execution(self, good: bool) -> None:  # noqa: FBT001 - the one argument
        """The program ran well for one event, or did not."""
        self.executed += good
        self.not_executed += not good
