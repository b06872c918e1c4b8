"""An account for one trial: runs of faxops against it, and what it really holds and got asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import httpx

from faxops.config.stack import Stack
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import Rule, Scenario
from faxops.emulator.seed import Seed
from faxops.emulator.store import Record, Row
from faxops.emulator.transport import EmulatorTransport
from faxops.errors import ExitCode, FaxopsError
from faxops.model.marks import written_digest
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import Account as Place
from faxops.reconcile.reading import PlanReader
from faxops.report.diagnostics import diagnostic_document, diagnostics_of, diagnostics_text
from faxops.report.json_text import json_text
from faxops.report.masking import Masker
from faxops.report.outcome_document import outcome_document
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_document import PlanContext, failed_plan_document, plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.provider import TelnyxProvider
from tests.faults.operations import RECIPIENT_FIELD, SECRETS, Operation
from tests.reconcile.account import BASE_URL, AccountClock, Told
from tests.telnyx.virtual import KEY, START, run_virtual, seeded

_DIGEST: Final = "faxops.w."


@dataclass(slots=True)
class Run:
    """One run of the steps of `faxops apply`, and everything it would print.

    `planned` and `executed` count the requests that had come when the plan was made and when
    the changes were through. The run ended in `error`, in a refused or empty `plan`, or in an
    `outcome`.
    """

    plan: Plan | None = None
    outcome: Outcome | None = None
    error: FaxopsError | None = None
    planned: int = 0
    executed: int = 0
    printed: list[str] = field(default_factory=list[str])

    @property
    def code(self) -> ExitCode:
        """What the process would exit with."""
        if self.error is not None:
            return self.error.exit_code
        if self.outcome is not None:
            return self.outcome.exit_code
        return ExitCode.DONE if self.plan is None or self.plan.can_apply else ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class Kept:
    """One application as the account keeps it, without what differs from run to run.

    `text` is the whole of it. `values` has no id and no times, tags are a set, and a digest says
    only whether it fits the recipient that is kept; `documented` lacks the undocumented key too.
    """

    id: str
    text: str
    tags: frozenset[str]
    values: str
    documented: str
    recipient: str | None

    @classmethod
    def read(cls, row: Row) -> Kept:
        """From a row of the emulator."""
        body: dict[str, Any] = json.loads(row.body)
        digest = _DIGEST + written_digest(row.id, RECIPIENT_FIELD, row.hidden or "")
        tags = frozenset(body["tags"])
        body["tags"] = sorted(_DIGEST + "right" if tag == digest else tag for tag in tags)
        for varying in ("id", "created_at", "updated_at"):
            del body[varying]
        values = json.dumps(body, sort_keys=True)
        body["inbound"].pop("codec", None)
        return cls(row.id, row.body, tags, values, json.dumps(body, sort_keys=True), row.hidden)


class TrialAccount:
    """An account on the emulator, in process and on virtual time."""

    def __init__(self, operation: Operation, *rules: Rule) -> None:
        self.clock = AccountClock()
        self._page_size = operation.page_size
        self._emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                seed=Seed(fax_applications=operation.live),
                scenario=Scenario(rules=rules),
                key=KEY,
            )
        )

    def close(self) -> None:
        """Let go of the account."""
        self._emulator.close()

    def end_faults(self) -> None:
        """From now on nothing goes wrong."""
        self._emulator.end_faults()

    def requests(self) -> tuple[Record, ...]:
        """Every request that came."""
        return self._emulator.requests()

    def content(self) -> dict[str, list[Kept]]:
        """What is kept, by name; two of a name are never right here."""
        found: dict[str, list[Kept]] = {}
        for row in self._emulator.content("fax_application"):
            found.setdefault(row.name, []).append(Kept.read(row))
        return found

    def apply(self, stack: Stack) -> Run:
        """Plan, execute and read back, as `faxops apply --auto-approve` does."""
        run = Run()
        elapsed: list[float] = []

        async def work() -> None:
            async with TelnyxClient(
                base_url=BASE_URL,
                api_key=KEY,
                clock=self.clock,
                random=seeded(7),
                transport=_SmallPages(EmulatorTransport(self._emulator), self._page_size),
            ) as client:
                try:
                    await self._steps(stack, TelnyxProvider(client), run)
                except FaxopsError as error:
                    run.error = error
            elapsed.append(self.clock.monotonic() - self.clock.passed)

        run_virtual(work())
        self.clock.passed += sum(elapsed)
        run.printed = _printed(run)
        return run

    async def _steps(self, stack: Stack, provider: TelnyxProvider, run: Run) -> None:
        reader = PlanReader(provider, Place("7a1c", BASE_URL), stack, PlanOptions())
        run.plan = await reader.plan()
        run.planned = len(self.requests())
        if not run.plan.can_apply or run.plan.is_empty:
            return
        run.outcome = await self._execution(run.plan, provider).run()
        run.executed = len(self.requests())
        run.outcome = await reader.read_back(run.outcome, self.clock)

    def _execution(self, plan: Plan, provider: TelnyxProvider) -> Execution:
        return Execution(
            plan=plan,
            provider=provider,
            clock=self.clock,
            run_id="run-1",
            stop=asyncio.Event(),
            progress=Told(),
        )


class _SmallPages(httpx.AsyncBaseTransport):
    """An API that answers with fewer on a page than it was asked for."""

    def __init__(self, way: httpx.AsyncBaseTransport, size: int | None) -> None:
        self._way = way
        self._size = size

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._size is not None and "page[size]" in request.url.params:
            request.url = request.url.copy_set_param("page[size]", self._size)
        return await self._way.handle_async_request(request)


@cache
def _masker(*, saved: bool) -> Masker:
    """Shared by all runs: the digests of a saved plan are slow on purpose."""
    return Masker(frozenset(SECRETS), b"0123456789abcdef" if saved else b"")


def _printed(run: Run) -> list[str]:
    """The run in every form that faxops has for it."""
    plain = PlanContext(START, _masker(saved=False), show_unmanaged=True)
    made: list[str] = []
    if run.plan is not None:
        document = plan_document(run.plan, plain)
        saved = plan_document(run.plan, replace(plain, masker=_masker(saved=True)))
        made += [plan_text(document, Style()), json_text(document), json_text(saved)]
    if run.outcome is not None:
        document = outcome_document(run.outcome, plain)
        made += [outcome_text(document, Style()), json_text(document)]
    if run.error is not None:
        found = [diagnostic_document(each, plain.masker) for each in diagnostics_of(run.error)]
        made += diagnostics_text(found, Style())
        made.append(json_text(failed_plan_document(run.error, plain)))
    return made


def leaked(run: Run) -> list[str]:
    """The secrets that stand in what the run prints, as they are or as JSON writes them."""
    text = "\n".join(run.printed)
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


def sent_to(record: Record) -> str:
    """The name in a POST, the id in every other request on one object; else empty."""
    if record.method == "POST":
        return str(json.loads(record.body)["application_name"])
    if record.path.startswith("/phone_numbers"):
        return httpx.QueryParams(record.query).get("filter[connection_id]", "")
    return record.path.removeprefix("/fax_applications").lstrip("/")


def writes(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Those that were no GET."""
    return tuple(each for each in records if each.method != "GET")


Content = Mapping[str, list[Kept]]
