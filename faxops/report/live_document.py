"""Live objects as documents: what the account holds, and who owns it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from faxops.errors import FaxopsError
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.sensitive import MASK
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.masking import Masker

FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]


def live_document(kind: ResourceKind, live: LiveResource) -> Document:
    """One object whole, unknown fields included; write-only fields are masked if they are set."""
    raw: Document = {**live.raw}
    for field in kind.fields:
        if field.write_only and live.values.get(field.path) is not None:
            raw[field.path] = MASK
    return {
        "format_version": FORMAT_VERSION,
        "type": kind.name,
        "id": live.id,
        "owners": [f"{owner.stack}/{owner.key}" for owner in sorted(live.marks.owners)],
        "protected": live.marks.keep,
        "object": raw,
    }


def live_list_document(kind: ResourceKind, live: Iterable[LiveResource]) -> Document:
    """Every object of a listing, in its order."""
    return {
        "format_version": FORMAT_VERSION,
        "resources": [live_document(kind, each) for each in live],
        "diagnostics": [],
    }


def failed_live_document(error: FaxopsError, masker: Masker) -> Document:
    """The list that could not be made, and why."""
    return {
        "format_version": FORMAT_VERSION,
        "resources": [],
        "diagnostics": [diagnostic_document(each, masker) for each in diagnostics_of(error)],
    }
