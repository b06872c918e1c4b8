"""What is wrong, where, and what to write instead: the one shape of every finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a file. `line` and `column` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How much a finding weighs: an error stops the run, a warning never does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `summary` is one sentence: what is wrong. `detail` says why it matters, or is empty.
    `suggestion` is what to write or do instead, or is empty. `snippet` is the offending line of the
    file without its line end, or is empty. `code` is described by `faxops explain CODE`.
    """

    severity: Severity
    code: str
    summary: str
    detail: str = ""
    suggestion: str = ""
    place: Place | None = None
    snippet: str = ""
