"""The text of one file, and the spots in it that messages point at."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from faxops.model.diagnostic import Diagnostic, Place, Severity

SNIPPET_LENGTH = 240
"""Characters of an offending line that a message shows; a whole file may be one line."""

_SCAN_LENGTH = 65_536
_LINE_END = re.compile("\n")


class Source:
    """One file as it was read. `name` is how messages show it; `text` has no byte order mark."""

    __slots__ = ("_line_starts", "_scanned", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._line_starts = array("Q", [0])
        self._scanned = 0

    def place(self, index: int) -> Place:
        """Line and column of the character at `index`, counted as editors count them."""
        self._scan(index)
        line = bisect_right(self._line_starts, index)
        return Place(self.name, line, index - self._line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number`, from 1, without its end and cut to a readable length."""
        begin = self.index_of_line(number)
        cut = self.text[begin : begin + SNIPPET_LENGTH]
        return cut.partition("\n")[0].rstrip("\r")

    def index_of_line(self, number: int) -> int:
        """Where line `number`, from 1, begins; the last line when there are fewer."""
        while len(self._line_starts) < number and self._scanned < len(self.text):
            self._scan(self._scanned + _SCAN_LENGTH)
        return self._line_starts[min(number, len(self._line_starts)) - 1]

    def _scan(self, index: int) -> None:
        # A file is scanned as far as messages and blocks need: a hostile one has a hundred
        # findings at its start and ten million lines.
        if index < self._scanned:
            return
        end = max(index + 1, self._scanned + _SCAN_LENGTH)
        ends = _LINE_END.finditer(self.text, self._scanned, end)
        self._line_starts.extend(match.end() for match in ends)
        self._scanned = end


@dataclass(frozen=True, slots=True)
class Spot:
    """A character of a file that something is wrong with, or that something was read from."""

    source: Source
    index: int

    @property
    def place(self) -> Place:
        """The spot as file, line and column."""
        return self.source.place(self.index)

    def error(
        self, code: str, summary: str, *, detail: str = "", suggestion: str = ""
    ) -> Diagnostic:
        """A finding at this spot that stops the run."""
        return self._diagnostic(Severity.ERROR, code, summary, detail, suggestion)

    def warning(
        self, code: str, summary: str, *, detail: str = "", suggestion: str = ""
    ) -> Diagnostic:
        """A finding at this spot that does not stop the run."""
        return self._diagnostic(Severity.WARNING, code, summary, detail, suggestion)

    def _diagnostic(
        self, severity: Severity, code: str, summary: str, detail: str, suggestion: str
    ) -> Diagnostic:
        place = self.place
        snippet = self.source.line(place.line)
        return Diagnostic(severity, code, summary, detail, suggestion, place, snippet)
