"""The faxes of a listener as a table on standard output, drawn by rich."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from faxops.listener.counts import Counts
from faxops.listener.live_faxes import LiveFax, LiveFaxes
from faxops.report.escape import terminal
from faxops.report.style import Style
from faxops.report.webhook_document import counts_document
from faxops.report.webhook_text import counts_text

_FRAME_LINES: Final = 6
_STYLES: Final = {"delivered": "green", "received": "green", "failed": "red"}


class WebhookTable:
    """The faxes last heard of, as many as the terminal has lines. Notes appear above it."""

    def __init__(self, faxes: LiveFaxes, counts: Counts, *, color: bool) -> None:
        self._faxes = faxes
        self._counts = counts
        self._console = Console(no_color=not color)
        self._live = Live(console=self._console, auto_refresh=False)
        self._live.start()
        self.draw()

    def draw(self) -> None:
        """Show how things stand now."""
        self._live.update(self._table(), refresh=True)

    def close(self) -> None:
        """Leave the last table on the screen."""
        self.draw()
        self._live.stop()

    def _table(self) -> Table:
        counted = counts_text(counts_document(asdict(self._counts)), Style()).rstrip()
        table = Table("FAX", "FROM", "TO", "STATUS", "PAGES", "REASON", caption=counted)
        for fax in self._faxes.newest(max(1, self._console.height - _FRAME_LINES)):
            table.add_row(*_cells(fax))
        return table


def _cells(fax: LiveFax) -> list[Text]:
    pages = "" if fax.page_count is None else str(fax.page_count)
    plain = [Text(terminal(text)) for text in (fax.fax_id, fax.from_, fax.to)]
    status = Text(terminal(fax.status), style=_STYLES.get(fax.status, ""))
    return [*plain, status, Text(pages), Text(terminal(fax.failure_reason))]
