"""Faxes as documents: one shape for every `fax` command, also when it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from faxops.errors import FaxopsError
from faxops.model.fax import Fax
from faxops.model.fax_failures import failure_of
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.masking import Masker

FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]

FIELDS: Final = (
    "id",
    "direction",
    "status",
    "from",
    "to",
    "connection_id",
    "created_at",
    "updated_at",
    "page_count",
    "failure_reason",
    "internal_failure_reason",
    "client_state",
    "media_name",
    "media_url",
    "stored_media_url",
    "preview_url",
)
"""The fields that each fax of a document has, null where the API sent nothing."""


class DeletionOutcome(StrEnum):
    """What became of a fax that was to be deleted (as the outcomes of an apply)."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Deletion:
    """One fax that was to be deleted; `error` says why it was not, or may not have been."""

    id: str
    outcome: DeletionOutcome
    error: FaxopsError | None = None


def fax_document(fax: Fax) -> Document:
    """One fax with the API's field names, fields that faxops does not know included.

    `failure` is a failed fax's reason in words, and null for any other.
    """
    failure = failure_of(fax)
    explained = failure and {
        "reason": fax.failure_reason or fax.internal_failure_reason,
        "happened": failure.happened,
        "advice": failure.advice,
    }
    known = {name: _value(fax, name) for name in FIELDS}
    others = {name: value for name, value in fax.raw.items() if name not in known}
    return {**known, **others, "failure": explained}


def faxes_document(faxes: Iterable[Fax]) -> Document:
    """Faxes in the order given."""
    return _document([fax_document(each) for each in faxes])


def saved_document(fax: Fax, file: str, size: int) -> Document:
    """A fax whose document was saved to `file`, which holds `size` bytes."""
    return {**faxes_document([fax]), "saved": {"file": file, "bytes": size}}


def deletions_document(deletions: Iterable[Deletion], masker: Masker) -> Document:
    """What became of each fax that was to be deleted, in the order asked for."""
    entries = [
        {
            "id": each.id,
            "outcome": each.outcome.value,
            "error": _findings(each.error, masker)[0] if each.error else None,
        }
        for each in deletions
    ]
    return {**_document([]), "deletions": entries}


def failed_faxes_document(
    error: FaxopsError, masker: Masker, faxes: Iterable[Fax] = ()
) -> Document:
    """Why a command ended, with the faxes that it knew by then."""
    return _document([fax_document(each) for each in faxes], _findings(error, masker))


def _document(faxes: list[Document], diagnostics: Iterable[Mapping[str, Any]] = ()) -> Document:
    return {"format_version": FORMAT_VERSION, "faxes": faxes, "diagnostics": list(diagnostics)}


def _findings(error: FaxopsError, masker: Masker) -> list[Document]:
    return [diagnostic_document(each, masker) for each in diagnostics_of(error)]


def _value(fax: Fax, name: str) -> str | int | None:
    value: str | int | None = getattr(fax, "from_" if name == "from" else name)
    return None if value == "" else value
