"""Groups of commands whose modules are imported only when they run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that knows its commands by name and line of help alone.

    `summaries` is every command's line, in the order in which one needs them. The command `x` is
    the `command` of the module `faxops.cli.commands.` + `prefix` + `x`.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - as click's own
        summaries: Mapping[str, str],
        prefix: str = "",
        **kwargs: Any,  # noqa: ANN401 - as click's own
    ) -> None:
        super().__init__(*args, **kwargs)
        self._summaries = summaries
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which one needs them."""
        del ctx
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return its `command`."""
        del ctx
        if cmd_name not in self._summaries:
            return None
        module = importlib.import_module(f"faxops.cli.commands.{self._prefix}{cmd_name}")
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            close = get_close_matches(name, self._summaries, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)
