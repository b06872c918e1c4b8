"""What a batch tells while it runs: each row that went wrong, and on a terminal how far it is."""

from __future__ import annotations

from typing import Self

from faxops.cli.output import Output
from faxops.report.batch_document import RowResult, row_document
from faxops.report.batch_text import row_lines


class BatchProgress:
    """Tells on standard error of the rows of the table `name`."""

    def __init__(self, screen: Output, name: str, total: int) -> None:
        self._screen = screen
        self._name = name
        self._total = total
        self._bar = None

    def __enter__(self) -> Self:
        if self._screen.shows_progress:
            from faxops.cli.progress_bar import ProgressBar  # noqa: PLC0415 - rich is slow to load

            self._bar = ProgressBar(self._total, color=self._screen.notes_style.color)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def ended(self, result: RowResult) -> None:
        """Tell of a row that was not sent, and count every one."""
        document = row_document(result, self._screen.masker)
        for line in row_lines(self._name, document, self._screen.notes_style):
            self._screen.note(line)
        if self._bar is not None:
            self._bar.advance()
