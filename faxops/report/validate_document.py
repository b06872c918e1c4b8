"""What `validate` found, as its versioned document and as text for people.

The document's schema is schemas/validate.schema.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from faxops.model.diagnostic import Diagnostic, Severity
from faxops.report.diagnostics import diagnostic_document, diagnostics_text
from faxops.report.masking import Masker
from faxops.report.plan_document import FORMAT_VERSION
from faxops.report.style import Style


def validate_document(diagnostics: Iterable[Diagnostic], masker: Masker) -> dict[str, Any]:
    """The findings in the order given; `valid` is true when none of them is an error."""
    documents = [diagnostic_document(each, masker) for each in diagnostics]
    severities = [each["severity"] for each in documents]
    errors = severities.count(Severity.ERROR)
    return {
        "format_version": FORMAT_VERSION,
        "valid": not errors,
        "error_count": errors,
        "warning_count": severities.count(Severity.WARNING),
        "diagnostics": documents,
    }


def validate_text(document: Mapping[str, Any], style: Style) -> str:
    """The findings and a last line that says how many there are, ending in a line break."""
    return "\n".join([*diagnostics_text(document["diagnostics"], style), _verdict(document, style)])


def _verdict(document: Mapping[str, Any], style: Style) -> str:
    errors, warnings = document["error_count"], document["warning_count"]
    counted = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    if errors:
        return style.error(f"{', '.join(counted)}.") + "\n"
    extra = f" {counted[0]}." if counted else ""
    return f"{style.create('Success!')} The configuration is valid.{extra}\n"
