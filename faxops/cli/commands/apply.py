"""`faxops apply [PLAN]`: make the account match, after a `yes` or as approved."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import click

from faxops.cli import saved_plan
from faxops.cli.apply_run import ApplyRun, failed_apply_document, outcome_renderers
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    Seconds,
    SelectionChoice,
    WholeNumber,
    configuration_options,
    connection_options,
    output_options,
    selection_options,
)
from faxops.cli.output import Output, Renderer
from faxops.cli.planning import load
from faxops.cli.storage import make_store, state_option
from faxops.errors import ExitCode, FaxopsError, UsageError


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
@state_option("Keep lock and history in a database instead of locking this machine alone")
@click.option(
    "--lock-timeout",
    type=Seconds(min=0, max=86400),
    envvar="FAXOPS_LOCK_TIMEOUT",
    show_envvar=True,
    default=0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another run that has the lock.",
)
@output_options("text", "json", "markdown", "html")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    selection: SelectionChoice,
    output: OutputChoice,
    *,
    plan: Path | None,
    auto_approve: bool,
    parallelism: int,
    state: str | None,
    lock_timeout: float,
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
        run = ApplyRun(
            stack=stack,
            connection=connection,
            selection=selection,
            screen=screen,
            run_id=run_id,
            saved=saved,
            auto_approve=auto_approve,
            parallelism=parallelism,
            folder=configuration.file.parent,
            database=make_store(state) if state else None,
            lock_timeout=lock_timeout,
        )
        return asyncio.run(run.go())


def _failed(screen: Output, run_id: str, error: FaxopsError) -> Mapping[str, Renderer]:
    document = failed_apply_document(screen, run_id, error)
    return outcome_renderers(document, screen)


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
