"""`faxops fax get ID`: one fax with all its fields."""

from __future__ import annotations

import asyncio

import click

from faxops.cli.connection import connect
from faxops.cli.fax_output import failed_renderers, fax_renderers
from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output
from faxops.errors import ExitCode
from faxops.model.fax import Fax
from faxops.report.fax_document import faxes_document
from faxops.report.fax_text import fax_text
from faxops.telnyx.faxes import Faxes


@click.command()
@click.argument("fax_id", metavar="ID")
@connection_options
@output_options("text", "json")
def command(connection: ConnectionChoice, output: OutputChoice, *, fax_id: str) -> ExitCode:
    """Show the fax ID with all its fields; why it failed, if it did. Sends only GET."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_renderers(error, screen)):
        fax = asyncio.run(_get(connection, screen, fax_id))
    screen.result(fax_renderers(faxes_document([fax]), fax_text, screen))
    return screen.delivered(ExitCode.DONE)


async def _get(connection: ConnectionChoice, screen: Output, fax_id: str) -> Fax:
    async with connect(connection, screen) as way:
        return await Faxes(way.client).get(fax_id)
