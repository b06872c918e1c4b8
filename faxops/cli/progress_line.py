"""One line on standard error that changes, drawn by rich."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class ProgressLine:
    """What is waited for and for how long; it is gone once it is closed."""

    def __init__(self, told: str, *, color: bool) -> None:
        # As text and not as rich's markup, of which "[" would be a part.
        columns = (
            SpinnerColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        console = Console(stderr=True, no_color=not color)
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(told, total=None)
        self._progress.start()

    def tell(self, told: str) -> None:
        """Show this from now on."""
        self._progress.update(self._task, description=told)

    def close(self) -> None:
        """Take the line off the screen."""
        self._progress.stop()
