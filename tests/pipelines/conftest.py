"""The accounts and forges that pipelines speak to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import KEY, Served, configuration, serving
from tests.forge.stand_in import TOKEN, StandIn, served
from tests.pipelines.github_runner import Github
from tests.pipelines.repository import Repository


@pytest.fixture
def serve() -> Generator[Callable[..., Served]]:
    """Serve emulators until the test ends; takes what `serving` takes."""
    with ExitStack() as stack:

        def start(*rules: Any) -> Served:  # noqa: ANN401 - as `serving`
            return stack.enter_context(serving(*rules))

        yield start


@pytest.fixture
def account(serve: Callable[..., Served]) -> Served:
    """An empty account."""
    return serve()


@pytest.fixture
def stand_in() -> StandIn:
    """The comments of pull request 7."""
    return StandIn()


@pytest.fixture
def github(tmp_path: Path, account: Served, stand_in: StandIn) -> Generator[Github]:
    """A forge whose repository has the application `intake` on main."""
    Repository.begun(tmp_path, telnyx("intake"))
    with served(stand_in) as url:
        yield Github(
            tmp_path,
            tmp_path / "remote.git",
            secrets={"TELNYX_API_KEY": KEY, "GITHUB_TOKEN": TOKEN},
            variables={"TELNYX_BASE_URL": account.url, "GITHUB_API_URL": url},
        )


@pytest.fixture
def repository(github: Github) -> Repository:
    """Its repository."""
    return Repository(github.remote, github.folder / "clone")


def telnyx(*keys: str, fields: str = "") -> str:
    """A configuration with an application for each key, in the environment `prod`."""
    environments = "environments: {prod: {stack: clinic-prod}}"
    return configuration(*keys, fields=fields).replace("stack: clinic", environments)
