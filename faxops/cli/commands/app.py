"""`faxops app list|get`: the account's live fax applications."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import click

from faxops.cli.connection import connect
from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.errors import ExitCode, FaxopsError, ObjectNotFound, RequestRejected
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.report.live_document import (
    failed_live_document,
    live_document,
    live_list_document,
)
from faxops.report.live_text import live_list_text, live_text

_HINT: Final = "`faxops app list` names those that are there; an id is a number."


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look at live applications, managed or not. Sends only GET."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("list")
@connection_options
@output_options("text", "json")
def list_(connection: ConnectionChoice, output: OutputChoice) -> ExitCode:
    """List every fax application of the account, oldest first."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        live = asyncio.run(_list(connection, screen))
    document = live_list_document(FAX_APPLICATION, live)
    screen.result(document_renderers(document, live_list_text))
    return screen.delivered(ExitCode.DONE)


@command.command("get")
@click.argument("object_id", metavar="ID")
@connection_options
@output_options("text", "json")
def get(object_id: str, connection: ConnectionChoice, output: OutputChoice) -> ExitCode:
    """Show the fax application ID with all its fields."""
    screen = Output(output)
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        live = asyncio.run(_get(object_id, connection, screen))
    screen.result(document_renderers(live_document(FAX_APPLICATION, live), live_text))
    return screen.delivered(ExitCode.DONE)


async def _list(connection: ConnectionChoice, screen: Output) -> tuple[LiveResource, ...]:
    async with connect(connection, screen) as way:
        return await way.provider.list(FAX_APPLICATION)


async def _get(object_id: str, connection: ConnectionChoice, screen: Output) -> LiveResource:
    async with connect(connection, screen) as way:
        try:
            found = await way.provider.get(FAX_APPLICATION, object_id)
        except RequestRejected as error:
            error.hint = error.hint or _HINT
            raise
    if found is None:
        raise ObjectNotFound(
            f"There is no fax application {object_id} in this account.",
            request=f"GET /fax_applications/{object_id}",
            status=404,
            hint=_HINT,
        )
    return found


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    return document_renderers(failed_live_document(error, screen.masker), live_list_text)
