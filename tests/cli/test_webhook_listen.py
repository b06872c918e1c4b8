"""`faxops webhook listen` as its users meet it: a process that deliveries are POSTed to."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from faxops.emulator.signing import PUBLIC_KEY, sign
from tests.cli.live import Served
from tests.cli.running import Program
from tests.cli.test_imports import RARE, TELLING
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


def test_a_wrong_key_is_noticed_while_it_listens(faxops: Program) -> None:
    other = "A" * 43 + "="
    with listening(faxops, "--public-key", other) as listener:
        assert [listener.deliver(body(number)) for number in range(3)] == [400] * 3
        assert listener.process.stderr is not None
        assert re.match(
            r"So far: 0 events, [123] not verified\.\n", listener.process.stderr.readline()
        )
        assert listener.end()[:2] == (0, "")


def test_a_listener_loads_rich_for_a_terminal_alone(faxops: Program) -> None:
    command = [sys.executable, "-c", TELLING, "webhook", "listen", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--public-key", PUBLIC_KEY],
        env=faxops.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "Listening on" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    loaded = set(json.loads(err.splitlines()[-1]))
    assert {"uvicorn", "starlette"} <= loaded
    assert not loaded & (RARE | {"sqlite3"})


def test_nothing_is_lost_when_it_is_killed_after_it_answered(faxops: Program) -> None:
    file = faxops.folder / "events.ndjson"
    answered: list[str] = []

    def deliver(listener: Listening, first: int) -> None:
        """Deliver without end, until the listener is dead."""
        with httpx.Client(trust_env=False) as client, suppress(httpx.TransportError):
            for number in range(first, first + 100_000):
                content = body(number)
                headers = sign(str(int(time.time())), content)
                assert (
                    client.post(listener.url, content=content, headers=headers).status_code == 200
                )
                answered.append(f"event-{number}")
                if len(answered) >= 300:  # in the midst of what the others are sending
                    listener.process.kill()

    with listening(faxops, "--save", file) as listener:
        with ThreadPoolExecutor(8) as threads:
            sending = [threads.submit(deliver, listener, n * 100_000) for n in range(8)]
        assert [each.exception() for each in sending] == [None] * 8
        assert listener.process.wait(timeout=20) == -signal.SIGKILL
    assert len(answered) >= 300
    *whole, _ = file.read_bytes().split(b"\n")
    saved = [json.loads(line)["id"] for line in whole]
    assert set(answered) - set(saved) == set()
    assert len(saved) == len(set(saved))

    with listening(faxops, "--save", file) as again:
        assert again.deliver(body(800_000)) == 200
        assert again.end()[0] == 0
    assert file.read_bytes().split(b"\n")[: len(whole)] == whole
    assert json.loads(file.read_bytes().split(b"\n")[-2])["id"] == "event-800000"


def test_a_fax_is_followed_from_its_sending_to_its_delivery(faxops: Program) -> None:
    with listening(faxops, "--format", "ndjson") as listener:
        application = {
            "id": "1293384261075731499",
            "application_name": "Intake",
            "webhook_event_url": listener.url,
            "outbound": {"outbound_voice_profile_id": "1293384261075731500"},
        }
        profile = {"id": "1293384261075731500", "name": "Outbound"}
        number = {"phone_number": "+12025550142", "connection_id": application["id"]}
        seed = {
            "fax_applications": [application],
            "outbound_voice_profiles": [profile],
            "phone_numbers": [number],
        }
        scenario = {"faxes": {"step_seconds": 0.05}, "webhooks": {"duplicates": 1}}
        files = ("--seed", faxops.write("seed.json", json.dumps(seed)))
        faults = ("--scenario", faxops.write("scenario.json", json.dumps(scenario)))
        emulator = faxops.start("emulator", "--port", "0", *files, *faults)
        assert emulator.stdout is not None
        url = emulator.stdout.readline().split()[-1]
        fax = {
            "connection_id": application["id"],
            "from": number["phone_number"],
            "to": "+12025550177",
            "media_url": "https://files.clinic.example/a.pdf",
        }
        headers = {"authorization": "Bearer any"}
        httpx.post(f"{url}/faxes", json=fax, headers=headers, trust_env=False).raise_for_status()
        assert listener.process.stdout is not None
        events: list[str] = []
        while len(events) < 4:
            events.append(json.loads(listener.process.stdout.readline())["event_type"])
        emulator.send_signal(signal.SIGINT)
        emulator.communicate(timeout=20)
        code, out, err = listener.end()
    assert sorted(events) == [
        "fax.delivered", "fax.media.processed", "fax.queued", "fax.sending.started",
    ]  # fmt: skip
    assert (code, out) == (0, "")
    assert re.fullmatch(r"4 events, [1-4] came again\.\n", err)


def test_what_is_forwarded_can_be_verified_again(faxops: Program) -> None:
    with listening(faxops, "--format", "ndjson") as second:
        with listening(faxops, "--forward", second.url) as first:
            assert [first.deliver(body(number)) for number in range(5)] == [200] * 5
            code, _, err = first.end()
        assert (code, err) == (0, "5 events, 5 forwarded.\n")
        code, out, err = second.end()
    assert (code, err) == (0, "5 events.\n")
    assert {json.loads(line)["fax_id"] for line in out.splitlines()} == {
        f"fax-{number}" for number in range(5)
    }


def test_a_program_is_run_for_each_event(faxops: Program) -> None:
    script = 'cat > "$FAX_ID.json"; echo "$FAX_EVENT_TYPE"; test "$FAX_ID" != fax-1'
    with listening(faxops, "--exec", f"sh -c '{script}'") as listener:
        assert [listener.deliver(body(number)) for number in range(3)] == [200] * 3
        code, out, err = listener.end()
    assert code == 0
    assert err.splitlines() == ["fax.delivered"] * 3 + ["3 events, 2 executed, 1 not executed."]
    assert len(out.splitlines()) == 3
    assert (faxops.folder / "fax-2.json").read_bytes() == body(2)


def test_the_key_is_fetched_from_the_account(faxops: Program, serve: Callable[..., Served]) -> None:
    served = serve()
    with listening(Program(faxops.folder, served.variables), "--public-key", "") as listener:
        assert listener.deliver(body(1)) == 200
        assert listener.end()[0] == 0
    assert served.writes == []


def test_a_terminal_shows_a_table_of_faxes(faxops: Program) -> None:
    run = faxops.on_terminal("webhook", "listen", "--port", "0", "--public-key", PUBLIC_KEY)
    run.see("for webhook deliveries")
    found = re.search(r"http://\S+", run.seen)
    assert found is not None
    contents = [
        body(1, "fax.failed", status="failed", failure_reason="user_busy", page_count=7),
        body(1, "fax.queued", status="queued"),
        body(2, to="[bold]\x1b[2J"),
    ]
    for content in contents:
        headers = sign(str(int(time.time())), content)
        httpx.post(found[0], content=content, headers=headers, trust_env=False)
    run.see("fax-2")
    run.type("\x03")
    done = run.end()
    assert done.code == 0
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.out).split("REASON")[-1]
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in last.splitlines()]
    assert [row for row in rows if row] == [
        ["fax-2", "+15550100001", "[bold]\\u{1b}[2J", "delivered", "2", ""],
        ["fax-1", "+15550100001", "+15550100002", "failed", "7", "user_busy"],
    ]
    assert "\x1b[2J" not in done.out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param(["--forward", "nowhere"], "--forward", id="no URL"),
        pytest.param(["--exec", "no-such-program"], "no program no-such-program", id="no program"),
        pytest.param(["--host", "203.0.113.7"], "cannot listen", id="another machine"),
        pytest.param(["--public-key", "x"], "44 characters", id="no key"),
        pytest.param(["--port", "70000"], "65535", id="no port"),
    ],
)
def test_what_can_not_be_is_wrong_usage(faxops: Program, flags: list[str], told: str) -> None:
    done = faxops("webhook", "listen", "--port", "0", "--public-key", PUBLIC_KEY, *flags)
    assert (done.code, done.out) == (64, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("file", "told"),
    [
        pytest.param("none/events.ndjson", "cannot be opened", id="no folder"),
        pytest.param("/dev/stdout", "is no regular file", id="a pipe"),
    ],
)
def test_a_file_that_keeps_nothing_is_said_before_anything_is_taken(
    faxops: Program, file: str, told: str
) -> None:
    flags = ("--port", "0", "--public-key", PUBLIC_KEY, "--save", file)
    done = faxops("webhook", "listen", *flags)
    assert done.code == 1
    assert f"{file} {told}" in done.err
