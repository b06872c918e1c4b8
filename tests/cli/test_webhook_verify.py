"""`faxops webhook verify` as its users meet it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faxops.emulator.signing import PUBLIC_KEY, sign
from tests.cli.live import Served
from tests.cli.running import Finished, Program
from tests.golden import check_golden

# Each starts the program.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
BODY = json.dumps(
    {
        "data": {
            "event_type": "fax.failed",
            "id": "event-1",
            "occurred_at": "2026-11-25T11:59:58.000000Z",
            "record_type": "event",
            "payload": {
                "connection_id": "1293384261075731499",
                "direction": "outbound",
                "fax_id": "fax-1",
                "failure_reason": "user_busy",
                "from": "+15550100001",
                "hostile": "\x1b[31m\u202e::error::",
                "page_count": 1,
                "status": "failed",
                "to": "+15550100002\x1b[31m",
            },
        },
        "meta": {"attempt": 1, "delivered_to": "https://hooks.clinic.example/fax"},
    }
)


def verify(
    faxops: Program, *more: str, body: str = BODY, payload: str = "-", age: int = 0
) -> Finished:
    headers = sign(str(int(time.time()) - age), BODY.encode())
    return faxops(
        "webhook", "verify",
        "--payload", payload,
        "--timestamp", headers["telnyx-timestamp"],
        "--signature", headers["telnyx-signature-ed25519"],
        *more,
        typed=body,
    )  # fmt: skip


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_signed_delivery_is_shown(faxops: Program, format_: str) -> None:
    done = verify(faxops, "--public-key", PUBLIC_KEY, "--format", format_)
    assert done.code == 0
    check_golden(GOLDEN / f"webhook-verified-{format_}.txt", done.transcript("webhook verify"))


def test_the_key_is_fetched_from_the_account(faxops: Program, serve: Callable[..., Served]) -> None:
    served = serve()
    file = faxops.write("body.json", BODY)
    done = verify(Program(faxops.folder, served.variables), payload=str(file))
    assert (done.code, served.writes) == (0, [])


@pytest.mark.parametrize(
    ("body", "age"),
    [
        pytest.param(BODY + "\n", 0, id="a line end more"),
        pytest.param(BODY.replace("user_busy", "none"), 0, id="altered"),
        pytest.param(BODY, 302, id="a replay"),
    ],
)
def test_any_other_is_refused_in_the_same_words_and_shows_nothing_of_it(
    faxops: Program, body: str, age: int
) -> None:
    key = ("--public-key", PUBLIC_KEY)
    done = verify(faxops, *key, body=body, age=age)
    assert done.code == 1
    check_golden(GOLDEN / "webhook-unverified.txt", done.transcript("webhook verify"))
    as_json = verify(faxops, *key, "--format", "json", body=body, age=age)
    assert (as_json.code, as_json.document["verified"], as_json.document["event"]) == (
        1, False, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "payload", "told"),
    [
        pytest.param(["--public-key", "none"], "-", "44 characters", id="no key"),
        pytest.param([], "-", "no API key", id="nothing to fetch the key with"),
        pytest.param(["--public-key", PUBLIC_KEY], "gone.json", "No such file", id="no payload"),
    ],
)
def test_what_can_not_be_judged_is_wrong_usage(
    faxops: Program, flags: list[str], payload: str, told: str
) -> None:
    done = verify(faxops, *flags, payload=payload)
    assert (done.code, done.out) == (64, "")
    assert told in done.err
