"""A delivery as it is saved and as it is forwarded."""

from __future__ import annotations

import json

from faxops.emulator.signing import PUBLIC_KEY
from faxops.telnyx.webhooks import verify_webhook
from tests.listener.deliveries import START, body, delivery


def test_a_saved_line_is_enough_to_verify_the_delivery_again() -> None:
    content = body(note="gr\u00fc\u00dfe \u2028 \x00", event_type="fax.received")
    line = delivery(content).line()
    assert line.count(b"\n") == 1
    entry = json.loads(line)
    event = verify_webhook(entry["body"].encode(), entry["headers"], PUBLIC_KEY, now=START)
    assert (event.id, event.event_type) == (entry["id"], entry["event_type"])
    assert (entry["fax_id"], entry["received_at"]) == ("fax-1", START.isoformat())


def test_a_proxy_s_password_is_forwarded_and_not_saved() -> None:
    pair = (b"authorization", b"Basic c2VjcmV0")
    one = delivery(None, pair)
    assert pair in one.message_headers
    assert "authorization" not in json.loads(one.line())["headers"]


def test_headers_of_the_connection_are_not_forwarded() -> None:
    own = [(b"host", b"a.example"), (b"content-length", b"9"), (b"connection", b"close")]
    one = delivery(None, *own)
    assert [name for name, _ in one.message_headers] == [
        b"telnyx-signature-ed25519", b"telnyx-timestamp", b"content-type",
    ]  # fmt: skip
