"""`faxops drift`: the plan as cron sees it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click

from faxops.cli.connection import connect
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    SelectionChoice,
    configuration_options,
    connection_options,
    output_options,
    show_unmanaged_option,
)
from faxops.cli.output import Output, page_renderers
from faxops.cli.planning import document_of, failed_plan, load
from faxops.config.stack import Stack
from faxops.errors import ExitCode
from faxops.reconcile.guards import GUARD_CODES
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import PlanReader
from faxops.report.plan_page import drift_page
from faxops.report.plan_text import drift_text


@click.command()
@configuration_options
@connection_options
@click.option(
    "--fail-on-unmanaged",
    is_flag=True,
    envvar="FAXOPS_FAIL_ON_UNMANAGED",
    show_envvar=True,
    help="Exit with 2 also when the account holds applications that this stack does not own.",
)
@show_unmanaged_option
@output_options("text", "json", "markdown", "html")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    fail_on_unmanaged: bool,
    show_unmanaged: bool,
) -> ExitCode:
    """Tell whether the account still matches: exit 0 in sync, 2 it differs. Sends only GET."""
    screen = Output(output)
    nothing_selected = SelectionChoice((), (), False, None, None, None, None, None)  # noqa: FBT003 - the flags that drift does not have
    with screen.reporting_failures(lambda error: failed_plan(screen, error)):
        stack = load(configuration, nothing_selected, screen)
        plan = asyncio.run(_read(stack, connection, screen))
        shown = _without_guards(plan)
        document = document_of(
            shown, screen.masker, show_unmanaged=show_unmanaged or fail_on_unmanaged
        )
    screen.result(page_renderers(document, drift_text, drift_page, output.max_chars))
    if not shown.can_apply:
        return ExitCode.REFUSED
    unmanaged = fail_on_unmanaged and bool(plan.unmanaged)
    differs = unmanaged or not plan.is_empty
    return screen.delivered(ExitCode.CHANGES if differs else ExitCode.DONE)


async def _read(stack: Stack, connection: ConnectionChoice, screen: Output) -> Plan:
    async with connect(connection, screen) as way:
        return await PlanReader(way.provider, way.account, stack, PlanOptions()).plan()


def _without_guards(plan: Plan) -> Plan:
    """The plan without what only forbids applying it: drift is drift however large it is."""
    kept = tuple(each for each in plan.refusals if each.code not in GUARD_CODES)
    return replace(plan, refusals=kept)
