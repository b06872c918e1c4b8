"""`faxops fax …`: the faxes of the account."""

from __future__ import annotations

from typing import Final

import click

from faxops.cli.lazy_group import LazyGroup

FAX_COMMANDS: Final = {
    "list": "List the faxes of the account.",
    "send": "Send a fax, exactly once.",
    "get": "Show one fax.",
    "wait": "Follow a fax to its end.",
    "download": "Save the document of a fax.",
    "refresh": "Renew the link of a received fax.",
    "cancel": "Stop a fax that is being sent.",
    "delete": "Delete faxes from the account.",
}


@click.command(cls=LazyGroup, summaries=FAX_COMMANDS, prefix="fax_", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Send, follow and read faxes."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
