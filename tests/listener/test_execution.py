"""Running a program for each delivery."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from pathlib import Path
from subprocess import DEVNULL

import pytest

from faxops.errors import UsageError
from faxops.listener.execution import Executor
from tests.listener.deliveries import body, delivery

pytestmark = pytest.mark.slow

ENVIRON = {"PATH": os.defpath, "KEPT": "yes"}
TELLING = """\
import json, os, sys
told = {"body": sys.stdin.read(), "environ": dict(os.environ), "arguments": sys.argv[2:]}
json.dump(told, open(sys.argv[1], "w"))
"""


def run(command: str, content: bytes) -> bool:
    executor = Executor(command, ENVIRON, DEVNULL)
    return asyncio.run(executor.run(delivery(content)))


def python(text: str, *arguments: str | Path) -> str:
    return shlex.join([sys.executable, "-c", text, *map(str, arguments)])


def test_it_gets_the_body_and_the_event_and_no_shell(tmp_path: Path) -> None:
    file = tmp_path / "told.json"
    content = body("event-1", "fax.failed", failure_reason="x\0y\ud800$(id)", page_count=2)
    assert run(python(TELLING, file, "$HOME", "; id"), content)
    told = json.loads(file.read_text())
    assert told["body"].encode() == content
    assert told["arguments"] == ["$HOME", "; id"]
    assert {name: told["environ"].get(name) for name in ("KEPT", "FAX_ID", "FAX_EVENT_TYPE")} == {
        "KEPT": "yes",
        "FAX_ID": "fax-1",
        "FAX_EVENT_TYPE": "fax.failed",
    }
    assert told["environ"]["FAX_FAILURE_REASON"] == "xy?$(id)"
    assert (told["environ"]["FAX_PAGE_COUNT"], told["environ"]["FAX_MEDIA_URL"]) == ("2", "")


@pytest.mark.parametrize(("command", "good"), [("true", True), ("false", False)])
def test_its_exit_code_tells_how_it_went(command: str, *, good: bool) -> None:
    # Neither reads the body, of which a pipe can't hold all.
    assert run(command, body(note="x" * 1_000_000)) is good


def test_one_that_does_not_end_is_killed_with_its_children() -> None:
    held, given = os.pipe()
    executor = Executor("sh -c 'sleep 600 & wait'", ENVIRON, given, timeout_seconds=0.5)
    assert not asyncio.run(executor.run(delivery()))
    os.close(given)
    # A pipe ends when nobody is left who could write to it.
    assert os.read(held, 1) == b""
    os.close(held)


@pytest.mark.parametrize("command", ["faxops-no-such-program --x", "", "  ", "'open"])
def test_a_command_that_is_none_is_wrong_usage(command: str) -> None:
    with pytest.raises(UsageError, match="--exec"):
        Executor(command, ENVIRON, DEVNULL)


def test_one_that_is_gone_by_then_failed(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    executor = Executor(str(script), ENVIRON, DEVNULL)
    script.unlink()
    assert asyncio.run(executor.run(delivery())) is False
