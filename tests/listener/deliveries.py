"""What Telnyx delivers, and the time at which it does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from faxops.emulator.signing import sign
from faxops.listener.delivery import Delivery, Headers
from faxops.model.webhook_event import WebhookEvent

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class FakeClock:
    """A clock that moves when it is told to, or when somebody sleeps on it."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list[float])

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def body(event_id: str = "event-1", event_type: str = "fax.delivered", **payload: object) -> bytes:
    return json.dumps(
        {
            "data": {
                "event_type": event_type,
                "id": event_id,
                "occurred_at": "2026-11-25T11:59:58.000000Z",
                "payload": {"fax_id": "fax-1", "status": "delivered", **payload},
            },
            "meta": {"attempt": 1},
        }
    ).encode()


def signed(content: bytes, at: datetime = START) -> Headers:
    headers = sign(str(int(at.timestamp())), content)
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def delivery(content: bytes | None = None, *extra: tuple[bytes, bytes]) -> Delivery:
    content = body() if content is None else content
    event = WebhookEvent.read(json.loads(content))
    headers = (*signed(content), (b"content-type", b"application/json"), *extra)
    return Delivery(event, START, content, headers)
