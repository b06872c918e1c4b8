"""What a run does with a lock that it loses: at the executor's gate, and right before a try."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from faxops.errors import ExitCode, Withheld
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import Outcome
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, Told, ended
from tests.reconcile.builders import app_id, desired, raw, stack
from tests.telnyx.virtual import open_client, run_virtual

LOST = "the lock was lost"


class Expiring:
    """Allows so many questions, and then nothing."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def check(self) -> str:
        self.left -= 1
        return LOST if self.left < 0 else ""


def apply(account: Account, allowed: int) -> Outcome:
    """Two updates, two creates and a destroy, one at a time, with so many writes allowed."""
    wanted = stack(desired("a"), desired("b"), *(desired(k, active=False) for k in ("u", "v")))
    plan = account.plan(wanted)

    async def work(provider: TelnyxProvider) -> Outcome:
        return await Execution(
            plan=plan,
            provider=provider,
            clock=account.clock,
            run_id="run-1",
            stop=asyncio.Event(),
            progress=Told(),
            parallelism=1,
            withheld=Expiring(allowed).check,
        ).run()

    return account.run(work, parallelism=1)


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        pytest.param(0, ExitCode.FAILED, id="lost-before-the-first"),
        pytest.param(1, ExitCode.PARTLY_APPLIED, id="lost-after-the-first"),
        pytest.param(4, ExitCode.PARTLY_APPLIED, id="lost-before-the-last"),
        pytest.param(5, ExitCode.DONE, id="never-lost"),
    ],
)
def test_nothing_is_written_once_the_lock_is_lost(allowed: int, code: ExitCode) -> None:
    account = Account([raw(1, "u"), raw(2, "v"), raw(3, "z")])
    outcome = apply(account, allowed)
    results = list(ended(outcome).values())
    assert len(account.writes()) == results.count("applied") == allowed
    assert results.count("not_attempted") == 5 - allowed
    assert outcome.stopped == (LOST if allowed < 5 else "")
    assert outcome.exit_code is code


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_try_that_waited_for_its_turn_is_withheld(method: str) -> None:
    """The first try is refused with 429; the lock is lost while the second waits."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(429, headers={"retry-after": "30"}, json={})

    async def ask() -> None:
        async with open_client(handle) as client:
            client.ask_before_writes(Expiring(1).check)
            await client.request(method, f"/fax_applications/{app_id(1)}")

    with pytest.raises(Withheld) as withheld:
        run_virtual(ask())
    assert seen == [method]
    assert withheld.value.processed == "no"
    assert withheld.value.tried
    assert withheld.value.message == (
        f"{method} /fax_applications/{app_id(1)} was not sent: {LOST}."
    )


def test_a_withheld_try_after_an_ambiguous_one_leaves_the_doubt() -> None:
    async def ask() -> None:
        async with open_client(lambda _: httpx.Response(503, json={})) as client:
            client.ask_before_writes(Expiring(1).check)
            await client.request("PATCH", "/fax_applications/1")

    with pytest.raises(Withheld) as withheld:
        run_virtual(ask())
    assert withheld.value.processed == "maybe"


def test_reading_goes_on_without_a_lock() -> None:
    async def ask() -> object:
        async with open_client(lambda _: httpx.Response(200, json={"data": 1})) as client:
            client.ask_before_writes(Expiring(0).check)
            return (await client.request("GET", "/fax_applications")).document

    assert run_virtual(ask()) == {"data": 1}


def test_a_write_that_the_client_withholds_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account([raw(1, "u"), raw(2, "v")])
    plan = account.plan(stack(*(desired(key, active=False) for key in ("u", "v"))))

    async def withheld(*_: object) -> None:
        raise Withheld("PATCH /u was not sent: the lock was lost.", request="PATCH /u")

    async def work(provider: TelnyxProvider) -> Outcome:
        monkeypatch.setattr(provider, "update", withheld)
        return await account.execution(plan, provider, parallelism=1).run()

    outcome = account.run(work, parallelism=1)
    assert account.writes() == []
    assert ended(outcome) == {"u": "not_attempted", "v": "not_attempted"}
    assert outcome.stopped == "PATCH /u was not sent: the lock was lost"
