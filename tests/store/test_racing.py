"""Many applies of one stack at once: one after the other, and each application made once."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.live import configuration, serving
from tests.cli.running import Program

pytestmark = pytest.mark.slow

PROCESSES = 8
APPLIES = 10

# All processes come to the same application at about the same time.
REPEATING = """
import contextlib, io, json, sys
from faxops.cli.program import run

codes = []
for number in range(int(sys.argv[1])):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run(["apply", "--auto-approve", "-q", "--target", f"app-{number}"])
    except SystemExit as ended:
        codes.append(ended.code)
print(json.dumps(codes))
"""


def test_with_leases_no_two_overlap(url: str, tmp_path: Path) -> None:
    faxops = Program(tmp_path)
    store = {"FAXOPS_STATE": url}
    race(faxops, store)
    history = faxops("history", "--format", "json", env=store).document["runs"]
    assert len(history) == PROCESSES * APPLIES
    in_order = sorted(history, key=lambda run: run["token"])
    for earlier, later in itertools.pairwise(in_order):
        assert earlier["finished_at"] <= later["started_at"]


def test_with_the_lock_of_the_machine_nothing_is_created_twice(tmp_path: Path) -> None:
    race(Program(tmp_path), {})


def race(faxops: Program, store: dict[str, str]) -> None:
    """Let the processes race; each apply must end well, and each application be created once."""
    keys = [f"app-{number}" for number in range(APPLIES)]
    faxops.write("faxops.yaml", configuration(*keys))
    with serving() as account:
        environment = {**account.variables, **store, "FAXOPS_LOCK_TIMEOUT": "300"}
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", REPEATING, str(APPLIES)],
                cwd=faxops.folder,
                env=faxops.environment(environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        ]
        ended = [run.communicate(timeout=300) for run in runs]
        names = Counter(each["application_name"] for each in account.applications())
        writes = account.writes
    for out, err in ended:
        assert json.loads(out) == [0] * APPLIES, err
    assert names == dict.fromkeys(keys, 1)
    assert writes == ["POST"] * APPLIES
