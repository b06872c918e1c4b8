"""Webhooks: whether Telnyx signed a delivery, and the event in it.

Source: API description: `webhooks` and their schemas; Telnyx docs: webhook fundamentals (the
signature), receiving webhooks for programmable fax (inbound events). Both official SDKs tolerate
300 s either way.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self, cast

from faxops.errors import UsageError, WebhookUnverified
from faxops.system_clock import SystemClock

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

SIGNATURE_HEADER: Final = "telnyx-signature-ed25519"
TIMESTAMP_HEADER: Final = "telnyx-timestamp"
TOLERANCE_SECONDS: Final = 300

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
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_UNIX_SECONDS: Final = re.compile(r"[0-9]{1,11}")


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


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    public_key: str,
    *,
    now: datetime | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> WebhookEvent:
    """The event in a delivery that Telnyx signed.

    `body` is the request's body, byte for byte. `headers` are looked up without regard to case.
    `public_key` is the account's, in base64. `now` is the present moment, by default the
    system's; the delivery's timestamp may differ from it by `tolerance_seconds` either way.

    Raises `WebhookUnverified`, whose message is the same whatever is wrong with the delivery, and
    `UsageError` for a key that is none.
    """
    key = verify_key(public_key)
    sent = {name.lower(): value for name, value in headers.items()}
    timestamp = sent.get(TIMESTAMP_HEADER, "")
    moment = now or SystemClock().now()
    if not _is_recent(timestamp, moment, tolerance_seconds):
        raise WebhookUnverified
    if not _is_signed(key, sent.get(SIGNATURE_HEADER, ""), timestamp.encode() + b"|" + body):
        raise WebhookUnverified
    document = _decoded(body)
    if not isinstance(document, dict):
        raise WebhookUnverified
    return WebhookEvent.read(cast("dict[str, Any]", document))


def verify_key(public_key: str) -> VerifyKey:
    """The account's public key, ready to verify. Raises `UsageError` unless it is one."""
    from nacl.signing import VerifyKey  # noqa: PLC0415 - only who verifies pays for loading it

    try:
        found = b64decode(public_key, validate=True)
    except ValueError:  # not base64, or not ASCII
        found = b""
    if len(found) != _KEY_BYTES:
        raise UsageError(
            "The public key is not one: it must be 32 bytes in base64, which is 44 characters.",
            hint="Copy it from the Telnyx portal, or leave it out to have it fetched from the"
            " account.",
        )
    return VerifyKey(found)


def _is_recent(timestamp: str, now: datetime, tolerance_seconds: float) -> bool:
    if not _UNIX_SECONDS.fullmatch(timestamp):
        return False
    age = now - datetime.fromtimestamp(int(timestamp), now.tzinfo)
    return abs(age) <= timedelta(seconds=tolerance_seconds)


def _is_signed(key: VerifyKey, signature: str, message: bytes) -> bool:
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415 - as in `verify_key`

    try:
        raw = b64decode(signature, validate=True)
    except (NotBase64, ValueError):
        return False
    if len(raw) != _SIGNATURE_BYTES:
        return False
    try:
        key.verify(message, raw)
    except BadSignatureError:
        return False
    return True


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if type(value) is int else None
