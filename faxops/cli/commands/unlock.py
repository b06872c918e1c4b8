"""`faxops unlock --token N`: remove the lock that a dead run has left in a store."""

from __future__ import annotations

import click

from faxops.cli.options import OutputChoice, screen_options
from faxops.cli.output import Output
from faxops.cli.storage import open_store, state_option
from faxops.errors import ExitCode, UsageError
from faxops.report.escape import terminal
from faxops.store.leases import leases, unlock


@click.command()
@click.option(
    "--token",
    type=click.IntRange(min=1),
    required=True,
    envvar="FAXOPS_TOKEN",
    show_envvar=True,
    metavar="N",
    help="The token of the lock, as the locked-out run was told it.",
)
@state_option("The database that apply keeps its lock in")
@screen_options
def command(output: OutputChoice, *, token: int, state: str | None) -> ExitCode:
    """Remove the lock of a run that is certainly dead, in place of waiting for its end.

    A run that is alive notices within 20 s that its lock is gone; until then it goes on writing.
    """
    screen = Output(output)
    with screen.reporting_failures():
        database = open_store(state)
        held = unlock(database, token)
        if held is None:
            others = [f"{each.token} ({each.scope.stack}, {each})" for each in leases(database)]
            raise UsageError(
                f"There is no lock with token {token}; nothing was removed.",
                hint=f"There are: {', '.join(others)}." if others else "There are none at all.",
            )
        where = f"the stack {held.scope.stack} at {held.scope.base_url}"
        screen.print(terminal(f"Unlocked {where}, which was held by {held}.") + "\n")
    return screen.delivered(ExitCode.DONE)
