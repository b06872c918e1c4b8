"""Whether Telnyx signed a webhook delivery: Ed25519 over `timestamp|body`.

Source: Telnyx docs: webhook fundamentals; both official SDKs tolerate 300 s either way.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from faxops.errors import UsageError, WebhookUnverified
from faxops.model.webhook_event import WebhookEvent
from faxops.system_clock import SystemClock

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

SIGNATURE_HEADER: Final = "telnyx-signature-ed25519"
TIMESTAMP_HEADER: Final = "telnyx-timestamp"
TOLERANCE_SECONDS: Final = 300

_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_UNIX_SECONDS: Final = re.compile(r"[0-9]{1,11}")


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
