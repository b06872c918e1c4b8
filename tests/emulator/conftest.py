"""The emulator as another program sees it: over HTTP, on a free port."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.system_clock import SystemClock
from tests.served import served


@contextmanager
def _serving(
    rules: Sequence[Mapping[str, Any]],
    seed: Mapping[str, Any] | None = None,
    faxes: Mapping[str, Any] | None = None,
) -> Generator[tuple[str, Emulator]]:
    scenario = parse_scenario({"rules": list(rules), "faxes": faxes or {}})
    emulator = create_emulator(
        EmulatorSettings(clock=SystemClock(), scenario=scenario, seed=parse_seed(seed or {}))
    )
    with served(emulator) as url:
        yield url, emulator


@pytest.fixture
def serve() -> Generator[Callable[..., tuple[str, Emulator]]]:
    """Serve an emulator with the given rules until the test ends: its base URL, and itself.

    `seed` and `faxes` are what a seed file and a scenario's part about faxes say.
    """
    with ExitStack() as stack:
        yield lambda *rules, **settings: stack.enter_context(_serving(rules, **settings))
