"""Webhook events as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from faxops.errors import FaxopsError
from faxops.model.webhook_event import WebhookEvent
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.masking import Masker

FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]

_FIELDS: Final = (
    "id",
    "event_type",
    "occurred_at",
    "fax_id",
    "direction",
    "status",
    "from",
    "to",
    "connection_id",
    "page_count",
    "failure_reason",
    "media_url",
    "client_state",
    "attempt",
)


def event_document(event: WebhookEvent) -> Document:
    """One event with the API's field names, null where it sent nothing; `raw` is all of it."""
    return {**{name: _value(event, name) for name in _FIELDS}, "raw": event.raw}


def verified_document(event: WebhookEvent, masker: Masker) -> Document:
    """A delivery that is verified."""
    document: Document = {
        "format_version": FORMAT_VERSION,
        "verified": True,
        "event": event_document(event),
        "diagnostics": [],
    }
    return cast("Document", masker.redacted_tree(document))


def failed_webhook_document(error: FaxopsError, masker: Masker) -> Document:
    """Why a delivery is not verified, or could not be judged."""
    return {
        "format_version": FORMAT_VERSION,
        "verified": False,
        "event": None,
        "diagnostics": [diagnostic_document(each, masker) for each in diagnostics_of(error)],
    }


def counts_document(counts: Mapping[str, int]) -> Document:
    """What a listener did, by the names of what it counts."""
    return {"format_version": FORMAT_VERSION, "counts": dict(counts)}


def _value(event: WebhookEvent, name: str) -> str | int | None:
    value: str | int | None = getattr(event, "from_" if name == "from" else name)
    return None if value == "" else value
