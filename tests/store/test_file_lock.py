"""The lock of one machine, between real processes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from faxops.errors import ExitCode, Locked, ReportUnwritable
from faxops.store.file_lock import FileLock, default_folder
from faxops.store.lock import Holder, Scope
from tests.store.hand_clock import HandClock

ROOT = Path(__file__).parents[2]
SCOPE = Scope("https://api.telnyx.com/v2", "6a09cdc3", "clinic-prod")
HOLDER = Holder("run-1", "deploy", "ci-7", 4242)

HOLDING = """
import asyncio, os, sys
from pathlib import Path
from faxops.store.file_lock import FileLock
from faxops.store.lock import Holder, Scope
from tests.store.hand_clock import HandClock

async def hold():
    lock = FileLock(Path(sys.argv[1]), HandClock(), print)
    holder = Holder("run-0", "eve", "desk", os.getpid(), "https://ci.example/0")
    async with lock.hold(Scope(*sys.argv[2:]), holder, patience=0):
        print("holding", flush=True)
        sys.stdin.read()

asyncio.run(hold())
"""


@contextmanager
def held_elsewhere(folder: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    scope = (SCOPE.base_url, SCOPE.account, SCOPE.stack)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder), *scope],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        try:
            yield process
        finally:
            process.kill()


def description_of(folder: Path, holder: Holder) -> str:
    """What the holder has written about itself."""
    texts = [path.read_text() for path in folder.glob("*.json")]
    (text,) = [text for text in texts if json.loads(text)["run_id"] == holder.run_id]
    return text


def hold(folder: Path, scope: Scope = SCOPE) -> str:
    """Take the lock and give it back; the description that lay beside it meanwhile."""

    async def go() -> str:
        lock = FileLock(folder, HandClock(), lambda _: None)
        async with lock.hold(scope, HOLDER, patience=0) as lease:
            assert lease.token is None
            assert lease.check() == ""
            return description_of(folder, HOLDER)

    return asyncio.run(go())


def test_the_holder_describes_itself_while_it_holds(tmp_path: Path) -> None:
    described = json.loads(hold(tmp_path / "deep" / "folder"))
    assert described == {
        "run_id": "run-1",
        "actor": "deploy",
        "host": "ci-7",
        "pid": 4242,
        "run_url": "",
        "since": "2026-11-24T12:00:00+00:00",
    }
    assert not list((tmp_path / "deep" / "folder").glob("*.json"))


@pytest.mark.slow
def test_another_process_is_locked_out_and_told_by_whom(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        with pytest.raises(Locked) as locked:
            hold(tmp_path)
        assert locked.value.exit_code is ExitCode.LOCKED
        assert locked.value.message == (
            f"The stack clinic-prod is locked by eve on desk (pid {process.pid})"
            " since 2026-11-24 12:00:00+00:00, run https://ci.example/0."
        )
        assert "--lock-timeout" in locked.value.hint
        assert "unlock" not in locked.value.hint


@pytest.mark.slow
def test_a_holder_that_is_killed_frees_it_at_once(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert json.loads(hold(tmp_path))["run_id"] == "run-1"


@pytest.mark.slow
def test_a_frozen_holder_keeps_it(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Locked):
            hold(tmp_path)


@pytest.mark.slow
def test_a_description_that_is_missing_or_broken_costs_only_the_name(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path):
        (description,) = tmp_path.glob("*.json")
        for broken in ("", "{", "[]", '{"since": 5}', '{"since": "2026-11-24T12:00:00+00:00"}'):
            description.write_text(broken)
            with pytest.raises(Locked, match=r"is locked by another run\."):
                hold(tmp_path)
        description.unlink()
        with pytest.raises(Locked, match=r"is locked by another run\."):
            hold(tmp_path)


@pytest.mark.slow
def test_another_stack_is_free(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path):
        hold(tmp_path, replace(SCOPE, stack="clinic-staging"))
        hold(tmp_path, replace(SCOPE, account=""))


def test_a_folder_that_cannot_be_made_is_named_with_two_ways_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportUnwritable) as failed:
        hold(tmp_path / "file" / "locks")
    assert str(tmp_path) in failed.value.message
    assert "XDG_STATE_HOME" in failed.value.hint
    assert "--state" in failed.value.hint


def test_waiting_ends_when_the_lock_is_free(tmp_path: Path) -> None:
    told: list[str] = []
    clock = HandClock()
    tell: Callable[[str], None] = told.append

    async def wait() -> None:
        async with FileLock(tmp_path, clock, tell).hold(SCOPE, HOLDER, patience=5):
            told.append("taken")

    async def go() -> None:
        async with FileLock(tmp_path, HandClock(), tell).hold(SCOPE, HOLDER, patience=0):
            waiter = asyncio.create_task(wait())
            await clock.until_someone_sleeps()
        clock.advance(1)
        await waiter

    asyncio.run(go())
    waiting, taken = told
    assert waiting == (
        "Waiting for the lock of the stack clinic-prod, held by deploy on ci-7 (pid 4242) since"
        " 2026-11-24 12:00:00+00:00."
    )
    assert taken == "taken"


def test_locks_lie_in_the_users_state_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_folder().is_relative_to(tmp_path)
