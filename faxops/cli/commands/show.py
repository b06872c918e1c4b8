"""`faxops show PLAN`: a saved plan again, without key and network."""

from __future__ import annotations

from pathlib import Path

import click

from faxops.cli import saved_plan
from faxops.cli.options import OutputChoice, output_options
from faxops.cli.output import Output
from faxops.cli.planning import failed_plan, plan_renderers
from faxops.errors import ExitCode


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@output_options("text", "json", "markdown", "html", "gitlab")
def command(plan: Path, output: OutputChoice) -> ExitCode:
    """Show the saved plan PLAN. Needs no key and no network."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_plan(screen, error)):
        document = saved_plan.read(plan)
    renderers = plan_renderers(document, screen)
    # `plan` has told the job all of it already.
    screen.result({name: renderers[name] for name in output.formats})
    return screen.delivered(ExitCode.DONE)
