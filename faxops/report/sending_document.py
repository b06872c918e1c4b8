"""A fax that was to be sent as a document: the request, what became of it, and the fax."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, cast

from faxops.errors import FaxopsError
from faxops.model.fax import Fax
from faxops.model.fax_request import FaxRequest
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.fax_document import Document, faxes_document
from faxops.report.masking import Masker
from faxops.telnyx.media_file import MediaFile


class SendingOutcome(StrEnum):
    """What became of a fax that was to be sent.

    `FOUND` says that its answer was lost and that it stands in the account's list; `ALREADY_SENT`
    that an earlier run sent it; `NOT_SENT` is certain, `UNKNOWN` is not; `NOT_ATTEMPTED` is a row
    of a batch that the run did not come to.
    """

    SENT = "sent"
    FOUND = "found"
    ALREADY_SENT = "already_sent"
    DRY_RUN = "dry_run"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


def sending_document(
    outcome: SendingOutcome,
    request: FaxRequest | None,
    media: MediaFile | None,
    masker: Masker,
    *,
    fax: Fax | None = None,
    error: FaxopsError | None = None,
) -> Document:
    """The one document of `fax send`. `request` is None when there is no valid one."""
    document = {
        **faxes_document([fax] if fax else []),
        "outcome": outcome.value,
        "request": request and request_document(request, media),
    }
    made = cast("Document", masker.redacted_tree(document))
    if error is not None:
        made["diagnostics"] = [diagnostic_document(each, masker) for each in diagnostics_of(error)]
    return made


def request_document(request: FaxRequest, media: MediaFile | None) -> dict[str, Any]:
    """What is sent, in the API's names; for a file, what it is instead of what it holds."""
    body = request.body()
    if media is None:
        return body
    described = {
        "name": media.name,
        "media_type": media.media_type,
        "bytes": len(media.content),
        "pages": media.pages,
    }
    return {**body, "file": described}
