"""`faxops plan`: what apply would do, for people, machines, and as a saved approval."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from faxops.cli import saved_plan
from faxops.cli.connection import connect
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    SelectionChoice,
    configuration_options,
    connection_options,
    output_options,
    selection_options,
    show_unmanaged_option,
)
from faxops.cli.output import Output
from faxops.cli.planning import (
    document_of,
    failed_plan,
    load,
    masker_of,
    plan_options,
    plan_renderers,
)
from faxops.config.stack import Stack
from faxops.errors import ExitCode
from faxops.reconcile.plan import Plan
from faxops.reconcile.reading import PlanReader


@click.command()
@configuration_options
@connection_options
@selection_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_OUT",
    show_envvar=True,
    metavar="PLAN",
    help="Save the plan; `faxops apply PLAN` does exactly what it shows.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    envvar="FAXOPS_DETAILED_EXITCODE",
    show_envvar=True,
    help="Exit with 2 when there are changes.",
)
@show_unmanaged_option
@output_options("text", "json", "markdown", "html")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    selection: SelectionChoice,
    output: OutputChoice,
    *,
    out: Path | None,
    detailed_exitcode: bool,
    show_unmanaged: bool,
) -> ExitCode:
    """Show what apply would do. Sends only GET."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_plan(screen, error)):
        stack = load(configuration, selection, screen)
        plan = asyncio.run(_read(stack, connection, selection, screen))
        document = document_of(plan, screen.masker, show_unmanaged=show_unmanaged)
        if out is not None and plan.can_apply:
            salted = masker_of(stack, saved_plan.new_salt())
            saved_plan.write(out, document_of(plan, salted))
    screen.result(plan_renderers(document, screen))
    if out is not None:
        screen.note(
            f"Saved to {out}. To do exactly this, run: faxops apply {out}"
            if plan.can_apply
            else f"Not saved to {out}, because the plan is refused."
        )
    return screen.delivered(_exit_code(plan, detailed=detailed_exitcode))


async def _read(
    stack: Stack, connection: ConnectionChoice, selection: SelectionChoice, screen: Output
) -> Plan:
    async with connect(connection, screen) as way:
        reader = PlanReader(way.provider, way.account, stack, plan_options(selection))
        return await reader.plan()


def _exit_code(plan: Plan, *, detailed: bool) -> ExitCode:
    if not plan.can_apply:
        return ExitCode.REFUSED
    return ExitCode.CHANGES if detailed and not plan.is_empty else ExitCode.DONE
