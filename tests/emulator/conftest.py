"""The emulator as another program sees it: over HTTP, on a free port."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.server import base_url, open_socket, server


@dataclass(frozen=True, slots=True)
class RealClock:
    """The machine's time, for tests in which real programs wait."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def _served(
    rules: Sequence[Mapping[str, Any]],
    seed: Mapping[str, Any] | None = None,
    faxes: Mapping[str, Any] | None = None,
) -> Generator[tuple[str, Emulator]]:
    scenario = parse_scenario({"rules": list(rules), "faxes": faxes or {}})
    emulator = create_emulator(
        EmulatorSettings(clock=RealClock(), scenario=scenario, seed=parse_seed(seed or {}))
    )
    listener = open_socket(0)
    serving = server(emulator)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield base_url(listener), emulator
    finally:
        serving.should_exit = True
        thread.join()
        listener.close()
        emulator.close()


@pytest.fixture
def serve() -> Generator[Callable[..., tuple[str, Emulator]]]:
    """Serve an emulator with the given rules until the test ends: its base URL, and itself.

    `seed` and `faxes` are what a seed file and a scenario's part about faxes say.
    """
    with ExitStack() as stack:
        yield lambda *rules, **settings: stack.enter_context(_served(rules, **settings))
