"""Findings and failures as one shape of document, and as text for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from faxops.errors import ApiError, ConfigurationInvalid, FaxopsError, StalePlan
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.report.escape import terminal
from faxops.report.masking import Masker
from faxops.report.style import Style


def diagnostics_of(error: FaxopsError) -> tuple[Diagnostic, ...]:
    """A failure as findings: the configuration's own, or one made of its message."""
    if isinstance(error, ConfigurationInvalid):
        return error.diagnostics
    detail = ""
    if isinstance(error, StalePlan):
        detail = "\n".join(error.differences)
    elif isinstance(error, ApiError):
        detail = _api_detail(error)
    return (Diagnostic(Severity.ERROR, error.code, error.message, detail, error.hint),)


def _api_detail(error: ApiError) -> str:
    return f"Request id: {error.request_id}" if error.request_id else ""


def diagnostic_document(diagnostic: Diagnostic, masker: Masker) -> dict[str, Any]:
    """One finding as it stands in every JSON document; the place is null where there is none."""
    place = diagnostic.place
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": masker.redacted(diagnostic.summary),
        "detail": masker.redacted(diagnostic.detail),
        "suggestion": masker.redacted(diagnostic.suggestion),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "snippet": masker.redacted(diagnostic.snippet),
    }


def diagnostics_text(documents: Iterable[dict[str, Any]], style: Style) -> list[str]:
    """Findings as lines: place and sentence, the offending line, the reason, what to do."""
    lines: list[str] = []
    for document in documents:
        lines += _diagnostic_lines(document, style)
    return lines


def _diagnostic_lines(document: dict[str, Any], style: Style) -> list[str]:
    severity = document["severity"]
    paint = style.error if severity == Severity.ERROR else style.warning
    head = f"{paint(severity.capitalize())} {document['code']}: {terminal(document['summary'])}"
    lines = [head]
    if document["file"] is not None:
        place = f"{document['file']}:{document['line']}:{document['column']}"
        lines.append(f"  {style.faint('at')} {terminal(place)}")
    if document["snippet"]:
        number = str(document["line"])
        lines.append(f"  {style.faint(number + ' |')} {terminal(document['snippet'])}")
        pointer = " " * (document["column"] - 1) + "^"
        lines.append(f"  {style.faint(' ' * len(number) + ' |')} {paint(pointer)}")
    lines += [f"  {terminal(line)}" for line in document["detail"].splitlines()]
    if document["suggestion"]:
        lines.append(f"  {style.faint('->')} {terminal(document['suggestion'])}")
    lines.append("")
    return lines
