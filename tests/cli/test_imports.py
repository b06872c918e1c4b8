"""What a command loads: start-up is most of what a small plan costs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

from tests.cli.live import Served
from tests.cli.running import Program

TELLING = """
import json, sys
from faxops.cli.program import run
try:
    run(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

# What each of these costs to import is told in docs/performance.md.
NETWORK = {"httpx", "asyncio", "ssl", "truststore", "tenacity"}
EMULATOR = {"starlette", "uvicorn", "sqlite3"}
RARE = {"rich", "pygments", "deepdiff", "jsonschema", "sqlalchemy", "telnyx"}

CONFIGURATION = """\
version: 1
stack: clinic
fax_applications:
  intake: {webhook_event_url: https://hooks.clinic.example/intake}
"""


def loaded(
    faxops: Program, *arguments: str, env: Mapping[str, str] | None = None, code: int = 0
) -> set[str]:
    """The top-level modules that are there when a command ends with `code`."""
    done = subprocess.run(
        [sys.executable, "-c", TELLING, *arguments],
        cwd=faxops.folder,
        env=faxops.environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--version"], id="version"),
        pytest.param(["--help"], id="help"),
        pytest.param(["explain", "FX101"], id="explain"),
        pytest.param(["schema"], id="schema"),
        pytest.param(["completion", "bash"], id="completion"),
        pytest.param(["fax"], id="fax"),
        pytest.param(["validate"], id="validate"),
        pytest.param(["init"], id="init"),
    ],
)
def test_a_command_that_sends_nothing_loads_no_network(
    faxops: Program, arguments: list[str]
) -> None:
    if arguments[0] != "init":
        faxops.write("faxops.yaml", CONFIGURATION)
    found = loaded(faxops, *arguments)
    assert not found & (NETWORK | EMULATOR | RARE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["plan"], id="plan"),
        pytest.param(["drift"], id="drift"),
        pytest.param(["apply", "--auto-approve"], id="apply"),
        pytest.param(["app", "list"], id="app-list"),
        pytest.param(["fax", "list"], id="fax-list"),
    ],
)
def test_a_command_that_finds_nothing_to_do_loads_only_what_speaks(
    faxops: Program, serve: Callable[..., Served], arguments: list[str]
) -> None:
    faxops.write("faxops.yaml", CONFIGURATION)
    served = serve()
    assert faxops("apply", "--auto-approve", env=served.variables).code == 0
    found = loaded(faxops, *arguments, env=served.variables)
    assert "httpx" in found
    assert not found & (EMULATOR | RARE)


@pytest.mark.slow
def test_showing_a_saved_plan_loads_neither_network_nor_validator(embedded: Program) -> None:
    embedded.write("faxops.yaml", CONFIGURATION)
    assert embedded("plan", "--out", "saved.json").code == 0
    assert not loaded(embedded, "show", "saved.json") & (NETWORK | EMULATOR | RARE)


@pytest.mark.slow
def test_only_a_wrong_file_loads_the_validator_that_words_it(faxops: Program) -> None:
    faxops.write("faxops.yaml", CONFIGURATION + "surprise: 1\n")
    found = loaded(faxops, "validate", code=3)
    assert "jsonschema" in found
    assert not found & (NETWORK | EMULATOR | {"rich", "deepdiff"})
