"""`faxops fax cancel ID`: stop a fax that is being sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

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
from faxops.errors import ApiError, ExitCode, RequestRejected
from faxops.model.fax import CANCELLABLE_STATUSES, Fax
from faxops.report.fax_document import faxes_document
from faxops.report.fax_text import fax_end_text
from faxops.telnyx.faxes import Faxes

_TOO_LATE: Final = "90080"
_INBOUND: Final = "90081"


@click.command()
@click.argument("fax_id", metavar="ID")
@connection_options
@output_options("text", "json")
def command(connection: ConnectionChoice, output: OutputChoice, *, fax_id: str) -> ExitCode:
    """Ask Telnyx to stop sending the fax ID, and show how it stands now.

    That takes a moment; `faxops fax wait ID` tells how it ended.
    """
    screen = Output(output)
    known: list[Fax] = []
    with screen.reporting_failures(lambda error: failed_renderers(error, screen, known)):
        asyncio.run(_cancel(connection, screen, fax_id, known))
    screen.note("Telnyx took the request to cancel the fax.")
    screen.result(fax_renderers(faxes_document(known), fax_end_text, screen))
    return ExitCode.PARTLY_APPLIED if screen.lost else ExitCode.DONE


async def _cancel(
    connection: ConnectionChoice, screen: Output, fax_id: str, known: list[Fax]
) -> None:
    """Cancel the fax; `known` gets it as it is afterwards."""
    doubt = f"`faxops fax get {fax_id}` shows how it stands; cancelling again does no harm."
    async with connect(connection, screen) as way:
        faxes = Faxes(way.client)
        try:
            with writing(way.client) as stop:
                await carried_out(faxes.cancel(fax_id), stop, fax_id=fax_id, doubt=doubt)
        except RequestRejected as error:
            codes = {problem.code for problem in error.problems}
            if codes & {_TOO_LATE, _INBOUND}:
                with suppress(ApiError):  # why it can't be cancelled is known without it
                    known.append(await faxes.get(fax_id))
                status = known[0].status if known else ""
                _explain(error, fax_id, status, inbound=_INBOUND in codes)
            raise
        try:
            known.append(await faxes.get(fax_id))
        except ApiError as error:
            screen.note(f"How the fax stands now can't be read: {error.message}")


def _explain(error: RequestRejected, fax_id: str, status: str, *, inbound: bool) -> None:
    """Say in plain words why the fax can't be cancelled; `status` is empty if it is not known."""
    code = _INBOUND if inbound else _TOO_LATE
    hint = f"`faxops fax get {fax_id}` shows how it ended."
    if inbound:
        reason = "it is inbound, and only a fax that is being sent can be"
        hint = f"`faxops fax delete {fax_id}` takes it out of the account once it is received."
    elif not status:
        reason = "it is no longer being sent"
    elif status in CANCELLABLE_STATUSES:
        reason = f"Telnyx found it too late for that, and shows it as {status}"
        hint = f"`faxops fax wait {fax_id}` tells how it ends."
    else:
        reason = f"it is {status} already, and only a fax that is still being sent can be"
    error.message = f"Fax {fax_id} can't be cancelled: {reason} ({code})."
    error.hint = hint
