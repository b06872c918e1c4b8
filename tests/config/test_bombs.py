"""Hostile files, each in a process of its own whose processor time and memory are measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MIB = 1024 * 1024
SECONDS = 2.0
MEMORY_MIB = 500

_PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.errors import ConfigurationInvalid

begin = time.process_time()
codes = []
try:
    load_stack(FolderReader(Path(sys.argv[1])), environment=None, environ={})
except ConfigurationInvalid as error:
    codes = sorted({each.code for each in error.diagnostics})
seconds = time.process_time() - begin
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"codes": codes, "seconds": seconds, "mib": mib}))
"""


def aliases() -> bytes:
    lines = ["version: 1", "stack: s", "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    return "\n".join(lines).encode()


def wrong_fleet() -> bytes:
    rows = ",".join(f"{{k: 'a{n}', t: x}}" for n in range(5000))
    return (
        "version: 1\nstack: s\nfleets: {f: {key: '${row.k}', application: {webhook_event_url:"
        f" 'https://h.example/', webhook_timeout_secs: '${{row.t}}'}}, rows: [{rows}]}}}}\n"
    ).encode()


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "64 MiB of lists": (lambda: b"a: " + b"[" * (64 * MIB - 3), "FX109"),
    "64 MiB of mappings": (lambda: b"a: " + b"{" * (64 * MIB - 3), "FX109"),
    "64 MiB of items": (lambda: b"- " * (32 * MIB), "FX109"),
    "64 MiB of one text": (lambda: b"a" * (64 * MIB), "FX113"),
    "64 MiB of spaces": (lambda: b" " * (64 * MIB), "FX113"),
    "64 MiB of NUL": (lambda: b"\0" * (64 * MIB), "FX112"),
    "64 MiB of one quote": (lambda: b"a: '" + b"b" * (64 * MIB - 4), "FX101"),
    "64 MiB of one key": (lambda: b"a: 1\n" * (64 * MIB // 5), "FX102"),
    "more than 64 MiB": (lambda: b"#" * (64 * MIB + 1), "FX110"),
    "aliases of aliases": (aliases, "FX108"),
    "a million question marks": (lambda: b"? " * MIB, "FX109"),
    "a million anchors": (lambda: b"a: " + b"&a " * MIB, "FX101"),
    "a number of a million digits": (lambda: b"version: " + b"1" * MIB, "FX211"),
    "a fleet that is wrong in every row": (wrong_fleet, "FX202"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_the_file_is_refused_in_two_seconds_and_500_mib(name: str, tmp_path: Path) -> None:
    make, code = BOMBS[name]
    path = tmp_path / "faxops.yaml"
    path.write_bytes(make())
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    measured = json.loads(run.stdout)
    assert code in measured["codes"]
    assert measured["seconds"] < SECONDS
    assert measured["mib"] < MEMORY_MIB
