"""What an apply tells while it runs: a line for each change that is done."""

from __future__ import annotations

from typing import Self

from faxops.cli.output import Output
from faxops.reconcile.outcome import ChangeOutcome
from faxops.reconcile.plan import Change
from faxops.report.outcome_text import progress_line


class ApplyProgress:
    """Tells on standard error of each change (`faxops.reconcile.execute.Progress`).

    On a terminal a bar below the lines shows how far the run is.
    """

    def __init__(self, screen: Output, total: int) -> None:
        self._screen = screen
        self._total = total
        self._bar = None

    def __enter__(self) -> Self:
        if self._screen.shows_progress and self._total:
            from faxops.cli.progress_bar import ProgressBar  # noqa: PLC0415 - rich is slow to load

            self._bar = ProgressBar(self._total, color=self._screen.notes_style.color)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def started(self, change: Change) -> None:
        """Name the change beside the bar."""
        if self._bar is not None:
            self._bar.name(change.address)

    def finished(self, outcome: ChangeOutcome) -> None:
        """Print the line of a change that went well; the report tells of the others."""
        if outcome.is_whole:
            change = outcome.change
            action = "import" if change.importing else change.action.value
            line = progress_line(change.address, action, outcome.id, self._screen.notes_style)
            self._screen.note(line)
        if self._bar is not None:
            self._bar.advance()
