"""A batch of faxes as a document: what became of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from faxops.errors import ExitCode, FaxopsError
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.fax_document import Document, faxes_document
from faxops.report.masking import Masker
from faxops.report.sending_document import SendingOutcome

_TAKEN: Final = frozenset({SendingOutcome.SENT, SendingOutcome.FOUND, SendingOutcome.ALREADY_SENT})


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row. `error` says why it was not sent, or why that is unknown."""

    number: int
    line: int
    from_: str
    to: str
    outcome: SendingOutcome
    fax_id: str = ""
    error: FaxopsError | None = None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """A batch that ran, its rows in the order of the table.

    `stopped` says why rows were not attempted, and is empty when all were. `interrupted` says
    that it was a signal.
    """

    file: str
    results: str
    rows: tuple[RowResult, ...]
    stopped: str = ""
    interrupted: bool = False

    def count(self, *outcomes: SendingOutcome) -> int:
        """How many rows ended in one of these."""
        return sum(row.outcome in outcomes for row in self.rows)

    @property
    def exit_code(self) -> ExitCode:
        """9 before 8; when no row was sent, what kept the first one from it."""
        if self.count(SendingOutcome.UNKNOWN):
            return ExitCode.UNKNOWN_OUTCOME
        taken = self.count(*_TAKEN)
        if taken == len(self.rows):
            return ExitCode.DONE
        if taken:
            return ExitCode.PARTLY_APPLIED
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return next((row.error.exit_code for row in self.rows if row.error), ExitCode.FAILED)


def batch_document(outcome: BatchOutcome, masker: Masker) -> Document:
    """The document of a batch that ran."""
    return _document(
        {
            "file": outcome.file,
            "results": outcome.results,
            "summary": _summary(outcome),
            "rows": [row_document(row, masker) for row in outcome.rows],
            "stopped": masker.redacted(outcome.stopped),
        }
    )


def batch_requests_document(file: str, requests: Sequence[Document], masker: Masker) -> Document:
    """The document of a dry run: the request of each row."""
    batch = {"file": file, "requests": masker.redacted_tree(list(requests))}
    return {**_document(batch), "outcome": SendingOutcome.DRY_RUN.value}


def failed_batch_document(error: FaxopsError, masker: Masker) -> Document:
    """The document of a batch of which nothing was sent."""
    return {**_document(None), "diagnostics": _findings(error, masker)}


def _document(batch: Document | None) -> Document:
    return {**faxes_document([]), "batch": batch}


def _summary(outcome: BatchOutcome) -> dict[str, int]:
    return {
        "sent": outcome.count(SendingOutcome.SENT, SendingOutcome.FOUND),
        "already_sent": outcome.count(SendingOutcome.ALREADY_SENT),
        "failed": outcome.count(SendingOutcome.NOT_SENT),
        "unknown": outcome.count(SendingOutcome.UNKNOWN),
        "not_attempted": outcome.count(SendingOutcome.NOT_ATTEMPTED),
    }


def row_document(row: RowResult, masker: Masker) -> Document:
    """What became of one row."""
    found = _findings(row.error, masker) if row.error else []
    return {
        "row": row.number,
        "line": row.line,
        "from": row.from_,
        "to": row.to,
        "outcome": row.outcome.value,
        "fax_id": row.fax_id or None,
        "error": found[0] if found else None,
    }


def _findings(error: FaxopsError, masker: Masker) -> list[Document]:
    return [diagnostic_document(each, masker) for each in diagnostics_of(error)]
