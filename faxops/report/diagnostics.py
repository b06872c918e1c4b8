"""Findings and failures as one shape of document, and as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from faxops.errors import ApiError, ConfigurationInvalid, FaxopsError, StalePlan
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.report.escape import terminal
from faxops.report.excerpt import excerpt
from faxops.report.masking import Masker
from faxops.report.style import Style

Document = Mapping[str, Any]


def diagnostics_of(error: FaxopsError) -> tuple[Diagnostic, ...]:
    """A failure as findings: the configuration's own, or one made of its message."""
    if isinstance(error, ConfigurationInvalid):
        return error.diagnostics
    detail = ""
    if isinstance(error, StalePlan):
        detail = "\n".join(error.differences)
    elif isinstance(error, ApiError) and error.request_id not in error.message:
        detail = f"Request id: {error.request_id}"
    return (Diagnostic(Severity.ERROR, error.code, error.message, detail, error.hint),)


def diagnostic_document(diagnostic: Diagnostic, masker: Masker) -> dict[str, Any]:
    """One finding as it stands in every JSON document; the place is null where there is none."""
    place = diagnostic.place
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": masker.redacted(diagnostic.summary),
        "detail": masker.redacted(diagnostic.detail),
        "suggestion": masker.redacted(diagnostic.suggestion),
        "file": masker.redacted(place.file) if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "snippet": masker.redacted(diagnostic.snippet),
    }


def diagnostics_text(documents: Iterable[Document], style: Style) -> list[str]:
    """Findings as lines: place and sentence, the offending line, the reason, what to do."""
    lines: list[str] = []
    for document in documents:
        lines += _diagnostic_lines(document, style)
    return lines


def _diagnostic_lines(document: Document, style: Style) -> list[str]:
    severity = document["severity"]
    paint = style.error if severity == Severity.ERROR else style.warning
    head = f"{paint(severity.capitalize())} {document['code']}: {terminal(document['summary'])}"
    lines = [head]
    if document["file"] is not None:
        place = f"{document['file']}:{document['line']}:{document['column']}"
        lines.append(f"  {style.faint('at')} {terminal(place)}")
    if document["snippet"]:
        lines += _snippet_lines(document, paint, style)
    if document["detail"]:
        lines += [f"  {terminal(line)}" for line in document["detail"].split("\n")]
    if document["suggestion"]:
        lines.append(f"  {style.faint('->')} {terminal(document['suggestion'])}")
    lines.append("")
    return lines


def _snippet_lines(document: Document, paint: Callable[[str], str], style: Style) -> Iterator[str]:
    shown = excerpt(document["snippet"], document["column"] or 1)
    number = str(document["line"])
    yield f"  {style.faint(number + ' |')} {shown.line}"
    if shown.caret is not None:
        yield f"  {style.faint(' ' * len(number) + ' |')} {' ' * shown.caret}{paint('^')}"
