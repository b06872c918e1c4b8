"""`faxops webhook …`: what Telnyx delivers, verified and received."""

from __future__ import annotations

from typing import Final

import click

from faxops.cli.lazy_group import LazyGroup

WEBHOOK_COMMANDS: Final = {
    "verify": "Tell whether Telnyx signed a delivery.",
    "listen": "Receive deliveries: verify, show, save, pass on.",
}


@click.command(
    cls=LazyGroup, summaries=WEBHOOK_COMMANDS, prefix="webhook_", invoke_without_command=True
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Verify and receive webhook deliveries."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
