"""A webhook event of a fax, as a delivery brings it.

Source: API description: `webhooks` and their schemas; Telnyx docs: receiving webhooks for
programmable fax (the inbound events, and samples without the envelope).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

EVENT_TYPES: Final = (
    "fax.queued",
    "fax.media.processed",
    "fax.sending.started",
    "fax.delivered",
    "fax.failed",
    "fax.receiving.started",
    "fax.media.processing.started",
    "fax.received",
)
"""The events that Telnyx documents. The set is open: any other type is an event, too."""

_ALIASES: Final = {"fax.sendingstarted": "fax.sending.started"}


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event of a fax, as a delivery brought it.

    `id` is unique to the event: what arrives twice has it twice. `occurred_at` is the API's text
    (ISO 8601). `attempt` counts deliveries of the event from 1. `from_` and `to` are numbers in
    E.164 or, for `from_`, what the other side sent. A text that was not sent is empty, a number
    is None. `raw` is the whole JSON, unknown fields included.
    """

    id: str
    event_type: str
    occurred_at: str
    fax_id: str
    direction: str
    status: str
    from_: str
    to: str
    connection_id: str
    page_count: int | None = None
    failure_reason: str = ""
    media_url: str = ""
    client_state: str = ""
    attempt: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Read a delivery, with or without the outer `data` and `meta` that some samples omit."""
        envelope = _object(raw.get("data")) or raw
        payload = _object(envelope.get("payload"))
        event_type = _text(envelope.get("event_type"))
        return cls(
            id=_text(envelope.get("id")),
            event_type=_ALIASES.get(event_type, event_type),
            occurred_at=_text(envelope.get("occurred_at")),
            page_count=_number(payload.get("page_count")),
            attempt=_number(_object(raw.get("meta")).get("attempt")),
            raw=raw,
            **{name: _text(payload.get(name.rstrip("_"))) for name in _PAYLOAD_TEXTS},
        )


_PAYLOAD_TEXTS: Final = (
    "fax_id",
    "direction",
    "status",
    "from_",
    "to",
    "connection_id",
    "failure_reason",
    "media_url",
    "client_state",
)


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if type(value) is int else None
