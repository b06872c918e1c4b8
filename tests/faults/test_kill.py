"""`faxops apply` killed (SIGKILL) before and after each request that it sends.

Whatever was killed when, the next apply ends with what was wanted, each application once.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import pytest
from starlette.types import Message, Receive, Scope, Send

from faxops.emulator.application import Emulator
from faxops.emulator.faults import ConnectionLost
from tests.cli.live import configuration
from tests.cli.running import Program
from tests.faults.account import Kept
from tests.faults.door import Door, guarded, new_emulator
from tests.reconcile.builders import raw

pytestmark = pytest.mark.slow

Moment = Literal["before", "after"]
# Whose, listings, two lookups of numbers, three creates with what goes with them, two updates,
# two destroys, and the listing after it all. A test holds the number.
REQUESTS = 21
FOREIGN = [raw(28), raw(29, "hospital/lab", "keep")]
LIVE = [raw(1, "old-1"), raw(2, "old-2"), raw(3, "changed-1"), raw(4, "changed-2"), *FOREIGN]
WANTED = (
    configuration("changed-1", "changed-2", "new-1", "new-2", "new-3")
    + "    fax_email_recipient: fax@clinic.example\n"
    + "guards: {max_deletes: 100%}\n"
)
UNTOUCHED = {each["id"] for each in FOREIGN}
APPLY = ("apply", "--auto-approve")
PATIENCE_SECONDS = 20


class Executioner(Door):
    """An emulator as an ASGI application that kills its client at one of its requests."""

    def __init__(self, emulator: Emulator, number: int, moment: Moment) -> None:
        self.seen = 0
        super().__init__(emulator)
        self._number = number
        self._moment: Moment = moment
        self._victim: subprocess.Popen[str] | None = None
        self._known = threading.Event()

    def condemn(self, victim: subprocess.Popen[str]) -> None:
        """Kill this one when the time comes."""
        self._victim = victim
        self._known.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen += 1
        if self.seen != self._number:
            await self.emulator(scope, receive, send)
            return
        if self._moment == "after":
            await self.emulator(scope, receive, _to_nobody)
        await asyncio.to_thread(self._kill)
        raise ConnectionLost(self._moment)

    def _kill(self) -> None:
        assert self._known.wait(PATIENCE_SECONDS)
        assert self._victim is not None
        self._victim.kill()
        self._victim.wait()


async def _to_nobody(message: Message) -> None:
    """Where a reply goes whose reader is about to die."""


def prepared(folder: Path) -> Program:
    program = Program(folder)
    program.write("faxops.yaml", WANTED)
    return program


def content(emulator: Emulator) -> list[tuple[str, str]]:
    """All that the account holds, without what differs from run to run."""
    kept = [Kept.read(row) for row in emulator.content("fax_application")]
    return sorted((each.values, each.recipient or "") for each in kept)


def foreign(emulator: Emulator) -> list[str]:
    """What belongs to others, byte for byte."""
    return [row.body for row in emulator.content("fax_application") if row.id in UNTOUCHED]


@cache
def undisturbed() -> tuple[int, list[tuple[str, str]]]:
    """How many requests an apply sends when nobody kills it, and what the account holds then."""
    emulator = new_emulator(LIVE)
    door = Executioner(emulator, 0, "before")
    with TemporaryDirectory() as folder, guarded(door) as account:
        ended = prepared(Path(folder))(*APPLY, env=account.variables)
        assert ended.code == 0, ended
        return door.seen, content(emulator)


def test_each_request_of_the_apply_is_one_that_it_is_killed_at() -> None:
    seen, _ = undisturbed()
    assert seen == REQUESTS


@pytest.mark.parametrize("moment", get_args(Moment))
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_the_run_after_a_killed_one_ends_right(tmp_path: Path, number: int, moment: Moment) -> None:
    program = prepared(tmp_path)
    emulator = new_emulator(LIVE)
    door = Executioner(emulator, number, moment)
    with guarded(door) as account:
        before = foreign(emulator)
        with program.start(*APPLY, env=account.variables) as victim:
            door.condemn(victim)
            assert victim.wait(PATIENCE_SECONDS) == -signal.SIGKILL

        ended = program(*APPLY, env=account.variables)

        assert ended.code == 0, ended
        assert content(emulator) == undisturbed()[1]
        assert foreign(emulator) == before
        assert program("plan", "--detailed-exitcode", env=account.variables).code == 0
