"""SIGINT and SIGTERM while faxops waits before it sends a request again.

`tests/cli/test_interrupts.py` has the other moments.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from faxops.emulator.store import Record
from tests.cli.live import Served, configuration, serving
from tests.cli.running import Program
from tests.cli.test_interrupts import finish
from tests.report.schema_check import check_document

pytestmark = pytest.mark.slow

SIGNALS = [signal.SIGINT, signal.SIGTERM]
APPLY = ("apply", "--auto-approve", "--format", "json")
OBJECT = "/fax_applications/*"
PATIENCE_SECONDS = 20


def asked_to_wait(method: str, path: str, status: int, seconds: int) -> Mapping[str, Any]:
    headers = {"retry-after": str(seconds)}
    fault = {"kind": "status", "status": status, "headers": headers}
    return {"method": method, "path": path, "fault": fault}


def wait_for_refusal(account: Served) -> None:
    """Until a request was refused, and faxops has had the moment to read that."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not any(each.fault for each in account.requests):
        assert time.monotonic() < limit, "nothing was refused"
        time.sleep(0.02)
    time.sleep(0.2)


def since_refusal(account: Served) -> list[Record]:
    found = [number for number, each in enumerate(account.requests) if each.fault]
    return list(account.requests[found[0] + 1 :])


@pytest.fixture
def stack(tmp_path: Path) -> Program:
    """A stack of one application, which is to be changed."""
    faxops = Program(tmp_path)
    faxops.write("faxops.yaml", configuration("a", fields="active: false"))
    return faxops


SEED = {
    "fax_applications": [
        {
            "application_name": "a",
            "webhook_event_url": "https://hooks.clinic.example/fax/a",
            "tags": ["faxops.clinic.a"],
        }
    ]
}


@pytest.mark.parametrize("number", SIGNALS)
def test_while_the_plan_waits_it_ends_at_once(stack: Program, number: signal.Signals) -> None:
    with serving(asked_to_wait("GET", "/fax_applications", 503, 20), seed=SEED) as account:
        with stack.start(*APPLY, env=account.variables) as run:
            wait_for_refusal(account)
            run.send_signal(number)
            ended, seconds = finish(run)
        assert ended.code == 130
        assert seconds < 2
        check_document("outcome", ended.document)
        assert since_refusal(account) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_before_a_write_nothing_more_is_sent(stack: Program, number: signal.Signals) -> None:
    with serving(asked_to_wait("GET", OBJECT, 503, 20), seed=SEED) as account:
        with stack.start(*APPLY, env=account.variables) as run:
            wait_for_refusal(account)
            run.send_signal(number)
            ended, seconds = finish(run)
        assert ended.code == 130, ended
        assert seconds < 2
        assert [each["outcome"] for each in ended.document["changes"]] == ["not_applied"]
        assert since_refusal(account) == []


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_write_is_not_sent_again(
    stack: Program, number: signal.Signals, status: int
) -> None:
    with serving(asked_to_wait("PATCH", OBJECT, status, 20), seed=SEED) as account:
        with stack.start(*APPLY, env=account.variables) as run:
            wait_for_refusal(account)
            run.send_signal(number)
            ended, seconds = finish(run)
        assert ended.code == 1, ended
        assert seconds < 2
        check_document("outcome", ended.document)
        assert [each["outcome"] for each in ended.document["changes"]] == ["not_applied"]
        assert account.writes == ["PATCH"]
