from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.server import open_socket, server
from faxops.errors import UsageError
from faxops.system_clock import SystemClock
from tests.emulator.account import MINIMAL, URL, StillClock
from tests.served import served

Serve = Callable[..., tuple[str, Emulator]]
ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from tests.emulator.account import StillClock
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.server import base_url, open_socket, serve
emulator = create_emulator(EmulatorSettings(clock=StillClock(), database=Path(sys.argv[1])))
listener = open_socket(0)
print(f"faxops emulator listening on {base_url(listener)}", flush=True)
serve(emulator, listener)
emulator.close()
print("stopped", flush=True)
"""

pytestmark = pytest.mark.slow


def _client(url: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"authorization": "Bearer k"}, timeout=10, trust_env=False
    )


def test_served_replies_have_one_date_and_no_server(serve: Serve) -> None:
    url, _ = serve()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v2", url)
    with _client(url) as client:
        made = client.post("/fax_applications", json=MINIMAL)
        assert made.status_code == 201
        assert made.headers.get_list("date") == [made.headers["date"]]
        assert "server" not in made.headers
        assert client.get(f"/fax_applications/{made.json()['data']['id']}").json() == made.json()


@pytest.mark.parametrize(("kind", "made"), [("lost_before", 0), ("lost_after", 1), ("refused", 0)])
def test_a_lost_connection_is_really_reset(serve: Serve, kind: str, made: int) -> None:
    url, emulator = serve({"method": "POST", "fault": kind, "times": 1})
    with _client(url) as client:
        with pytest.raises(httpx.ReadError, match="reset"):
            client.post("/fax_applications", json=MINIMAL)
        listing = client.get("/fax_applications").json()
        assert listing["meta"]["total_results"] == made
        assert client.post("/fax_applications", json=MINIMAL).status_code == 201
    statuses = [each.status for each in emulator.requests()]
    assert statuses == [None, 200, 201]


def test_a_hang_outlasts_a_real_client(serve: Serve) -> None:
    url, _ = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 0.5}})
    with _client(url) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/fax_applications", json=MINIMAL, timeout=0.1)
        assert client.get("/fax_applications").json()["meta"]["total_results"] == 1


def test_a_client_that_left_needs_no_reset(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    hang = {"kind": "hang", "seconds": 0.3, "acts": False}
    url, _ = serve({"method": "POST", "fault": hang})
    with _client(url) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/fax_applications", json=MINIMAL, timeout=0.1)
        with pytest.raises(httpx.ReadError, match="reset"):  # so the first is over, too
            client.post("/fax_applications", json=MINIMAL)
    assert caplog.records == []


def test_a_slow_drip_arrives_in_pieces(serve: Serve) -> None:
    url, _ = serve({"fault": {"kind": "slow_drip", "seconds": 0.2}})
    with _client(url) as client, client.stream("GET", "/fax_applications") as reply:
        pieces = list(reply.iter_raw())
    assert len(pieces) > 1
    assert b"".join(pieces).startswith(b'{"data":[]')


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_the_account_stays(
    tmp_path: Path, number: signal.Signals
) -> None:
    for expected in (1, 2):
        total, output, code = _served_once(tmp_path / "account.db", number)
        assert (total, output, code) == (expected, "stopped\n", 0)


def _served_once(database: Path, number: signal.Signals) -> tuple[int, str, int]:
    """Make an application in a served emulator, then end it: the total, its last words, code."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(database)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert program.stdout is not None
        with _client(program.stdout.readline().split()[-1]) as client:
            client.post("/fax_applications", json=MINIMAL)
            total = client.get("/fax_applications").json()["meta"]["total_results"]
        program.send_signal(number)
        output, _ = program.communicate(timeout=10)
    finally:
        program.kill()
        program.wait()
    return total, output, program.returncode


def test_a_name_that_does_not_resolve_does_not_delay_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answered = threading.Event(), threading.Event()
    really = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as socket's
        if host == "127.0.0.1":  # the client's way to the emulator
            return really(host, *args, **kwargs)
        asked.set()
        answered.wait(20)
        raise socket.gaierror

    seed = {"id": "42", "application_name": "Intake", "webhook_event_url": URL}
    settings = EmulatorSettings(
        clock=SystemClock(),
        scenario=parse_scenario({"faxes": {"step_seconds": 0}}),
        seed=parse_seed({"fax_applications": [seed]}),
        deliver_to=("hooks.clinic.example",),
    )
    with served(create_emulator(settings)) as url, _client(url) as client:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        client.post(url.removesuffix("/v2") + "/_emulator/faxes", json={"connection_id": "42"})
        assert asked.wait(5)
        started = time.monotonic()
    took = time.monotonic() - started
    answered.set()
    assert took < 1.5


def test_a_failed_database_is_told_and_ends_the_program(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "faxops", "emulator", "--port", "0", "--db", "account.db"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        with _client(program.stdout.readline().split()[-1]) as client:
            with closing(sqlite3.connect(tmp_path / "account.db")) as other:
                other.execute("DROP TABLE objects")
            reply = client.post("/fax_applications", json=MINIMAL)
        _, told = program.communicate(timeout=10)
    finally:
        program.kill()
        program.wait()
    sentence = "The emulator's database account.db failed: no such table: objects."
    assert (reply.status_code, reply.json()["errors"][0]["detail"]) == (500, sentence)
    assert program.returncode == 1
    assert "Traceback" not in told
    assert f"FX905: {sentence}" in told.replace("\n", " ")


def test_a_taken_port_is_a_sentence() -> None:
    with open_socket(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address.*in use"):
            open_socket(port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_a_sentence(port: int) -> None:
    with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
        open_socket(port)
    assert "--port 0" in caught.value.hint


def test_a_request_sent_before_serving_is_answered_once_it_serves() -> None:
    emulator = create_emulator(EmulatorSettings(clock=StillClock()))
    with open_socket(0) as listener, socket.create_connection(listener.getsockname()) as early:
        early.sendall(b"GET /v2/public_key HTTP/1.1\r\nHost: emulator\r\n\r\n")
        serving = server(emulator)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]})
        thread.start()
        early.settimeout(5)
        assert early.recv(100).startswith(b"HTTP/1.1 401 ")
        serving.should_exit = True
        thread.join()


def test_replies_are_not_held_back_for_a_fuller_packet(serve: Serve) -> None:
    url, _ = serve()
    with _client(url) as client:
        client.get("/fax_applications")
        started = time.monotonic()
        for _ in range(10):
            client.post("/fax_applications", json=MINIMAL)
        # Nagle's algorithm against delayed acknowledgements costs 40 ms a request.
        assert time.monotonic() - started < 0.4
