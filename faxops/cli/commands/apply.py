"""`faxops apply [PLAN]`: make the account match, after a `yes` or as approved."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from faxops.cli import saved_plan
from faxops.cli.connection import Connection, connect
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    SelectionChoice,
    WholeNumber,
    configuration_options,
    connection_options,
    output_options,
    selection_options,
)
from faxops.cli.output import Output, Renderer, document_renderers, print_error
from faxops.cli.planning import document_of, load, masker_of, plan_options
from faxops.cli.progress import ApplyProgress
from faxops.cli.system_clock import SystemClock
from faxops.config.stack import Stack
from faxops.errors import ExitCode, FaxopsError, Interrupted, StalePlan, UsageError
from faxops.reconcile.approval import approved, differences
from faxops.reconcile.execute import Execution
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import PlanReader
from faxops.report.outcome_document import outcome_document, unstarted_outcome_document
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_document import PlanContext, failed_plan_document
from faxops.report.plan_text import plan_text


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@configuration_options
@connection_options
@selection_options
@click.option("--auto-approve", is_flag=True, help="Apply without asking.")
@click.option(
    "--parallelism",
    type=WholeNumber(1, 100),
    default=8,
    show_default=True,
    envvar="FAXOPS_PARALLELISM",
    show_envvar=True,
    help="Requests under way at once.",
)
@output_options("text", "json")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    selection: SelectionChoice,
    output: OutputChoice,
    *,
    plan: Path | None,
    auto_approve: bool,
    parallelism: int,
) -> ExitCode:
    """Make the account match the configuration, or do exactly what the saved PLAN shows.

    Without PLAN the changes are shown, and made after a typed `yes`.
    """
    screen = Output(output)
    run_id = str(uuid.uuid4())
    with screen.reporting_failures(lambda error: _failed(screen, run_id, error)):
        saved = saved_plan.read(plan) if plan is not None else None
        if saved is None and not auto_approve and not _can_ask():
            raise UsageError(
                "There is no terminal to ask for `yes` on.",
                hint="In a pipeline, apply a saved plan (faxops apply PLAN) or add --auto-approve.",
            )
        if saved is not None and (selection.target or selection.exclude):
            raise UsageError(
                "A saved plan is applied as it is; --target and --exclude belong to `faxops plan`."
            )
        stack = load(configuration, selection, screen)
        run = _Run(stack, connection, selection, screen, run_id, saved, auto_approve, parallelism)
        return asyncio.run(run.go())


@dataclass(frozen=True, slots=True)
class _Run:
    stack: Stack
    connection: ConnectionChoice
    selection: SelectionChoice
    screen: Output
    run_id: str
    saved: dict[str, Any] | None
    auto_approve: bool
    parallelism: int

    async def go(self) -> ExitCode:
        """Plan, have it approved, execute, read back, report."""
        async with connect(self.connection, self.screen, parallelism=self.parallelism) as way:
            reader = PlanReader(way.provider, way.account, self.stack, self._options())
            plan = self._approved(await reader.plan())
            document = document_of(plan, self.screen.masker)
            if self.screen.choice.format == "text":
                self.screen.print(plan_text(document, self.screen.style))
            if not plan.can_apply:
                self._unstarted(document)
                return ExitCode.REFUSED
            if self.saved is None and not plan.is_empty and not self.auto_approve:
                await self._ask(document)
            with _stopping_on_signals() as stop:
                outcome = await self._execute(plan, way, stop)
                if plan.changes and not stop.is_set():
                    outcome = await _read_back(reader, outcome, stop)
                # Still inside: a signal must not cost the report.
                return self._report(outcome)

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
        found = differences(self.saved, document_of(plan, salted))
        if found:
            raise StalePlan(found)
        return approved(plan, self.saved)

    async def _ask(self, document: dict[str, Any]) -> None:
        if self.screen.choice.format != "text" or not sys.stdout.isatty():
            # Whoever answers must have seen what to.
            print_error(plan_text(document, self.screen.notes_style))
        print_error("\nDo you want to make these changes? Only `yes` will be accepted.")
        sys.stderr.write("Answer: ")
        sys.stderr.flush()
        if await _typed_line() != "yes":
            raise Interrupted("Not approved; nothing was changed.")

    async def _execute(self, plan: Plan, way: Connection, stop: asyncio.Event) -> Outcome:
        with ApplyProgress(self.screen, len(plan.changes)) as progress:
            execution = Execution(
                plan=plan,
                provider=way.provider,
                clock=SystemClock(),
                run_id=self.run_id,
                stop=stop,
                progress=progress,
                parallelism=self.parallelism,
            )
            return await execution.run()

    def _report(self, outcome: Outcome) -> ExitCode:
        context = PlanContext(SystemClock().now(), self.screen.masker)
        document = outcome_document(outcome, context)
        if self.screen.choice.format == "text":
            self.screen.print("\n")  # between the plan and what became of it
        self.screen.result(document_renderers(document, outcome_text))
        if self.screen.lost and outcome.exit_code is ExitCode.DONE:
            return ExitCode.PARTLY_APPLIED
        return outcome.exit_code

    def _unstarted(self, document: dict[str, Any]) -> None:
        made = unstarted_outcome_document(document, self.run_id, SystemClock().now())
        self.screen.result(document_renderers(made, lambda _document, _style: ""))


async def _typed_line() -> str:
    """What is typed on the terminal, without spaces around it. A signal ends the wait at once.

    A plain read would miss a signal that comes just before it blocks.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bool] = loop.create_future()

    def settle(*, line: bool) -> None:
        if not typed.done():
            typed.set_result(line)

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.getsignal(number) for number in numbers}
    loop.add_reader(sys.stdin, partial(settle, line=True))
    for number in numbers:
        loop.add_signal_handler(number, partial(settle, line=False))
    try:
        if not await typed:
            raise Interrupted("Interrupted; nothing was changed.")
        return sys.stdin.readline().strip()
    finally:
        loop.remove_reader(sys.stdin)
        for number, handler in previous.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


@contextmanager
def _stopping_on_signals() -> Generator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            os._exit(ExitCode.UNKNOWN_OUTCOME)
        print_error("Interrupted: nothing new is sent; requests under way get 5 s to end.")
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, interrupted)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


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


def _failed(screen: Output, run_id: str, error: FaxopsError) -> Mapping[str, Renderer]:
    now = SystemClock().now()
    plan = failed_plan_document(error, PlanContext(now, screen.masker))
    document = unstarted_outcome_document(plan, run_id, now)
    return document_renderers(document, lambda _document, _style: "")


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
