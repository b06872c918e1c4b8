"""One apply from the lock to the report."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faxops.cli import saved_plan
from faxops.cli.connection import Connection, api_name, connect
from faxops.cli.journal import Journal, Writes
from faxops.cli.options import ConnectionChoice, SelectionChoice
from faxops.cli.origin import git_commit, holder_of
from faxops.cli.output import Output, Renderer, TextMaker, page_renderers, print_error
from faxops.cli.planning import document_of, failure_context, masker_of, plan_options
from faxops.cli.progress import ApplyProgress
from faxops.cli.signals import stopping_on_signals, typed_line
from faxops.cli.storage import open_lock
from faxops.config.stack import Stack
from faxops.errors import ExitCode, FaxopsError, Interrupted, StalePlan, StoreFailed
from faxops.reconcile.approval import approved, differences
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import PlanReader
from faxops.report.outcome_document import (
    begun_outcome_document,
    outcome_document,
    unstarted_outcome_document,
)
from faxops.report.outcome_page import outcome_page
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_document import PlanContext, failed_plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from faxops.store.lock import Holder, Lease, Scope
from faxops.system_clock import SystemClock

if TYPE_CHECKING:
    from faxops.store.database import Database


@dataclass(frozen=True, slots=True)
class ApplyRun:
    """What one apply works with.

    `saved` is the document of the saved plan to carry out, if there is one. `folder` is that of
    the configuration, whose git commit the history names. `database` keeps lock and history;
    without one a file on this machine is the lock. `lock_timeout` is in seconds.
    """

    stack: Stack
    connection: ConnectionChoice
    selection: SelectionChoice
    screen: Output
    run_id: str
    saved: dict[str, Any] | None
    auto_approve: bool
    parallelism: int
    folder: Path
    database: Database | None
    lock_timeout: float

    async def go(self) -> ExitCode:
        """Lock the stack; then plan, have it approved, execute, read back, report."""
        writes = Writes()
        async with connect(
            self.connection, self.screen, parallelism=self.parallelism, observer=writes
        ) as way:
            scope = Scope(api_name(self.connection), way.account.organization, self.stack.name)
            holder = holder_of(self.run_id, os.environ, self.screen.masker)
            lock = open_lock(self.database, self.screen.note)
            async with lock.hold(scope, holder, patience=self.lock_timeout) as lease:
                way.client.ask_before_writes(lease.check)
                journal = self._journal(scope, holder, lease, writes)
                try:
                    return await self._apply(way, lease, journal)
                except FaxopsError as error:
                    if journal is not None and not isinstance(error, StoreFailed):
                        document = failed_apply_document(self.screen, self.run_id, error)
                        await journal.end(document, error.exit_code)
                    raise

    async def _apply(self, way: Connection, lease: Lease, journal: Journal | None) -> ExitCode:
        reader = PlanReader(way.provider, way.account, self.stack, self._options())
        plan = self._approved(await reader.plan())
        document = document_of(plan, self.screen.masker)
        if self.screen.choice.format == "text":
            self.screen.print(plan_text(document, self.screen.style))
        if not plan.can_apply:
            return await self._refused(document, journal)
        if self.saved is None and not plan.is_empty and not self.auto_approve:
            await self._ask(document)
        with stopping_on_signals() as stop:
            if journal is not None:
                await journal.begin(begun_outcome_document(plan, self.run_id, self._context()))
            outcome = await self._execute(plan, way, lease, stop)
            if plan.changes and not stop.is_set():
                outcome = await _read_back(reader, outcome, stop)
            # Still inside: a signal must not cost the report.
            return await self._report(outcome, journal)

    def _journal(
        self, scope: Scope, holder: Holder, lease: Lease, writes: Writes
    ) -> Journal | None:
        if self.database is None or lease.token is None:
            return None
        from faxops.store.runs import Run, Runs  # noqa: PLC0415 - SQLAlchemy is slow to load

        run = Run(
            lease.token,
            scope,
            holder,
            self.stack.environment,
            git_commit(self.folder, os.environ),
            SystemClock().now(),
        )
        return Journal(Runs(self.database), run, writes, lambda line: print_error(f"Error: {line}"))

    def _context(self) -> PlanContext:
        return PlanContext(SystemClock().now(), self.screen.masker)

    def _options(self) -> PlanOptions:
        options = plan_options(self.selection)
        if self.saved is None:
            return options
        target, exclude = self.saved["target"], self.saved["exclude"]
        return PlanOptions(
            tuple(target),
            tuple(exclude),
            options.destroy,
            options.max_deletes,
            options.max_changes,
            options.max_creates,
            options.max_risk,
        )

    def _approved(self, plan: Plan) -> Plan:
        """What the saved plan approves of `plan`: all of it without one."""
        if self.saved is None:
            return plan
        salted = masker_of(self.stack, saved_plan.salt_of(self.saved))
        kept = approved(plan, self.saved)
        found = differences(self.saved, document_of(kept, salted))
        if found:
            raise StalePlan(found)
        return kept

    async def _ask(self, document: dict[str, Any]) -> None:
        if self.screen.choice.format != "text" or not sys.stdout.isatty():
            # Whoever answers must have seen what to.
            print_error(plan_text(document, self.screen.notes_style))
        print_error("\nDo you want to make these changes? Only `yes` will be accepted.")
        sys.stderr.write("Answer: ")
        sys.stderr.flush()
        if await typed_line() != "yes":
            raise Interrupted("Not approved; nothing was changed.")

    async def _execute(
        self, plan: Plan, way: Connection, lease: Lease, stop: asyncio.Event
    ) -> Outcome:
        way.client.stop_with(stop)
        with ApplyProgress(self.screen, len(plan.changes)) as progress:
            execution = Execution(
                plan=plan,
                provider=way.provider,
                clock=SystemClock(),
                run_id=self.run_id,
                stop=stop,
                progress=progress,
                parallelism=self.parallelism,
                withheld=lease.check,
            )
            return await execution.run()

    async def _report(self, outcome: Outcome, journal: Journal | None) -> ExitCode:
        document = outcome_document(outcome, self._context())
        if self.screen.choice.format == "text":
            self.screen.print("\n")  # between the plan and what became of it
        self.screen.result(outcome_renderers(document, self.screen, outcome_text))
        code = outcome.exit_code
        if self.screen.lost and code is ExitCode.DONE:
            code = ExitCode.PARTLY_APPLIED
        kept = journal is None or await journal.end(document, code)
        return code if kept or code is not ExitCode.DONE else ExitCode.PARTLY_APPLIED

    async def _refused(self, document: dict[str, Any], journal: Journal | None) -> ExitCode:
        made = unstarted_outcome_document(document, self.run_id, SystemClock().now())
        self.screen.result(outcome_renderers(made, self.screen))
        if journal is not None:
            await journal.end(made, ExitCode.REFUSED)
        return ExitCode.REFUSED


async def _read_back(reader: PlanReader, outcome: Outcome, stop: asyncio.Event) -> Outcome:
    """Confirm the apply by reading again; a signal ends the reading, never the report."""
    reading = asyncio.create_task(reader.read_back(outcome, SystemClock()))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if reading.done():
        return reading.result()
    reading.cancel()
    return replace(outcome, unconfirmed="interrupted")


def _nothing_more(_: Mapping[str, Any], __: Style) -> str:
    return ""


def outcome_renderers(
    document: dict[str, Any], screen: Output, text: TextMaker = _nothing_more
) -> Mapping[str, Renderer]:
    """An outcome's document in every format; without `text`, people were told already."""
    return page_renderers(document, text, outcome_page, screen.choice.max_chars)


def failed_apply_document(screen: Output, run_id: str, error: FaxopsError) -> dict[str, Any]:
    """The document of an apply that `error` ended before its first write."""
    now = SystemClock().now()
    plan = failed_plan_document(error, failure_context(screen))
    return unstarted_outcome_document(plan, run_id, now)
