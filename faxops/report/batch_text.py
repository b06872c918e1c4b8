"""A batch of faxes for people: the rows that need somebody, and how many went well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.sending_text import request_lines
from faxops.report.style import Style

Document = Mapping[str, Any]

_WORDS: Final = {"not_sent": "Not sent", "unknown": "Perhaps sent"}


def batch_text(document: Document, style: Style) -> str:
    """What went wrong, row by row, and the counts."""
    if document["batch"] is None:
        return "\n".join(diagnostics_text(document["diagnostics"], style)) + "\n"
    batch = document["batch"]
    lines = [line for row in batch["rows"] for line in row_lines(batch["file"], row, style)]
    if batch["stopped"]:
        lines.append(style.warning(f"Stopped: {terminal(batch['stopped'])}"))
    summary = batch["summary"]
    lines += [
        style.strong(
            f"Batch: {summary['sent']} sent, {summary['already_sent']} sent before,"
            f" {summary['failed']} failed, {summary['unknown']} unknown,"
            f" {summary['not_attempted']} not attempted."
        ),
        f"Results: {terminal(batch['results'])}",
    ]
    if summary["failed"] or summary["unknown"] or summary["not_attempted"]:
        lines.append("Run the same command again to send what is left; no row is sent twice.")
    return "\n".join(lines) + "\n"


def row_lines(file: str, row: Document, style: Style) -> Iterator[str]:
    """The lines of a row that was not sent, or may not have been; none for any other."""
    if row["outcome"] not in _WORDS or row["error"] is None:
        return
    error = row["error"]
    place = terminal(f"{file}:{row['line']}")
    yield f"{place}: {style.error(_WORDS[row['outcome']])}: {terminal(error['summary'])}"
    if error["suggestion"]:
        yield f"  {style.faint('->')} {terminal(error['suggestion'])}"


def batch_requests_text(document: Document, style: Style) -> str:
    """The requests of a dry run."""
    requests = document["batch"]["requests"]
    lines = [style.strong(f"Nothing was sent. These {len(requests)} would be:")]
    for number, request in enumerate(requests, start=1):
        lines += [f"row {number}", *request_lines(request)]
    return "\n".join(lines) + "\n"
