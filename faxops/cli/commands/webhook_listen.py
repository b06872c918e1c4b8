"""`faxops webhook listen`: receives deliveries until it is interrupted."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

import click

from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    WholeNumber,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, document_renderers
from faxops.cli.signals import handled_signals, release_signals
from faxops.cli.webhook_key import public_key_option, usable_key
from faxops.errors import ExitCode
from faxops.listener.counts import Counts
from faxops.listener.delivery import Delivery
from faxops.listener.execution import Executor
from faxops.listener.forwarding import Forwarder
from faxops.listener.journal import Journal
from faxops.listener.listening import Aims, Follower, listen
from faxops.listener.live_faxes import LiveFaxes
from faxops.listener.server import address, open_socket
from faxops.report.json_text import json_line
from faxops.report.style import Style
from faxops.report.webhook_document import counts_document, event_document
from faxops.report.webhook_text import counts_text, event_line
from faxops.system_clock import SystemClock

_REDRAW_SECONDS: Final = 0.25
_REFUSALS_SECONDS: Final = 1.0


@click.command()
@click.option(
    "--port",
    type=WholeNumber(0, 65535),
    required=True,
    envvar="FAXOPS_PORT",
    show_envvar=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar="FAXOPS_HOST",
    show_envvar=True,
    metavar="ADDRESS",
    help="The address to listen on; 0.0.0.0 is every one of this machine.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_SAVE",
    show_envvar=True,
    metavar="FILE",
    help="Append each event to this file, as a line of JSON, before it is answered.",
)
@click.option(
    "--forward",
    envvar="FAXOPS_FORWARD",
    show_envvar=True,
    metavar="URL",
    help="POST each event on, as it came. The answer to Telnyx doesn't wait for it.",
)
@click.option(
    "--exec",
    "execute",
    envvar="FAXOPS_EXEC",
    show_envvar=True,
    metavar="COMMAND",
    help="Run this for each event: the body on standard input, FAX_EVENT_TYPE, FAX_ID and so on in"
    " the environment. No shell.",
)
@public_key_option
@connection_options
@output_options("text", "ndjson")
def command(
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    port: int,
    host: str,
    save: Path | None,
    forward: str | None,
    execute: str | None,
    public_key: str,
) -> ExitCode:
    """Receive webhook deliveries until interrupted, each event once.

    They are POSTed to /. What Telnyx signed for this account is answered 200, all else is refused.
    """
    screen = Output(output)
    with screen.reporting_failures():
        on_terminal = output.format == "text" and screen.shows_progress and sys.stdout.isatty()
        clock = SystemClock()
        # A table on the same terminal would be torn by what the program writes.
        program_output = subprocess.DEVNULL if on_terminal else sys.stderr.fileno()
        executor = Executor(execute, os.environ, program_output) if execute else None
        key = asyncio.run(usable_key(public_key, connection, screen))
        aims = Aims(
            journal=Journal(save) if save else None,
            forwarder=Forwarder(forward, clock) if forward else None,
            executor=executor,
        )
        listener = open_socket(host, port)
        screen.note(f"Listening on {address(listener)} for webhook deliveries.")
        run = _Run(listener, key, aims, screen)
        asyncio.run(run.on_terminal() if on_terminal else run.line_by_line())
    screen.note(run.told_counts())
    screen.report(document_renderers(counts_document(asdict(run.counts)), counts_text))
    return screen.delivered(ExitCode.DONE)


class _Run:
    """One listener and how it is shown."""

    def __init__(self, listener: socket.socket, key: str, aims: Aims, screen: Output) -> None:
        self.counts = Counts()
        self._listener = listener
        self._key = key
        self._aims = aims
        self._screen = screen
        self._refused = 0

    async def line_by_line(self) -> None:
        """A line for each event, and how many deliveries were refused whenever some were."""
        async with _every(_REFUSALS_SECONDS, self._note_refusals):
            await self._listen(self._print)

    async def on_terminal(self) -> None:
        """A table of faxes that changes."""
        from faxops.cli.webhook_table import WebhookTable  # noqa: PLC0415 - only this needs rich

        faxes = LiveFaxes()
        table = WebhookTable(faxes, self.counts, color=self._screen.style.color)
        try:
            async with _every(_REDRAW_SECONDS, table.draw):
                await self._listen(lambda delivery: faxes.note(delivery.event))
        finally:
            table.close()

    def told_counts(self) -> str:
        """What was done so far, on one line."""
        return counts_text(counts_document(asdict(self.counts)), Style()).rstrip("\n")

    async def _listen(self, tell: Follower) -> None:
        with _stopping_on_signals() as stop:
            await listen(
                [self._listener],
                self._key,
                self._aims,
                clock=SystemClock(),
                counts=self.counts,
                tell=tell,
                stop=stop,
            )

    def _print(self, delivery: Delivery) -> None:
        screen = self._screen
        redacted = screen.masker.redacted_tree(event_document(delivery.event))
        document = cast("dict[str, Any]", redacted)
        as_json = screen.choice.format == "ndjson"
        screen.print(json_line(document) if as_json else event_line(document, screen.style))

    def _note_refusals(self) -> None:
        if self.counts.refused != self._refused:
            self._refused = self.counts.refused
            self._screen.note(f"So far: {self.told_counts()}")


@asynccontextmanager
async def _every(seconds: float, act: Callable[[], None]) -> AsyncGenerator[None]:
    """Call `act` again and again meanwhile."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            act()

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        repeating.cancel()


@contextmanager
def _stopping_on_signals() -> Generator[asyncio.Event]:
    """An event that SIGINT or SIGTERM sets. A second one ends the process, as without this."""
    stop = asyncio.Event()

    def interrupted() -> None:
        stop.set()
        release_signals()

    with handled_signals(interrupted):
        yield stop
