"""The history of applies, in real databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from faxops.store.database import LEASES, Database
from faxops.store.leases import DatabaseLock
from faxops.store.lock import Holder, Scope
from faxops.store.runs import NEWEST, Run, Runs, Status
from tests.store.hand_clock import START, HandClock

pytestmark = pytest.mark.slow

SCOPE = Scope("https://api.telnyx.com/v2", "6a09cdc3", "clinic-prod")
HOLDER = Holder("0b5c1f7e-1", "deploy", "ci-7", 4242, "https://ci.example/run/1")
RUN = Run(7, SCOPE, HOLDER, "prod", "21082c4", START)


def report(**counts: int) -> dict[str, Any]:
    return {"summary": {"added": 0, **counts}, "changes": [{"key": "intake", "before": {"a": "ä"}}]}


def keep(runs: Runs, run: Run, document: dict[str, Any], *requests: dict[str, Any]) -> None:
    asyncio.run(runs.keep(run, document, requests))


def numbered(number: int) -> Run:
    return replace(RUN, token=number, holder=replace(HOLDER, run_id=f"run-{number:04}"))


def test_what_was_kept_comes_back_whole(url: str) -> None:
    runs = Runs(Database(url, create=True))
    sent = {"method": "POST", "path": "/fax_applications", "status": 200, "request_id": "r-1"}
    ended = replace(RUN, finished_at=START + timedelta(seconds=2), exit_code=8)
    keep(runs, ended, report(added=1), sent)
    (found,) = runs.find("0b5c")
    assert found.kept.run == ended
    assert found.kept.status is Status.FINISHED
    assert found.kept.summary == {"added": 1}
    assert found.report == report(added=1)
    assert found.requests == (sent,)


def test_a_run_is_written_over_by_its_end(url: str) -> None:
    runs = Runs(Database(url, create=True))
    keep(runs, RUN, report())
    keep(runs, replace(RUN, finished_at=START, exit_code=0), report(added=3))
    (kept,) = runs.newest()
    assert (kept.status, kept.run.exit_code, kept.summary) == (Status.FINISHED, 0, {"added": 3})


def test_a_run_without_an_end_is_running_as_long_as_its_lease(
    url: str, clock: HandClock, tell: Callable[[str], None]
) -> None:
    database = Database(url, create=True)
    runs = Runs(database)

    async def go() -> list[Status]:
        seen: list[Status] = []
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
            await runs.keep(replace(RUN, token=lease.token or 0), report())
            seen += [kept.status for kept in runs.newest()]
            with database.transaction() as connection:
                connection.execute(update(LEASES).values(expires_at=database.now))
            seen += [kept.status for kept in runs.newest()]
        return [*seen, *(kept.status for kept in runs.newest())]

    assert asyncio.run(go()) == [Status.RUNNING, Status.INTERRUPTED, Status.INTERRUPTED]


def test_the_newest_come_first_and_the_list_ends(url: str) -> None:
    runs = Runs(Database(url, create=True))

    async def go() -> None:
        for number in range(1, NEWEST + 3):
            await runs.keep(numbered(number), report())

    asyncio.run(go())
    tokens = [kept.run.token for kept in runs.newest()]
    assert tokens == list(range(NEWEST + 2, 2, -1))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("run-0012", [12], id="whole"),
        pytest.param("run-001", [12, 11], id="two-of-several"),
        pytest.param("run-%", [], id="no-wildcard"),
        pytest.param("run_", [], id="no-single-wildcard"),
        pytest.param("0012", [], id="not-the-beginning"),
    ],
)
def test_a_run_is_found_by_how_its_id_begins(url: str, asked: str, found: list[int]) -> None:
    runs = Runs(Database(url, create=True))
    for number in (2, 10, 11, 12):
        keep(runs, numbered(number), report())
    assert [each.kept.run.token for each in runs.find(asked)] == found
