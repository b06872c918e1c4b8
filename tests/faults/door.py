"""An emulator over HTTP with somebody at its door, who decides when a request may pass."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from starlette.types import ASGIApp

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.seed import Seed
from faxops.emulator.server import base_url, open_socket, server
from faxops.system_clock import SystemClock
from tests.cli.live import KEY


@dataclass(frozen=True, slots=True)
class Guarded:
    """The account behind the door, and what makes faxops knock at it."""

    emulator: Emulator
    variables: Mapping[str, str]


def new_emulator(live: Iterable[Mapping[str, Any]] = ()) -> Emulator:
    """An account of real time that takes `KEY` alone."""
    seed = Seed(fax_applications=tuple(live))
    return create_emulator(EmulatorSettings(clock=SystemClock(), seed=seed, key=KEY))


@contextmanager
def guarded(emulator: Emulator, door: ASGIApp) -> Generator[Guarded]:
    """Serve `door`, which passes requests on to the emulator, until the block ends."""
    listener = open_socket(0)
    running = server(cast("Emulator", door))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        environment = {"TELNYX_BASE_URL": base_url(listener), "TELNYX_API_KEY": KEY}
        yield Guarded(emulator, environment)
    finally:
        running.should_exit = True
        thread.join()
        listener.close()
        emulator.close()
