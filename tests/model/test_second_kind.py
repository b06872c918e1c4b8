"""A second kind is one table, one line in the registry and one endpoint (design: architecture).

A process registers one before it imports anything else, and runs tests in that world: those that
are written for it, and those of our own that hold for every kind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

ROOT = Path(__file__).parents[2]
REGISTERED = """\
import sys, pytest
from faxops.model import registry
from tests.model.texml_application import TEXML_APPLICATION
registry.KINDS = (*registry.KINDS, TEXML_APPLICATION)
from faxops.telnyx.endpoint import Endpoint
from faxops.telnyx.provider import ENDPOINTS
ENDPOINTS[TEXML_APPLICATION.name] = Endpoint(kind=TEXML_APPLICATION, sort="created_at")
sys.exit(pytest.main(sys.argv[1:]))
"""
OURS = [
    "tests/config/test_schema.py::test_the_schema_is_one",
    "tests/config/test_schema.py::test_every_key_has_a_title_and_a_description",
    "tests/config/test_schema.py::test_every_example_value_in_the_schema_is_valid",
    "tests/config/test_schema.py::test_every_field_of_every_kind_is_in_the_schema",
    "tests/telnyx/test_provider.py::test_every_kind_has_an_endpoint",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "tests",
    [pytest.param(["tests/model/second_kind.py"], id="its own"), pytest.param(OURS, id="ours")],
)
def test_a_second_kind_needs_its_table_and_its_endpoint_alone(tests: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", REGISTERED, "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_can_be_owned_and_told_apart(kind: ResourceKind) -> None:
    names = [
        name
        for each in KINDS
        for name in {each.name, each.collection, each.singular, each.defaults_key}
    ]
    assert len(names) == len(set(names))
    assert kind.name_field in kind.by_path
    assert kind.tag_paths
