"""A bar on standard error, drawn by rich."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class ProgressBar:
    """How many of `total` changes have ended. Lines printed meanwhile appear above it."""

    def __init__(self, total: int, *, color: bool) -> None:
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        console = Console(stderr=True, no_color=not color)
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task("", total=total)
        self._progress.start()

    def name(self, address: str) -> None:
        """The change that was begun last."""
        self._progress.update(self._task, description=address)

    def advance(self) -> None:
        """One more has ended."""
        self._progress.advance(self._task)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._progress.stop()
