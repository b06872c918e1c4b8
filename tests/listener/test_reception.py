"""Each event is taken once, and only when it is safe."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from faxops.emulator.signing import PUBLIC_KEY
from faxops.listener.counts import Counts
from faxops.listener.delivery import Delivery
from faxops.listener.journal import Journal
from faxops.listener.reception import Reception, Verdict
from tests.listener.deliveries import START, FakeClock, body, signed

TAKEN, UNVERIFIED, UNSAVED = Verdict.TAKEN, Verdict.UNVERIFIED, Verdict.UNSAVED


class Desk:
    """A reception, what it passed on, and the time it goes by."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.clock = FakeClock()
        self.counts = Counts()
        self.passed_on: list[Delivery] = []
        self.reception = Reception(
            PUBLIC_KEY,
            self.clock,
            counts=self.counts,
            journal=journal,
            followers=[self.passed_on.append],
        )

    async def receive(self, *contents: bytes) -> list[Verdict]:
        """Deliveries that come at once, signed at this moment."""
        now = self.clock.now()
        given = [self.reception.receive(each, signed(each, now)) for each in contents]
        return await asyncio.gather(*given)


def test_an_event_that_comes_again_is_taken_and_not_passed_on_again() -> None:
    desk = Desk()
    again = body("event-1").replace(b'"attempt": 1', b'"attempt": 2')

    async def run() -> list[Verdict]:
        return [*await desk.receive(body("event-1")), *await desk.receive(again, body("event-2"))]

    assert asyncio.run(run()) == [TAKEN] * 3
    assert [each.event.id for each in desk.passed_on] == ["event-1", "event-2"]
    assert desk.counts == Counts(events=2, duplicates=1)


def test_events_without_an_id_are_told_by_their_bodies() -> None:
    desk = Desk()
    contents = [b'{"data": {"event_type": "a"}}', b'{"data": {"event_type": "b"}}']
    assert asyncio.run(desk.receive(*contents, *contents)) == [TAKEN] * 4
    assert desk.counts == Counts(events=2, duplicates=2)


def test_a_replay_is_refused_once_its_timestamp_is_old() -> None:
    desk = Desk()
    content = body()
    headers = signed(content, START)

    async def at(seconds: float) -> Verdict:
        desk.clock.seconds = seconds
        return await desk.reception.receive(content, headers)

    async def run() -> list[Verdict]:
        return [await at(-300), await at(0), await at(300), await at(301), await at(86_400)]

    # Within the tolerance it can't be told from Telnyx's own repetition, and is not acted upon.
    assert asyncio.run(run()) == [TAKEN, TAKEN, TAKEN, UNVERIFIED, UNVERIFIED]
    assert desk.counts == Counts(events=1, duplicates=2, unverified=2)


def test_an_altered_or_unsigned_delivery_is_refused() -> None:
    desk = Desk()
    content = body()

    async def run() -> list[Verdict]:
        return [
            await desk.reception.receive(content + b" ", signed(content)),
            await desk.reception.receive(content, ()),
        ]

    assert asyncio.run(run()) == [UNVERIFIED, UNVERIFIED]
    assert (desk.passed_on, desk.counts) == ([], Counts(unverified=2))


def test_an_event_is_saved_before_it_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    async def run() -> Desk:
        async with Journal(path) as journal:
            desk = Desk(journal)
            for number in range(3):
                assert await desk.receive(body(f"event-{number}")) == [TAKEN]
                lines = path.read_text().splitlines()
                assert json.loads(lines[-1])["id"] == f"event-{number}"
        return desk

    assert asyncio.run(run()).counts == Counts(events=3)


@pytest.fixture
def broken_disk(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the next fsyncs fail, one after another; then they work."""
    fails: list[bool] = []
    real: Callable[[int], None] = os.fsync

    def failing(file: int) -> None:
        real(file)
        if fails and fails.pop(0):
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", failing)
    return fails


def test_what_could_not_be_saved_is_taken_when_it_comes_again(
    tmp_path: Path, broken_disk: list[bool]
) -> None:
    async def run() -> tuple[list[Verdict], Counts]:
        async with Journal(tmp_path / "events.ndjson") as journal:
            desk = Desk(journal)
            broken_disk.append(True)
            first = await desk.receive(body(), body(), body())
            assert desk.passed_on == []
            return [*first, *await desk.receive(body())], desk.counts

    verdicts, counts = asyncio.run(run())
    # The two that came while the first was being saved know no better than it.
    assert verdicts == [UNSAVED, UNSAVED, UNSAVED, TAKEN]
    assert counts == Counts(events=1, unsaved=3)


def test_a_duplicate_of_what_is_being_saved_waits_for_it(tmp_path: Path) -> None:
    async def run() -> tuple[list[Verdict], Counts]:
        async with Journal(tmp_path / "events.ndjson") as journal:
            desk = Desk(journal)
            return await desk.receive(body(), body()), desk.counts

    verdicts, counts = asyncio.run(run())
    assert (verdicts, counts) == ([TAKEN, TAKEN], Counts(events=1, duplicates=1))
    assert (tmp_path / "events.ndjson").read_text().count("\n") == 1
