"""Two applies at once, with no lock that both know: what is made twice is found and settled."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from faxops.emulator.application import Emulator
from tests.cli.live import configuration
from tests.cli.running import Program
from tests.cli.test_interrupts import finish
from tests.faults.door import Door, guarded, new_emulator

pytestmark = pytest.mark.slow

KEYS = ("intake", "lab")
APPLY = ("apply", "--auto-approve")


class StartingLine(Door):
    """Holds each POST until a second one is there, so that neither run can see the other's."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self._waiting = 0
        self._both = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            self._waiting += 1
            if self._waiting == 2:
                self._both.set()
            await self._both.wait()
        await self.emulator(scope, receive, send)


def test_a_duplicate_of_two_racing_applies_is_named_and_settled(tmp_path: Path) -> None:
    emulator = new_emulator()
    runners = [machine(tmp_path / name) for name in ("one", "other")]
    with guarded(StartingLine(emulator)) as account:
        for each in runners:
            each.write("faxops.yaml", configuration(*KEYS))
        with (
            runners[0].start(*APPLY, env=account.variables) as one,
            runners[1].start(*APPLY, env=account.variables) as other,
        ):
            raced = [finish(one)[0], finish(other)[0]]

        program = Program(runners[0].folder, account.variables)
        twins = {key: ids_of(emulator, key) for key in KEYS}
        made = [each for ids in twins.values() for each in ids]
        assert [len(ids) for ids in twins.values()] == [2, 2]
        for ended in raced:
            assert ended.code == 8, ended
            assert all(each in ended.out for each in made)
        refused = program("plan")
        assert refused.code == 5
        assert all(f"{each} (created 20" in refused.out for each in made)
        assert program(*APPLY).code == 5

        advised = re.findall(r'removed: \[(\{id: "(\d+)", destroy: true\})\]', refused.out)
        entries = ", ".join(entry for entry, _ in advised)
        program.write("faxops.yaml", configuration(*KEYS, top=f"removed: [{entries}]"))
        settled = program(*APPLY, "--max-deletes", "2")

        assert settled.code == 0, settled
        doomed = {object_id for _, object_id in advised}
        for key, ids in twins.items():
            assert ids_of(emulator, key) == [each for each in ids if each not in doomed]
            assert len(ids_of(emulator, key)) == 1
        assert program("plan", "--detailed-exitcode").code == 0


def ids_of(emulator: Emulator, name: str) -> list[str]:
    return [row.id for row in emulator.content("fax_application") if row.name == name]


def machine(folder: Path) -> Program:
    """A machine of its own: the lock file of one is nothing to the other."""
    folder.mkdir()
    return Program(folder)
