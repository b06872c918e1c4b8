"""Programs run in turn as whole processes, what they cost, and the server they speak to."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import fleet

HERE: Final = Path(__file__).parent
SCHEMA: Final = HERE.parent / "schemas" / "faxops.schema.json"
FAXOPS: Final = str(Path(sys.executable).with_name("faxops"))
KIB_A_MIB: Final = 1024
_COMPARERS: Final = ("floor.py", "sdk_script.py")


class Cost(NamedTuple):
    """What one process took: seconds of wall clock, and MiB of resident memory at its peak."""

    seconds: float
    mib: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: `cost` is `ratio` times `floor`, and `goal` is the most it may be."""

    what: str
    ratio: float
    goal: float
    detail: str

    @property
    def met(self) -> bool:
        """Whether the goal is kept."""
        return self.ratio <= self.goal


class Failed(Exception):
    """A program under measurement did not do its work."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where fleets are written and the server of pages listens; `runs` of each program count."""

    folder: Path
    server: str
    runs: int

    def account(self, size: int, delay: int) -> str:
        """The base URL of an account of `size` applications that answers `delay` ms late."""
        return f"{self.server}/{size}/{delay}"

    def fleet(self, size: int, *, table: bool = False) -> str:
        """A configuration of `size` applications, as YAML or as a table; written once."""
        path = self.folder / f"{'table' if table else 'fleet'}-{size}.yaml"
        if not path.exists():
            (fleet.write_csv if table else fleet.write_yaml)(path, size)
        return str(path)

    def single(self, size: int) -> str:
        """A configuration of which each application takes one request to create."""
        path = self.folder / f"single-{size}.yaml"
        if not path.exists():
            fleet.write_yaml(path, size, recipients=False)
        return str(path)

    def plan(self, size: int, delay: int = 0, *, table: bool = False) -> tuple[str, ...]:
        """The command of a plan without changes."""
        account = self.account(size, delay)
        return (FAXOPS, "plan", "-f", self.fleet(size, table=table), "--base-url", account)

    def floor(self, size: int, delay: int = 0) -> tuple[str, ...]:
        """The command of the same plan's floor."""
        account = self.account(size, delay)
        return (
            *(sys.executable, str(HERE / "floor.py")),
            *(self.fleet(size), str(SCHEMA), account),
        )

    def beside(self, one: Sequence[str], other: Sequence[str]) -> tuple[Cost, Cost]:
        """The medians of two programs run in turn, after one run of each that does not count."""
        costs: tuple[list[Cost], list[Cost]] = ([], [])
        for number in range(self.runs + 1):
            for program, taken in zip((one, other), costs, strict=True):
                cost = self.run(program)
                if number:
                    taken.append(cost)
        return median(costs[0]), median(costs[1])

    def ask(self, path: str) -> dict[str, Any]:
        """What the server tells at `path`."""
        with urllib.request.urlopen(f"{self.server}{path}") as reply:  # noqa: S310 (own server)
            return json.load(reply)

    def run(self, program: Sequence[str]) -> Cost:
        """The cost of one run; raises `Failed` if the program did not do its work."""
        with (self.folder / "output").open("w+b") as output:
            started = time.perf_counter()
            process = subprocess.Popen(
                program,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TELNYX_API_KEY": "KEY_bench"},
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read().decode(errors="replace")
        if process.returncode or not _is_expected(program, said):
            raise Failed(f"{' '.join(program)} ended in {process.returncode}:\n{said}")
        return Cost(seconds, used.ru_maxrss / KIB_A_MIB)


def _is_expected(program: Sequence[str], said: str) -> bool:
    """Whether a program did what it is measured for: else different things would be compared."""
    if "apply" in program:
        return "Apply complete!" in said
    if "plan" in program:
        return ("to add" if "--out" in program else "No changes.") in said
    return not any(part.endswith(_COMPARERS) for part in program) or said.startswith("0 of")


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each part."""
    return Cost(
        statistics.median(each.seconds for each in costs),
        statistics.median(each.mib for each in costs),
    )


@contextmanager
def open_bench(runs: int) -> Generator[Bench]:
    """A folder and a server for the time of the measuring."""
    if not Path(FAXOPS).exists():
        raise Failed(f"There is no {FAXOPS}; run this with the Python that faxops is installed in.")
    folder = Path(tempfile.mkdtemp(prefix="faxops-bench-"))
    server = subprocess.Popen(
        (sys.executable, str(HERE / "stub.py")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None  # noqa: S101 (it is a pipe)
        yield Bench(folder, f"http://127.0.0.1:{int(server.stdout.readline())}", runs)
    finally:
        server.communicate()
        shutil.rmtree(folder)
