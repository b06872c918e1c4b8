"""`faxops webhook listen` as its users meet it: a process that deliveries are POSTed to."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from faxops.emulator.signing import PUBLIC_KEY, sign
from tests.cli.running import Program
from tests.golden import check_golden

# Each starts the program.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"


def body(number: int, event_type: str = "fax.delivered", **payload: object) -> bytes:
    event = {
        "event_type": event_type,
        "id": f"event-{number}",
        "occurred_at": f"2026-11-25T12:{number // 60:02}:{number % 60:02}.000000Z",
        "record_type": "event",
        "payload": {
            "fax_id": f"fax-{number}",
            "direction": "outbound",
            "from": "+15550100001",
            "to": "+15550100002",
            "status": "delivered",
            "page_count": 2,
            **payload,
        },
    }
    return json.dumps({"data": event, "meta": {"attempt": 1}}).encode()


@dataclass(frozen=True, slots=True)
class Listening:
    """A listener in another process, and its output once it has ended."""

    process: subprocess.Popen[str]
    url: str

    def deliver(self, content: bytes, *, age: int = 0) -> int:
        """POST a signed delivery; the status of the answer."""
        headers = sign(str(int(time.time()) - age), content)
        return httpx.post(self.url, content=content, headers=headers, trust_env=False).status_code

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Stop it: exit code, standard output, the rest of standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@contextmanager
def listening(faxops: Program, *flags: str | Path) -> Generator[Listening]:
    """A listener until the block ends, which kills one that has not ended."""
    process = faxops.start("webhook", "listen", "--port", "0", "--public-key", PUBLIC_KEY, *flags)
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found is not None
        yield Listening(process, found[0])
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("format_", ["text", "ndjson"])
def test_each_event_is_shown_once_and_all_is_counted(faxops: Program, format_: str) -> None:
    report = faxops.folder / "counts.txt"
    with listening(faxops, "--format", format_, "--report", report) as listener:
        contents = [
            body(1),
            body(2, "fax.failed", status="failed", failure_reason="user_busy", page_count=None),
            body(2, "fax.failed", status="failed", failure_reason="user_busy", page_count=None),
            body(3, "fax.sendingstarted", status="sending", page_count=1),
            body(4, "fax.\x1b[31mnew\u202e", to="::error::"),
        ]
        assert [listener.deliver(each) for each in contents] == [200] * 5
        assert [listener.deliver(body(9), age=302), listener.deliver(b"nothing")] == [400, 400]
        code, out, err = listener.end(signal.SIGTERM)
    assert code == 0
    check_golden(GOLDEN / f"webhook-listen-{format_}.txt", out + "--- stderr\n" + err)
    assert report.read_text() == err
