"""`faxops emulator`: the Telnyx fax API on this machine, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from faxops.cli.options import OutputChoice, WholeNumber, screen_options
from faxops.cli.output import Output
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import Scenario, load_scenario
from faxops.emulator.seed import Seed, load_seed
from faxops.emulator.server import base_url, open_socket, serve
from faxops.errors import ExitCode
from faxops.system_clock import SystemClock

_HERE_ALONE: Final = "Webhooks go to this machine alone; --deliver-to HOST adds a host."


@click.command()
@click.option(
    "--port",
    type=WholeNumber(0, 65535),
    default=8740,
    show_default=True,
    envvar="FAXOPS_PORT",
    show_envvar=True,
    help="The port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_DB",
    show_envvar=True,
    metavar="FILE",
    help="Keep the account in this file; without it, in memory.",
)
@click.option(
    "--seed",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_SEED",
    show_envvar=True,
    metavar="FILE",
    help="JSON with objects that an empty account begins with.",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_SCENARIO",
    show_envvar=True,
    metavar="FILE",
    help="JSON with faults and with behaviours the API does not document.",
)
@click.option(
    "--key",
    envvar="FAXOPS_KEY",
    show_envvar=True,
    help="The one API key to accept; without it, any is.",
)
@click.option(
    "--deliver-to",
    multiple=True,
    envvar="FAXOPS_DELIVER_TO",
    show_envvar=True,
    metavar="HOST",
    help="Deliver webhooks to this host too, *.HOST is all below it; else to this machine alone.",
)
@screen_options
def command(
    output: OutputChoice,
    *,
    port: int,
    db: Path | None,
    seed: Path | None,
    scenario: Path | None,
    key: str | None,
    deliver_to: tuple[str, ...],
) -> ExitCode:
    """Serve the embedded emulator of the Telnyx fax API until interrupted."""

    screen = Output(output)
    with screen.reporting_failures():
        settings = EmulatorSettings(
            clock=SystemClock(),
            database=db,
            seed=load_seed(seed) if seed else Seed(),
            scenario=load_scenario(scenario) if scenario else Scenario(),
            key=key,
            deliver_to=deliver_to,
        )
        emulator = create_emulator(settings)
        listener = open_socket(port)
        url = base_url(listener)
        screen.print(f"faxops emulator listening on {url}\n")
        screen.note(f"Use it with: TELNYX_BASE_URL={url} TELNYX_API_KEY=any faxops plan")
        screen.note(f"Watch it at {url.removesuffix('/v2')}/")
        also = ", ".join(deliver_to)
        screen.note(f"Webhooks go to this machine and {also}." if also else _HERE_ALONE)
        try:
            serve(emulator, listener)
        finally:
            emulator.close()
    return ExitCode.DONE
