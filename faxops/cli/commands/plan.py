"""`faxops plan`: what apply would do, for people, machines, and as a saved approval."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from faxops.cli import saved_plan
from faxops.cli.comparison import MergeBase, load_base, offline_plan
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
from faxops.errors import ExitCode, UsageError
from faxops.reconcile.cause import refused_unrelated
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
@click.option(
    "--base-ref",
    envvar="FAXOPS_BASE_REF",
    show_envvar=True,
    metavar="REF",
    help="Tell whether this branch or drift causes a change, seen from where it left REF.",
)
@click.option(
    "--fail-on-unrelated",
    is_flag=True,
    envvar="FAXOPS_FAIL_ON_UNRELATED",
    show_envvar=True,
    help="With --base-ref: refuse a plan with changes that this branch did not cause.",
)
@click.option(
    "--offline",
    is_flag=True,
    envvar="FAXOPS_OFFLINE",
    show_envvar=True,
    help="With --base-ref: compare two configurations, without key and account.",
)
@show_unmanaged_option
@output_options("text", "json", "markdown", "html", "gitlab")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    selection: SelectionChoice,
    output: OutputChoice,
    *,
    out: Path | None,
    detailed_exitcode: bool,
    base_ref: str | None,
    fail_on_unrelated: bool,
    offline: bool,
    show_unmanaged: bool,
) -> ExitCode:
    """Show what apply would do. Sends only GET."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_plan(screen, error)):
        _check_flags(base_ref, out, unrelated=fail_on_unrelated, offline=offline)
        stack = load(configuration, selection, screen)
        base = load_base(configuration, selection, base_ref, screen) if base_ref else None
        if base is not None and offline:
            plan = offline_plan(stack, base, plan_options(selection))
        else:
            plan = asyncio.run(_read(stack, base, connection, selection, screen))
        if fail_on_unrelated:
            plan = refused_unrelated(plan)
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


def _check_flags(base_ref: str | None, out: Path | None, *, unrelated: bool, offline: bool) -> None:
    if not base_ref and (unrelated or offline):
        flag = "--fail-on-unrelated" if unrelated else "--offline"
        raise UsageError(
            f"{flag} compares with the configuration that the branch began from.",
            hint="Name the branch it goes back to: --base-ref origin/main",
        )
    if offline and out is not None:
        raise UsageError(
            "An offline plan can't be saved, because nothing live was read that it could approve.",
            hint="Leave out --out; --report FILE writes what is shown.",
        )


async def _read(
    stack: Stack,
    base: MergeBase | None,
    connection: ConnectionChoice,
    selection: SelectionChoice,
    screen: Output,
) -> Plan:
    async with connect(connection, screen) as way:
        reader = PlanReader(way.provider, way.account, stack, plan_options(selection))
        if base is None:
            return await reader.plan()
        if base.problem is not None:
            plan = await reader.plan()
            return replace(plan, warnings=(base.problem, *plan.warnings))
        return await reader.plan_since(base.stack)


def _exit_code(plan: Plan, *, detailed: bool) -> ExitCode:
    if not plan.can_apply:
        return ExitCode.REFUSED
    return ExitCode.CHANGES if detailed and not plan.is_empty else ExitCode.DONE
