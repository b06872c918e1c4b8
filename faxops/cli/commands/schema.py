"""`faxops schema`: the JSON Schema of the configuration, for editors and other tools."""

from __future__ import annotations

import click

from faxops.cli.options import OutputChoice, screen_options
from faxops.cli.output import Output
from faxops.cli.shipped import shipped
from faxops.errors import ExitCode


@click.command()
@screen_options
def command(output: OutputChoice) -> ExitCode:
    """Print the JSON Schema (2020-12) of faxops.yaml."""
    screen = Output(output)
    with screen.reporting_failures():
        screen.print(shipped("schemas", "faxops.schema.json").read_text(encoding="utf-8"))
    return screen.delivered(ExitCode.DONE)
