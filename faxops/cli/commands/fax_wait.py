"""`faxops fax wait ID`: follow a fax to its end."""

from __future__ import annotations

import asyncio

import click

from faxops.cli.connection import connect
from faxops.cli.fax_following import code_of, followed
from faxops.cli.fax_options import max_wait_option
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
from faxops.report.fax_text import fax_end_text
from faxops.system_clock import SystemClock
from faxops.telnyx.faxes import Faxes


@click.command()
@click.argument("fax_id", metavar="ID")
@max_wait_option("How long to follow it at most.")
@connection_options
@output_options("text", "json")
def command(
    connection: ConnectionChoice, output: OutputChoice, *, fax_id: str, max_wait: float
) -> ExitCode:
    """Follow the fax ID to its end. Sends only GET.

    Exits with 0 when it is delivered or received, with 8 when it failed, and with 9 when it has
    not come to its end in the time given.
    """
    screen = Output(output)
    known: list[Fax] = []
    with screen.reporting_failures(lambda error: failed_renderers(error, screen, known)):
        known.append(asyncio.run(_wait(connection, screen, fax_id, max_wait)))
        code = code_of(known[0])
    screen.result(fax_renderers(faxes_document(known), fax_end_text, screen))
    return screen.delivered(code)


async def _wait(connection: ConnectionChoice, screen: Output, fax_id: str, max_wait: float) -> Fax:
    async with connect(connection, screen) as way:
        return await followed(
            Faxes(way.client), fax_id, screen, SystemClock(), limit_seconds=max_wait
        )
