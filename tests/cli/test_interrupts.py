"""Signals: before a write, during one, twice; and what the report says afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.cli.live import Served, configuration
from tests.cli.running import Finished, Program
from tests.report.schema_check import Kind, check_document

Serve = Callable[..., Served]

pytestmark = pytest.mark.slow

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def hang(method: str, seconds: float, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return {"method": method, "fault": {"kind": "hang", "seconds": seconds}, **more}


def wait_for(account: Served, method: str, count: int = 1) -> None:
    """Until so many requests of the method have reached the API."""
    limit = time.monotonic() + 20
    while sum(each.method == method for each in account.requests) < count:
        assert time.monotonic() < limit, f"no {method} came"
        time.sleep(0.02)


def finish(run: subprocess.Popen[str]) -> tuple[Finished, float]:
    """The end of the run, and how many seconds it took from here."""
    began = time.monotonic()
    out, err = run.communicate(timeout=30)
    return Finished(run.returncode, out, err), time.monotonic() - began


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "drift", "app list", "doctor"])
def test_before_any_write_it_ends_at_once(
    faxops: Program, serve: Serve, command: str, number: signal.Signals
) -> None:
    account = serve(hang("GET", 20))
    faxops.write("faxops.yaml", configuration("intake"))
    with faxops.start(*command.split(), env=account.variables) as run:
        wait_for(account, "GET")
        run.send_signal(number)
        ended, seconds = finish(run)
    assert ended.code == 130
    assert "Interrupted; nothing was changed." in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert seconds < 2
    assert account.writes == []


@pytest.mark.parametrize(
    ("command", "kind"),
    [("plan", "plan"), ("apply --auto-approve", "outcome"), ("drift", "plan")],
)
def test_before_any_write_a_machine_gets_its_document(
    faxops: Program, serve: Serve, command: str, kind: Kind
) -> None:
    account = serve(hang("GET", 20))
    faxops.write("faxops.yaml", configuration("intake"))
    run = [*command.split(), "--format", "json", "--report", "report.json"]
    with faxops.start(*run, env=account.variables) as running:
        wait_for(account, "GET")
        running.send_signal(signal.SIGTERM)
        ended, _ = finish(running)
    assert ended.code == 130
    check_document(kind, ended.document)
    assert json.loads((faxops.folder / "report.json").read_text()) == ended.document


@pytest.mark.parametrize("number", SIGNALS)
def test_a_write_under_way_may_end_and_is_reported(
    faxops: Program, serve: Serve, number: signal.Signals
) -> None:
    account = serve(hang("POST", 1))
    faxops.write("faxops.yaml", configuration("a", "b", "c"))
    command = ["apply", "--auto-approve", "--report", "report.json", "--report", "report.txt"]
    with faxops.start(*command, env=account.variables) as run:
        wait_for(account, "POST")
        run.send_signal(number)
        ended, seconds = finish(run)
    assert ended.code == 8, ended
    assert seconds < 4
    assert "Interrupted: nothing new is sent" in ended.err
    report = json.loads((faxops.folder / "report.json").read_text())
    check_document("outcome", report)
    results = [each["outcome"] for each in report["changes"]]
    assert results == ["applied", "not_attempted", "not_attempted"]
    assert report["stopped"] == "interrupted"
    assert "not attempted" in (faxops.folder / "report.txt").read_text()
    assert account.writes == ["POST"]


def test_a_write_that_does_not_end_is_unknown_after_five_seconds(
    faxops: Program, serve: Serve
) -> None:
    account = serve(hang("POST", 25))
    faxops.write("faxops.yaml", configuration("a", "b"))
    with faxops.start("apply", "--auto-approve", "--format", "json", env=account.variables) as run:
        wait_for(account, "POST")
        run.send_signal(signal.SIGTERM)
        ended, seconds = finish(run)
    assert ended.code == 9
    assert 4.5 < seconds < 8
    check_document("outcome", ended.document)
    results = [each["outcome"] for each in ended.document["changes"]]
    assert results == ["unknown", "not_attempted"]
    assert account.writes == ["POST"]


def test_a_second_signal_ends_at_once(faxops: Program, serve: Serve) -> None:
    account = serve(hang("POST", 25))
    faxops.write("faxops.yaml", configuration("a", "b"))
    with faxops.start("apply", "--auto-approve", env=account.variables) as run:
        wait_for(account, "POST")
        run.send_signal(signal.SIGINT)
        assert run.stderr is not None
        assert "Interrupted" in run.stderr.readline()
        run.send_signal(signal.SIGINT)
        ended, seconds = finish(run)
    assert ended.code == 9
    assert seconds < 1
    assert "Traceback" not in ended.err


def test_an_interrupt_while_reading_back_keeps_the_report(faxops: Program, serve: Serve) -> None:
    faxops.write("faxops.yaml", configuration("a"))
    rehearsal = serve()
    assert faxops("apply", "--auto-approve", env=rehearsal.variables).code == 0
    listings = [each.method for each in rehearsal.requests if each.path == "/fax_applications"]
    before = listings.index("POST")
    account = serve(hang("GET", 20, path="/fax_applications", after=before))
    with faxops.start("apply", "--auto-approve", "--format", "json", env=account.variables) as run:
        wait_for(account, "GET", sum(each.method == "GET" for each in rehearsal.requests))
        run.send_signal(signal.SIGTERM)
        ended, seconds = finish(run)
    assert ended.code == 8
    assert seconds < 2
    check_document("outcome", ended.document)
    assert ended.document["changes"][0]["outcome"] == "applied"
    assert ended.document["unconfirmed"] == "interrupted"


@pytest.mark.parametrize("parallelism", [1, 4])
def test_so_many_changes_are_under_way_at_once(
    faxops: Program, serve: Serve, parallelism: int
) -> None:
    account = serve(hang("POST", 1.5, after=1))
    faxops.write("faxops.yaml", configuration(*"abcdefgh"))
    command = ["apply", "--auto-approve", "--parallelism", str(parallelism), "--format", "json"]
    with faxops.start(*command, env=account.variables) as run:
        wait_for(account, "POST", 1 + parallelism)
        time.sleep(0.3)
        # The first runs alone; then so many are sent and none more before one is answered.
        assert account.writes == ["POST"] * (1 + parallelism)
        run.send_signal(signal.SIGINT)
        ended, _ = finish(run)
    assert ended.document["summary"]["added"] == 1 + parallelism
