"""An emulator over HTTP with somebody at its door, who decides when a request may pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from starlette.types import Receive, Scope, Send

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.seed import Seed
from faxops.system_clock import SystemClock
from tests.cli.live import KEY
from tests.served import served


@dataclass(frozen=True, slots=True)
class Guarded:
    """The account behind the door, and what makes faxops knock at it."""

    emulator: Emulator
    variables: Mapping[str, str]


def new_emulator(live: Iterable[Mapping[str, Any]] = ()) -> Emulator:
    """An account of real time that takes `KEY` alone."""
    seed = Seed(fax_applications=tuple(live))
    return create_emulator(EmulatorSettings(clock=SystemClock(), seed=seed, key=KEY))


class Door(ABC):
    """What is served in place of the emulator: it passes requests on, or does not."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.deliver_until_cancelled = emulator.deliver_until_cancelled
        self.close = emulator.close

    @abstractmethod
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide about one request."""


@contextmanager
def guarded(door: Door) -> Generator[Guarded]:
    """Serve what is behind the door until the block ends."""
    with served(cast("Emulator", door)) as url:
        yield Guarded(door.emulator, {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": KEY})
