"""The program under test and the accounts it speaks to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import Served, serving
from tests.cli.running import Program


@pytest.fixture
def faxops(tmp_path: Path) -> Program:
    """faxops in a folder of its own, with no key and no configuration."""
    return Program(tmp_path)


@pytest.fixture
def embedded(tmp_path: Path) -> Program:
    """faxops that speaks to the emulator in its own process; the account is `account.db`."""
    return Program(tmp_path, {"TELNYX_BASE_URL": "emulator:account.db"})


@pytest.fixture
def serve() -> Generator[Callable[..., Served]]:
    """Serve emulators until the test ends; takes what `serving` takes."""
    with ExitStack() as stack:

        def start(*rules: Any, **settings: Any) -> Served:  # noqa: ANN401 - as `serving`
            return stack.enter_context(serving(*rules, **settings))

        yield start
