"""What is told of a change whose write the client did not send: that it was not attempted."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from faxops.config.stack import Stack
from faxops.errors import ExitCode
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, Told, ended
from tests.reconcile.builders import app_id, desired, raw, stack
from tests.telnyx.virtual import LoopClock, open_client, run_virtual

LIVE = [raw(1, "a"), raw(2, "b")]
LOST = "the lock was lost"
AS_IT_IS = [desired("a", number=1), desired("b", number=2)]
BOTH = [desired(key, number=number, active=False) for key, number in (("a", 1), ("b", 2))]

Handler = Callable[[httpx.Request], Any]


def carry_out(
    plan: Plan,
    handler: Handler,
    *,
    stop_at: float | None = None,
    writes_allowed: int | None = None,
    parallelism: int = 8,
) -> Outcome:
    """Carry the plan out at an API that answers with `handler`.

    The signal comes `stop_at` so many seconds after the start; the lock is lost after so many
    tries of a write.
    """
    asked = itertools.count()

    def lock() -> str:
        return LOST if writes_allowed is not None and next(asked) >= writes_allowed else ""

    async def work() -> Outcome:
        clock = LoopClock()
        stop = asyncio.Event()
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        async with open_client(handler, clock=clock) as client:
            client.stop_with(stop)
            client.ask_before_writes(lock)
            return await Execution(
                plan=plan,
                provider=TelnyxProvider(client),
                clock=clock,
                run_id="run-1",
                stop=stop,
                progress=Told(),
                parallelism=parallelism,
            ).run()

    return run_virtual(work())


def planned(wanted: Stack) -> Plan:
    return Account(LIVE).plan(wanted)


def shown(request: httpx.Request) -> httpx.Response:
    """The answer to a read."""
    path = request.url.path.rpartition("/")[2]
    found = [each for each in LIVE if path == each["id"]]
    if found:
        return httpx.Response(200, json={"data": found[0]})
    data = [] if path == "phone_numbers" else LIVE
    meta = {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(data)}
    return httpx.Response(200, json={"data": data, "meta": meta})


def refused() -> httpx.Response:
    return httpx.Response(429, headers={"retry-after": "30"}, json={})


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(stack(*AS_IT_IS, desired("c")), id="create"),
        pytest.param(stack(*BOTH), id="update"),
        pytest.param(stack(AS_IT_IS[0]), id="destroy"),
    ],
)
def test_a_write_withheld_for_a_lost_lock_was_not_attempted(wanted: Stack) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return shown(request)

    outcome = carry_out(planned(wanted), handle, writes_allowed=0)

    assert set(seen) == {"GET"}
    assert set(ended(outcome).values()) == {"not_attempted"}
    assert outcome.stopped.endswith(f"was not sent: {LOST}")
    assert outcome.counts.failed == 0
    assert outcome.exit_code is ExitCode.FAILED
    assert all(each.error is None for each in outcome.changes)


def test_a_write_that_still_waited_for_its_turn_at_a_signal_was_not_attempted() -> None:
    """The read of `b` is refused and slows everyone, so the write of `a` waits for its turn."""
    seen: list[str] = []

    async def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        if request.url.path.endswith(app_id(2)):
            return refused()
        await asyncio.sleep(1)
        return shown(request)

    outcome = carry_out(planned(stack(*BOTH)), handle, stop_at=2)

    assert seen == ["GET", "GET"]
    assert ended(outcome) == {"a": "not_attempted", "b": "not_applied"}
    assert outcome.stopped == "interrupted"
    assert outcome.exit_code is ExitCode.INTERRUPTED


def test_a_read_that_still_waited_for_its_turn_at_a_signal_ends_the_same() -> None:
    async def handle(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return refused() if request.url.path.endswith(app_id(1)) else shown(request)

    outcome = carry_out(planned(stack(*BOTH)), handle, stop_at=2, parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED


def test_a_listing_that_still_waited_for_its_turn_leaves_the_creates_unattempted() -> None:
    """The first page says that the limit is used up, so the second waits."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        data = [raw(number) for number in range(250)]
        meta = {"page_number": 1, "page_size": 250, "total_pages": 2, "total_results": 251}
        spent = {
            "x-ratelimit-limit": "1",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "30",
        }
        return httpx.Response(200, json={"data": data, "meta": meta}, headers=spent)

    outcome = carry_out(planned(stack(*AS_IT_IS, desired("c"), desired("d"))), handle, stop_at=2)

    assert seen == ["GET"]
    assert ended(outcome) == {"c": "not_attempted", "d": "not_attempted"}
    assert outcome.stopped == "interrupted"
    assert outcome.exit_code is ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("allowed", "stop_at"),
    [pytest.param(1, None, id="lock-lost"), pytest.param(None, 2, id="signal")],
)
def test_a_write_that_was_refused_and_not_sent_again_was_not_applied(
    allowed: int | None, stop_at: float | None
) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return shown(request) if request.method == "GET" else refused()

    plan = planned(stack(BOTH[0], AS_IT_IS[1]))
    outcome = carry_out(plan, handle, stop_at=stop_at, writes_allowed=allowed)

    assert seen == ["GET", "PATCH"]
    assert ended(outcome) == {"a": "not_applied"}
    assert outcome.exit_code is ExitCode.FAILED
