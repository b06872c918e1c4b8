"""`faxops fax download ID`: save the document of a fax."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

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
from faxops.report.fax_document import saved_document
from faxops.report.fax_text import saved_text
from faxops.system_clock import SystemClock
from faxops.telnyx.download import Saved, Storage, download
from faxops.telnyx.faxes import Faxes


@click.command()
@click.argument("fax_id", metavar="ID")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    envvar="FAXOPS_OUT",
    show_envvar=True,
    metavar="FILE",
    help="The file to write; only you may read it.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@connection_options
@output_options("text", "json")
def command(
    connection: ConnectionChoice, output: OutputChoice, *, fax_id: str, out: Path, force: bool
) -> ExitCode:
    """Save the document of the fax ID to a file, whole or not at all.

    A received fax as it came; a sent one if it was sent with store_media or store_preview. A link
    that has expired is renewed.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_renderers(error, screen)):
        saved = asyncio.run(_download(connection, screen, fax_id, out, force=force))
    document = saved_document(saved.fax, str(out), saved.size)
    screen.result(fax_renderers(document, saved_text, screen))
    return screen.delivered(ExitCode.DONE)


async def _download(
    connection: ConnectionChoice, screen: Output, fax_id: str, out: Path, *, force: bool
) -> Saved:
    clock = SystemClock()
    async with (
        connect(connection, screen) as way,
        Storage(
            clock=clock,
            random=random.Random(),  # noqa: S311 - jitter, not a secret
            timeout=connection.timeout,
            transport=way.transport,
            encrypted=way.transport is None,  # else nothing leaves the process
        ) as storage,
    ):
        faxes = Faxes(way.client)
        return await download(faxes, storage, fax_id, out, clock=clock, overwrite=force)
