"""Stores of every kind that can be had here, each empty."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.store.hand_clock import HandClock
from tests.store.postgres import Server, programs, running

KINDS = ["sqlite", "postgresql"] if programs() else ["sqlite"]


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    """A running PostgreSQL; a test that stops it starts it again."""
    bin_folder = programs()
    assert bin_folder is not None
    with running(bin_folder) as server:
        yield server


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that nobody has used yet, in every kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def clock() -> HandClock:
    """Time that the test moves."""
    return HandClock()


@pytest.fixture
def told() -> list[str]:
    """What a lock told whoever runs it."""
    return []


@pytest.fixture
def tell(told: list[str]) -> Callable[[str], None]:
    """Adds to `told`."""
    return told.append
