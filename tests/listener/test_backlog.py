"""What is done after the answer: bounded, and never waited for without end."""

from __future__ import annotations

import asyncio

import pytest

from faxops.listener.backlog import MOST_WAITING, WORKERS, Backlog
from faxops.listener.delivery import Delivery
from tests.listener.deliveries import delivery
from tests.telnyx.virtual import run_virtual

ONE = delivery()


def test_all_are_done_before_the_end_and_four_at_a_time() -> None:
    at_once: list[int] = []
    ends: list[bool] = []
    running = 0

    async def work(_: Delivery) -> bool:
        nonlocal running
        running += 1
        at_once.append(running)
        await asyncio.sleep(0.1)
        running -= 1
        return len(at_once) % 2 == 0

    async def run() -> None:
        async with Backlog(work, ends.append) as backlog:
            for _ in range(20):
                backlog.add(ONE)
            assert ends == []

    run_virtual(run())
    assert (len(ends), max(at_once)) == (20, WORKERS)
    assert set(ends) == {True, False}


def test_what_does_not_end_is_given_up_and_counted() -> None:
    ends: list[bool] = []
    given_up: list[bool] = []

    async def work(_: Delivery) -> bool:
        try:
            await asyncio.sleep(3600)
        finally:
            given_up.append(True)
        return True

    async def run() -> float:
        async with Backlog(work, ends.append) as backlog:
            for _ in range(MOST_WAITING + 7):
                backlog.add(ONE)
            assert ends == [False] * 7  # these were too many
        return asyncio.get_running_loop().time()

    assert run_virtual(run()) == pytest.approx(5.0, abs=0.1)
    assert ends == [False] * (MOST_WAITING + 7)
    assert len(given_up) == WORKERS


def test_a_bug_in_the_work_is_not_swallowed() -> None:
    async def work(_: Delivery) -> bool:
        raise ZeroDivisionError

    async def run() -> None:
        async with Backlog(work, print) as backlog:
            backlog.add(ONE)

    with pytest.raises(ZeroDivisionError):
        run_virtual(run())
