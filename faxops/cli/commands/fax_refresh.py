"""`faxops fax refresh ID`: a fresh link to a received fax."""

from __future__ import annotations

import asyncio

import click

from faxops.cli.connection import connect
from faxops.cli.fax_output import carried_out, failed_renderers, fax_renderers, writing
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
from faxops.report.fax_text import media_text
from faxops.telnyx.faxes import Faxes


@click.command()
@click.argument("fax_id", metavar="ID")
@connection_options
@output_options("text", "json")
def command(connection: ConnectionChoice, output: OutputChoice, *, fax_id: str) -> ExitCode:
    """Renew the link of the received fax ID and print it.

    The link lives for ten minutes and opens the fax for whoever has it.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_renderers(error, screen)):
        fax = asyncio.run(_refresh(connection, screen, fax_id))
    screen.result(fax_renderers(faxes_document([fax]), media_text, screen))
    return screen.delivered(ExitCode.DONE)


async def _refresh(connection: ConnectionChoice, screen: Output, fax_id: str) -> Fax:
    doubt = "Run it again; renewing a link twice does no harm."
    async with connect(connection, screen) as way:
        refreshing = Faxes(way.client).refresh(fax_id)
        with writing(way.client) as stop:
            return await carried_out(refreshing, stop, fax_id=fax_id, doubt=doubt)
