"""An account on the emulator, in process and on virtual time, that stacks are applied to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import httpx

from faxops.config.stack import Stack
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.scenario import Fault, Rule, Scenario
from faxops.emulator.seed import Seed
from faxops.emulator.store import Record
from faxops.emulator.transport import EmulatorTransport
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import ChangeOutcome, Outcome
from faxops.reconcile.plan import Change, Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import Account as Place
from faxops.reconcile.reading import PlanReader
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.provider import TelnyxProvider
from tests.telnyx.virtual import START, run_virtual

T = TypeVar("T")

BASE_URL = "http://emulator/v2"


class AccountClock:
    """A `Clock` on the running loop's virtual time, which goes on from run to run."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.waited: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        try:
            return self.passed + asyncio.get_running_loop().time()
        except RuntimeError:
            return self.passed  # outside of a run, while the account is made

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(seconds)


class Told:
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def started(self, change: Change) -> None:
        self.words.append(f"started {change.key}")

    def finished(self, outcome: ChangeOutcome) -> None:
        self.words.append(f"{outcome.result.value} {outcome.change.key}")


class Account:
    """One account. Its faults hit what `apply` sends, by the rules' own counts.

    `database` keeps the account in a file, so that another `Account` can show it without faults.
    `wrap` may change what comes back from the emulator.
    """

    def __init__(
        self,
        live: Iterable[Mapping[str, Any]] = (),
        *,
        numbers: Iterable[Mapping[str, Any]] = (),
        rules: Iterable[Rule] = (),
        database: Path | None = None,
        wrap: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] | None = None,
        **behaviours: Any,  # noqa: ANN401 - the literals of the switches
    ) -> None:
        self.clock = AccountClock()
        self._wrap = wrap
        self._emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                database=database,
                seed=Seed(fax_applications=tuple(live), phone_numbers=tuple(numbers)),
                scenario=Scenario(Behaviours(**behaviours), tuple(rules)),
            )
        )

    def plan(self, stack: Stack, **options: Any) -> Plan:  # noqa: ANN401 - of PlanOptions
        """Read and plan."""
        return self.run(lambda provider: self._reader(provider, stack, options).plan())

    def apply(
        self,
        stack: Stack,
        *,
        plan: Plan | None = None,
        parallelism: int = 8,
        told: Told | None = None,
        read_back: bool = True,
        **options: Any,  # noqa: ANN401 - of PlanOptions
    ) -> Outcome:
        """Plan (unless a plan is given), carry it out, and read back."""

        async def work(provider: TelnyxProvider) -> Outcome:
            reader = self._reader(provider, stack, options)
            wanted = plan or await reader.plan()
            assert wanted.can_apply, wanted.refusals
            execution = self.execution(wanted, provider, parallelism=parallelism, told=told)
            outcome = await execution.run()
            return await reader.read_back(outcome, self.clock) if read_back else outcome

        return self.run(work, parallelism=parallelism)

    def read_back(self, stack: Stack, outcome: Outcome, **options: Any) -> Outcome:  # noqa: ANN401 - of PlanOptions
        """What reading the account once more finds of `outcome`."""

        async def work(provider: TelnyxProvider) -> Outcome:
            return await self._reader(provider, stack, options).read_back(outcome, self.clock)

        return self.run(work)

    def execution(
        self,
        plan: Plan,
        provider: TelnyxProvider,
        *,
        parallelism: int = 8,
        told: Told | None = None,
        stop: asyncio.Event | None = None,
    ) -> Execution:
        """One run of a plan, to be started inside of `run`."""
        return Execution(
            plan=plan,
            provider=provider,
            clock=self.clock,
            run_id="run-1",
            stop=stop or asyncio.Event(),
            progress=told or Told(),
            parallelism=parallelism,
        )

    def run(self, work: Callable[[TelnyxProvider], Awaitable[T]], *, parallelism: int = 8) -> T:
        """The result of `work` with a provider, on virtual time."""

        async def timed() -> T:
            try:
                async with TelnyxClient(
                    base_url=BASE_URL,
                    api_key="KEY",
                    clock=self.clock,
                    random=Random(7),  # noqa: S311 - jitter, not a secret
                    parallelism=parallelism,
                    transport=self._transport(),
                ) as client:
                    return await work(TelnyxProvider(client))
            finally:
                elapsed.append(asyncio.get_running_loop().time())

        elapsed: list[float] = []
        try:
            return run_virtual(timed())
        finally:
            self.clock.passed += sum(elapsed)

    def _transport(self) -> httpx.AsyncBaseTransport:
        transport = EmulatorTransport(self._emulator)
        return self._wrap(transport) if self._wrap else transport

    def live(self) -> list[LiveResource]:
        """Every application, read through the API."""
        return list(self.run(lambda provider: provider.list(FAX_APPLICATION)))

    def requests(self, *methods: str) -> list[Record]:
        """What arrived so far, with these methods or with any."""
        found = self._emulator.requests()
        return [each for each in found if not methods or each.method in methods]

    def writes(self) -> list[str]:
        """Every write that arrived: `POST intake`, `PATCH …731001`, `DELETE …731001`."""
        return [
            f"{each.method} {_subject(each)}" for each in self.requests("POST", "PATCH", "DELETE")
        ]

    def close(self) -> None:
        """Let go of the database."""
        self._emulator.close()

    @staticmethod
    def _reader(provider: TelnyxProvider, stack: Stack, options: Mapping[str, Any]) -> PlanReader:
        return PlanReader(provider, Place("7a1c", BASE_URL), stack, PlanOptions(**options))


def fault(
    kind: Fault, method: str = "*", path: str = "*", *, after: int = 0, times: int | None = 1
) -> Rule:
    """A rule that hits once, unless told otherwise."""
    return Rule(kind, method, path, after, times)


def ended(outcome: Outcome) -> dict[str, str]:
    """The end of each change by its key."""
    return {each.change.key: each.result.value for each in outcome.changes}


def _subject(record: Record) -> str:
    if record.method == "POST":
        return str(json.loads(record.body)["application_name"])
    return record.path.rpartition("/")[2]
