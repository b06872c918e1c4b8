"""A genuine delivery: its event, and what came over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from faxops.model.webhook_event import WebhookEvent

_OF_ONE_CONNECTION: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers that say nothing of the message, but of the connection it came on (RFC 9110, 7.6.1)."""

# Not all: a proxy in front of the listener may have added a password.
_SAVED: Final = frozenset(
    {b"content-type", b"user-agent", b"telnyx-signature-ed25519", b"telnyx-timestamp"}
)

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is verified and came for the first time.

    `body` and `headers` are as they came, the names of the headers in lower case.
    """

    event: WebhookEvent
    received_at: datetime
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)

    @property
    def message_headers(self) -> Headers:
        """The headers that belong to the message and go with it wherever it is forwarded."""
        return tuple(pair for pair in self.headers if pair[0] not in _OF_ONE_CONNECTION)

    def line(self) -> bytes:
        """The delivery as a line of JSON: all that is needed to verify and read it again."""
        event = self.event
        entry = {
            "received_at": self.received_at.isoformat(),
            "id": event.id,
            "event_type": event.event_type,
            "fax_id": event.fax_id,
            "headers": {
                name.decode(): value.decode("latin-1")
                for name, value in self.headers
                if name in _SAVED
            },
            # It was verified to be JSON, and so it is UTF-8.
            "body": self.body.decode(),
        }
        return json.dumps(entry).encode() + b"\n"
