"""Deliveries signed by OpenSSL, which knows nothing of us, and what is made of each."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faxops.emulator.signing import PUBLIC_KEY, sign
from faxops.errors import UsageError, WebhookUnverified
from faxops.model.webhook_event import EVENT_TYPES, WebhookEvent
from faxops.telnyx.webhooks import verify_webhook
from tests.real_parts import real_part

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TIMESTAMP = str(int(NOW.timestamp()))
# Telnyx docs: receiving webhooks for programmable fax (the sample, with example numbers).
DELIVERED: dict[str, Any] = {
    "data": {
        "event_type": "fax.delivered",
        "id": "95478a2e-b947-472a-b88f-9047f7b5b1f0",
        "occurred_at": "2026-11-25T11:59:58.123456Z",
        "record_type": "event",
        "payload": {
            "call_duration_secs": 34,
            "client_state": "aGF2ZSBhIG5pY2UgZGF5ID1d",
            "connection_id": "1293384261075731499",
            "direction": "outbound",
            "fax_id": "b7b3e7f8-a07c-4a27-9fb1-fd15e7e10c9c",
            "from": "+15550100001",
            "original_media_url": "https://files.example/fax.pdf",
            "page_count": 2,
            "status": "delivered",
            "to": "+15550100002",
            "user_id": "19a75cea-02c6-4b9a-84fa-c9bc8341feb8",
            "surprise": {"kept": True},
        },
    },
    "meta": {"attempt": 3, "delivered_to": "https://hooks.clinic.example/fax"},
}
BODY = json.dumps(DELIVERED).encode()
HEADERS = sign(TIMESTAMP, BODY)

Signer = Callable[[bytes], bytes]


def openssl(folder: Path) -> tuple[str, Signer] | None:
    """A new key pair: the public key in base64, and what signs with the private one."""
    found = shutil.which("openssl")
    if not real_part("OpenSSL", found=found is not None, how_to_get="apt-get install openssl"):
        return None
    key, message = folder / "key.pem", folder / "message"

    def run(*arguments: str | Path) -> bytes:
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    def signed(content: bytes) -> bytes:
        message.write_bytes(content)
        return run("pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", message)

    run("genpkey", "-algorithm", "ed25519", "-out", key)
    public = run("pkey", "-in", key, "-pubout", "-outform", "DER")[-32:]
    return b64encode(public).decode(), signed


def delivery(event_type: str, **payload: object) -> bytes:
    return json.dumps(
        {"data": {"event_type": event_type, "id": "e1", "record_type": "event", "payload": payload}}
    ).encode()


def verified(body: bytes, **changed: Any) -> WebhookEvent:  # noqa: ANN401 - as verify_webhook
    return verify_webhook(body, sign(TIMESTAMP, body), PUBLIC_KEY, now=NOW, **changed)


def refusal(
    body: bytes = BODY,
    headers: Mapping[str, str] = HEADERS,
    public_key: str = PUBLIC_KEY,
    now: datetime = NOW,
) -> tuple[str, str]:
    with pytest.raises(WebhookUnverified) as caught:
        verify_webhook(body, headers, public_key, now=now)
    return caught.value.message, caught.value.hint


@pytest.mark.slow
def test_what_another_implementation_signed_is_verified(tmp_path: Path) -> None:
    made = openssl(tmp_path)
    if made is None:
        return
    public_key, signed = made
    for event_type in EVENT_TYPES:
        body = delivery(event_type, fax_id="f1", note="gr\u00fc\u00dfe")
        signature = b64encode(signed(f"{TIMESTAMP}|".encode() + body)).decode()
        headers = {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": TIMESTAMP}
        event = verify_webhook(body, headers, public_key, now=NOW)
        assert (event.event_type, event.fax_id) == (event_type, "f1")
        refusal(body + b" ", headers, public_key)


def test_the_event_is_read_whole() -> None:
    assert verified(BODY) == WebhookEvent(
        id="95478a2e-b947-472a-b88f-9047f7b5b1f0",
        event_type="fax.delivered",
        occurred_at="2026-11-25T11:59:58.123456Z",
        fax_id="b7b3e7f8-a07c-4a27-9fb1-fd15e7e10c9c",
        direction="outbound",
        status="delivered",
        from_="+15550100001",
        to="+15550100002",
        connection_id="1293384261075731499",
        page_count=2,
        client_state="aGF2ZSBhIG5pY2UgZGF5ID1d",
        attempt=3,
    )
    assert verified(BODY).raw == DELIVERED


def test_samples_without_data_and_meta_are_the_same_event() -> None:
    bare = verified(json.dumps(DELIVERED["data"]).encode())
    whole = verified(BODY)
    assert (bare.id, bare.fax_id, bare.page_count) == (whole.id, whole.fax_id, whole.page_count)
    assert bare.attempt is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("fax.sendingstarted", "fax.sending.started"),
        ("fax.sending.started", "fax.sending.started"),
        ("fax.email.delivered", "fax.email.delivered"),
        ("call.hangup", "call.hangup"),
        ("", ""),
    ],
)
def test_an_event_of_another_name_is_kept(sent: str, read: str) -> None:
    event = verified(delivery(sent))
    assert event.event_type == read
    assert event.raw["data"]["event_type"] == sent


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="empty"),
        pytest.param(b'{"data": [], "meta": 7}', id="other types"),
        pytest.param(b'{"data": {"payload": null, "id": 7}}', id="no payload"),
        pytest.param(delivery("fax.failed", page_count="2", fax_id=None), id="other values"),
        pytest.param(delivery("fax.failed", page_count=True), id="a flag for a number"),
    ],
)
def test_a_signed_object_of_any_shape_is_an_event(body: bytes) -> None:
    event = verified(body)
    assert (event.fax_id, event.page_count) == ("", None)
    assert event.raw == json.loads(body)


SIGNATURE = HEADERS["telnyx-signature-ed25519"]
OTHER_BYTES = b64encode(bytes(64)).decode()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(BODY, {}, id="no headers"),
        pytest.param(BODY, {"telnyx-timestamp": TIMESTAMP}, id="unsigned"),
        pytest.param(BODY, {"telnyx-signature-ed25519": SIGNATURE}, id="no timestamp"),
        pytest.param(BODY + b"\n", HEADERS, id="a line end more"),
        pytest.param(BODY.replace(b"+15550100001", b"+15550100009"), HEADERS, id="altered"),
        pytest.param(b"", HEADERS, id="no body"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": f"{int(TIMESTAMP) + 1}"}, id="moved"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": f"0{TIMESTAMP}"}, id="zero before"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": f"{TIMESTAMP}.0"}, id="fraction"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": "now"}, id="a word"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": "9" * 5000}, id="too many digits"),
        pytest.param(BODY, {**HEADERS, "telnyx-timestamp": "\u0661\u0662"}, id="other digits"),
        pytest.param(BODY, {**HEADERS, "telnyx-signature-ed25519": OTHER_BYTES}, id="zeros"),
        pytest.param(BODY, {**HEADERS, "telnyx-signature-ed25519": SIGNATURE[:-4]}, id="short"),
        pytest.param(BODY, {**HEADERS, "telnyx-signature-ed25519": f" {SIGNATURE}"}, id="space"),
        pytest.param(BODY, {**HEADERS, "telnyx-signature-ed25519": "\u00e9"}, id="not ASCII"),
        pytest.param(b"not json", sign(TIMESTAMP, b"not json"), id="signed, not JSON"),
        pytest.param(b"[]", sign(TIMESTAMP, b"[]"), id="signed, not an object"),
        pytest.param(b"\xff", sign(TIMESTAMP, b"\xff"), id="signed, not UTF-8"),
        pytest.param(b"[" * 9999, sign(TIMESTAMP, b"[" * 9999), id="signed, nested without end"),
    ],
)
def test_whatever_is_wrong_is_refused_in_the_same_words(
    body: bytes, headers: Mapping[str, str]
) -> None:
    unsigned = refusal(headers={})
    assert refusal(body, headers) == unsigned


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_a_clock_may_be_five_minutes_off_either_way(seconds: int) -> None:
    event = verify_webhook(BODY, HEADERS, PUBLIC_KEY, now=NOW + timedelta(seconds=seconds))
    assert event.event_type == "fax.delivered"


@pytest.mark.parametrize("seconds", [-86400, -301, 301, 86400])
def test_a_replay_is_too_old_and_a_forecast_too_new(seconds: int) -> None:
    refusal(now=NOW + timedelta(seconds=seconds))


def test_the_tolerance_can_be_chosen_and_the_clock_is_the_system_s() -> None:
    with pytest.raises(WebhookUnverified):
        verify_webhook(BODY, HEADERS, PUBLIC_KEY)
    years = 200 * 366 * 86400
    assert verify_webhook(BODY, HEADERS, PUBLIC_KEY, tolerance_seconds=years).attempt == 3


def test_another_account_s_key_verifies_nothing() -> None:
    other = b64encode(bytes(31) + b"\x05").decode()
    refusal(public_key=other)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("not base64!", id="not base64"),
        pytest.param(b64decode(PUBLIC_KEY).hex(), id="hexadecimal"),
        pytest.param(PUBLIC_KEY[:-4], id="cut short"),
        pytest.param(PUBLIC_KEY.replace("=", ""), id="without padding"),
        pytest.param("\u00e9" * 44, id="not ASCII"),
    ],
)
def test_a_key_that_is_none_is_wrong_usage(key: str) -> None:
    with pytest.raises(UsageError, match="44 characters"):
        verify_webhook(BODY, HEADERS, key, now=NOW)
