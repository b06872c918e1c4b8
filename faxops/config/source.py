"""The text of one file, and the spots in it that messages point at."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from faxops.model.diagnostic import Diagnostic, Place, Severity

SNIPPET_LENGTH = 240
"""Characters of an offending line that a message shows; a whole file may be one line."""


class Source:
    """One file as it was read. `name` is how messages show it; `text` has no byte order mark."""

    __slots__ = ("_line_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._line_starts: array[int] | None = None

    def place(self, index: int) -> Place:
        """Line and column of the character at `index`, counted as editors count them."""
        starts = self._starts()
        line = bisect_right(starts, index)
        return Place(self.name, line, index - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number`, from 1, without its end and cut to a readable length."""
        starts = self._starts()
        begin = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[begin : min(end, begin + SNIPPET_LENGTH)].rstrip("\r\n")

    def index_of_line(self, number: int) -> int:
        """Where line `number`, from 1, begins; the last line when there are fewer."""
        starts = self._starts()
        return starts[min(number, len(starts)) - 1]

    def _starts(self) -> array[int]:
        # Only messages and block places need lines, so a file is scanned on the first question.
        if self._line_starts is None:
            ends = (match.end() for match in re.finditer("\n", self.text))
            self._line_starts = array("Q", [0, *ends])
        return self._line_starts


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
